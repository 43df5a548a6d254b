"""One Settings object: what the user asked for, from the strongest voice to the weakest.

    flag  >  MEETBOT_* environment  >  ./meetbot.toml  >  the user's config.toml  >  default

Each field of Settings is one setting. From it follow the flag (`initial_prompt`, `--initial-prompt`), the variable
(`MEETBOT_INITIAL_PROMPT`), the key in a file (`initial-prompt` or `initial_prompt`) and the line in `--help`.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

from meetbot import paths
from meetbot.device import DeviceName
from meetbot.domain import Drafting, EngineName, Task
from meetbot.errors import UsageError

Length = Literal["short", "medium", "long"]
Channels = Literal["mix", "split"]
Panel = Literal["Speech", "Speakers", "Notes", "Library", "Machine"]


def _setting(panel: Panel, default: Any, help: str, *, short: str = "", off: str = "") -> Any:
    """A field with what the command line needs to know: `short` is a letter, `off` the flag that negates it."""
    return field(default=default, metadata={"panel": panel, "help": help, "short": short, "off": off})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set once and for all; see the module for where values come from."""

    model: str = _setting("Speech", "base", "Whisper model: an id of `meetbot models list`, or a path.")
    language: str | None = _setting(
        "Speech", None, "Language spoken, as a code (en) or name; found by listening when left out.", short="l"
    )
    task: Task = _setting("Speech", "transcribe", "Write what was said, or translate it to English.")
    initial_prompt: str | None = _setting("Speech", None, "Text whose style and spelling Whisper should follow.")
    hotwords: str | None = _setting("Speech", None, "Names and jargon to expect, separated by commas.")
    per_turn: bool = _setting("Speech", False, "Transcribe each turn by itself (slower, more word errors).")
    previous_text: bool = _setting(
        "Speech", True, "Tell each window what was said before it: names stay spelt alike.", off="no-previous-text"
    )
    beam_size: int | None = _setting(
        "Speech", None, "Texts followed at a time; 1 is greedy and faster. Left out: 5, or 1 when a drafter is named."
    )
    engine: EngineName = _setting("Speech", "auto", "What decodes: auto takes what is faster at equal errors.")
    draft: Drafting = _setting(
        "Speech", "auto", "Guesses ahead where it pays, one text a window; that text stays the same."
    )

    diarize: bool = _setting("Speakers", True, "Tell speakers apart.", off="no-diarize")
    speakers: int | None = _setting("Speakers", None, "How many people speak, if you know.")
    min_speakers: int | None = _setting("Speakers", None, "At least this many.")
    max_speakers: int | None = _setting("Speakers", None, "At most this many.")
    voices: bool = _setting("Speakers", True, "Name people whose voices are known.", off="no-voices")
    names: bool = _setting("Speakers", True, "Name people by what they are called in the meeting.", off="no-names")
    channels: Channels = _setting(
        "Speakers",
        "mix",
        "Mix the channels, or split: each is a party of a call, and counts are of its people.",
    )
    diarization: str = _setting("Speakers", "bundled", "Diarization pipeline: bundled, or community-1 (gated).")

    llm: str = _setting("Notes", "qwen2.5-coder-1.5b", "Language model: an id, or the path of a GGUF file.")
    length: Length = _setting("Notes", "medium", "How much the overview says.")
    prose: bool = _setting("Notes", False, "Let the model tell what was talked about in words of its own.")
    notes_language: str | None = _setting(
        "Notes", None, "Language of notes and answers, as a code (en) or name; that of the speech when left out."
    )
    template: str | None = _setting(
        "Notes", None, "Layout of the notes: a name of `meetbot templates list`, or a file.", short="t"
    )
    embedding: str = _setting(
        "Notes", "minilm-l6-v2", "Model that searches by meaning: minilm-l6-v2 (English), or multilingual-minilm."
    )

    device: DeviceName = _setting("Machine", "auto", "Processor for the speech models.")
    threads: int | None = _setting("Machine", None, "CPU threads; all cores when left out.")
    library: bool = _setting("Library", True, "Keep the meeting in the library.", off="no-library")
    offline: bool = _setting("Machine", False, "Never fetch a model: a missing one is an error.")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings in force, and where each one is from."""

    settings: Settings
    origins: Mapping[str, str]


def resolve(flags: Mapping[str, Any] | None = None) -> Resolved:
    """The settings in force. `flags` holds what the command line gave; None means not given.

    Raises UsageError for an unknown key or a value of the wrong kind, naming where it stands.
    """
    from pydantic import TypeAdapter, ValidationError

    hints = get_type_hints(Settings)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, value, origin in _given(flags or {}):
        if name not in hints:
            close = difflib.get_close_matches(name, hints, 1)
            hint = f"Did you mean {close[0]}?" if close else "`meetbot config show` lists the settings."
            raise UsageError(f"{origin} sets {name}, which is no setting.", hint=hint, kind="setting")
        try:
            values[name] = TypeAdapter(hints[name]).validate_python(value)
        except ValidationError as error:
            what = error.errors()[0]["msg"]
            raise UsageError(f"{origin} sets {name} to {value!r}: {what}.", kind="setting") from None
        origins[name] = origin
    return Resolved(Settings(**values), {item.name: origins.get(item.name, "default") for item in settings_fields()})


def settings_fields() -> tuple[Field[Any], ...]:
    """The settings, in the order in which help lists them."""
    return fields(Settings)


def _given(flags: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """(name, value, origin) of every value given anywhere, weakest first."""
    for path in (paths.config() / "config.toml", Path("meetbot.toml")):
        for key, value in _read(path).items():
            yield key.replace("-", "_"), value, str(path)
    for item in settings_fields():
        variable = f"MEETBOT_{item.name.upper()}"
        if os.environ.get(variable):
            yield item.name, os.environ[variable], variable
    for name, value in flags.items():
        if value is not None:
            yield name, value, f"--{name.replace('_', '-')}"


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", kind="setting") from None
