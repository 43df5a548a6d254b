"""Where meetbot keeps things, by the XDG base directory rules. Meetings are private: 0700 and 0600."""

import os
from pathlib import Path

APP = "meetbot"


def _xdg(variable: str, default: str) -> Path:
    base = os.environ.get(variable, "")
    # The specification: a relative path is invalid and must be ignored.
    root = Path(base) if base.startswith("/") else Path.home() / default
    return root / APP


def cache() -> Path:
    """Safe to delete: stage artefacts and downloads under way."""
    return _xdg("XDG_CACHE_HOME", ".cache")


def config() -> Path:
    """The user's settings, templates and prompts."""
    return _xdg("XDG_CONFIG_HOME", ".config")


def data() -> Path:
    """Models, voices and the library of meetings."""
    return _xdg("XDG_DATA_HOME", ".local/share")


def state() -> Path:
    """Logs, which never hold transcript text."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def models() -> Path:
    """Model files; `MEETBOT_MODELS` names a shared folder instead."""
    override = os.environ.get("MEETBOT_MODELS")
    return Path(override) if override else data() / "models"


def shown(path: str | Path) -> str:
    """`path` as text: bytes in a name that are none, from an old disk, become question marks."""
    return os.fsencode(path).decode(errors="replace")


def private_folder(path: Path) -> Path:
    """`path`, made with all its parents, readable by its owner alone."""
    # Path.mkdir gives `mode` to the last folder only, and the usual one to the parents it makes.
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
    return path
