"""How fast transcription is on this machine, against what else is installed, and against what the machine could do."""
