"""The model's instructions are files a reader can open and change: a prompt's name to its text.

Looked for in the user's folder first (`$XDG_CONFIG_HOME/meetbot/prompts`), then inside the installed package, then
beside it in a checkout. A prompt may have `{names}` that are filled in; other braces stay as they are.
"""

from __future__ import annotations

import re
from pathlib import Path

from meetbot import paths
from meetbot.errors import UsageError
from meetbot.store import digest

_FIELD = re.compile(r"\{([a-z_]+)\}")


def folders() -> tuple[Path, ...]:
    """Where prompts are looked for, the user's own first."""
    package = Path(__file__).resolve().parent
    return paths.config() / "prompts", package / "prompts", package.parent / "prompts"


def find(name: str) -> Path:
    """The file of prompt `name` (such as "actions"). Raises UsageError if there is none."""
    for folder in folders():
        path = folder / f"{name}.md"
        if path.is_file():
            return path
    raise UsageError(f"no prompt named {name}", hint="prompts are in " + str(folders()[-1]), kind="no_prompt")


def fingerprint() -> str:
    """Changes when any prompt does: what was made with other instructions must be made again."""
    files = {path.name: path for folder in reversed(folders()) for path in sorted(folder.glob("*.md"))}
    return digest({name: path.read_text(encoding="utf-8") for name, path in sorted(files.items())})


def prompt(name: str, **values: str) -> str:
    """The text of prompt `name`, comments (`<!-- … -->`) left out and `{names}` filled in.

    Raises UsageError if the file asks for a name that is not among `values`.
    """
    text = re.sub(r"<!--.*?-->", "", find(name).read_text(encoding="utf-8"), flags=re.DOTALL).strip()
    missing = set(_FIELD.findall(text)) - set(values)
    if missing:
        raise UsageError(f"prompt {name} asks for {{{min(missing)}}}, which it is not given", kind="bad_prompt")
    return _FIELD.sub(lambda found: values[found[1]], text)
