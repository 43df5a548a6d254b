"""meetbot: a recording in, who said what out, then notes a reader can trust, then answers. All on this machine."""

from meetbot import privacy as _privacy  # noqa: F401 - silences telemetry before anything else is imported

__version__ = "0.1.0"
