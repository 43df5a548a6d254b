"""Recordings written and spoken for this project, and the scripts that make them. Not part of the installed package."""
