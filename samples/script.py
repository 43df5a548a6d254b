"""A written script in, a parsed one out: who says what, with which voice, and when relative to the line before.

A script is a TOML file in samples/scripts/. Its `script` is a screenplay, a line a turn:

    Ana: Good morning. Shall we start?
    Ben (pause 1.2, pace 0.95): Sure. {API|A P I} first.
    Ana (during 0.4): Mm-hm.
    (silence 6)
    Chloe (overlap 0.5): Sorry, can I just
      finish on the next line?

`pause S` waits S seconds (otherwise the wait is drawn from `gaps`), `overlap S` starts S seconds before the line
before is over, `during F` starts when the fraction F of it is spoken and leaves it the floor, `pace P` scales the
speed, `in LANG` changes the language. `{written|spoken}` is pronounced differently from how it is written.

Knows nothing of voices, audio or files other than the script. Concedes: no nesting, one direction of a kind a line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent / "scripts"

_TURN = re.compile(r"(?P<speaker>[^():]+?)\s*(?:\((?P<directions>[^)]*)\))?:\s+(?P<text>.+)")
_SILENCE = re.compile(r"\(silence (?P<seconds>[\d.]+)\)")
_SPOKEN = re.compile(r"\{(?P<written>[^|{}]*)\|(?P<spoken>[^|{}]*)\}")


class ScriptError(ValueError):
    """The script cannot be read as one; the message names the line."""


@dataclass(frozen=True, slots=True)
class Role:
    """A speaker: a voice, or a mix of several in equal parts, and where it sits.

    `level` in dB relative to the others, `distance` in metres from the microphone (more of the room is heard).
    """

    voice: str
    language: str
    pace: float = 1.0
    level: float = 0.0
    distance: float = 0.6


@dataclass(frozen=True, slots=True)
class Line:
    """One turn. Exactly one of `pause`, `overlap` and `during` may be set; `silence` comes before it in any case."""

    speaker: str
    text: str
    spoken: str
    language: str
    pace: float
    pause: float | None = None
    overlap: float | None = None
    during: float | None = None
    silence: float = 0.0


@dataclass(frozen=True)
class Script:
    """A whole sample. `facts` is as written in TOML; `gaps` are the limits (s) of an unwritten pause between lines.

    `words`: every line is a single word whose times are then known exactly.
    """

    name: str
    title: str
    date: str
    language: str
    cast: Mapping[str, Role]
    lines: tuple[Line, ...]
    seed: int = 0
    gaps: tuple[float, float] = (0.15, 0.55)
    words: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


def written(text: str) -> str:
    """What a reader sees.

    >>> written("The {API|A P I} is down.")
    'The API is down.'
    """
    return _SPOKEN.sub(lambda match: match["written"], text)


def spoken(text: str) -> str:
    """What the voice is given.

    >>> spoken("The {API|A P I} is down.")
    'The A P I is down.'
    """
    return _SPOKEN.sub(lambda match: match["spoken"], text)


def read(path: Path) -> Script:
    """Parse the script at `path`. Raises ScriptError, OSError and tomllib.TOMLDecodeError."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    language = content["language"]
    cast = {name: Role(**{"language": language, **role}) for name, role in content["cast"].items()}
    low, high = content.get("gaps", Script.gaps)
    return Script(
        name=path.stem,
        title=content["title"],
        date=content["date"].isoformat(),
        language=language,
        cast=cast,
        lines=parse(content["script"], cast),
        seed=content.get("seed", 0),
        gaps=(low, high),
        words=content.get("words", False),
        facts=content.get("facts", {}),
    )


def parse(screenplay: str, cast: Mapping[str, Role]) -> tuple[Line, ...]:
    """The lines of a screenplay by the speakers of `cast`. Raises ScriptError."""
    lines: list[Line] = []
    silence = 0.0
    for raw in _joined(screenplay):
        if match := _SILENCE.fullmatch(raw):
            silence += float(match["seconds"])
            continue
        match = _TURN.fullmatch(raw)
        if match is None or match["speaker"] not in cast:
            raise ScriptError(f"neither a turn of somebody in the cast nor a silence: {raw!r}")
        role = cast[match["speaker"]]
        line = Line(
            speaker=match["speaker"],
            text=written(match["text"]),
            spoken=spoken(match["text"]),
            language=role.language,
            pace=role.pace,
            silence=silence,
        )
        lines.append(_directed(line, match["directions"] or "", raw))
        silence = 0.0
    if silence:
        raise ScriptError("a silence at the very end belongs to nobody")
    if lines and (lines[0].overlap is not None or lines[0].during is not None):
        raise ScriptError("the first line has nothing before it to overlap")
    return tuple(lines)


def _joined(screenplay: str) -> list[str]:
    """Logical lines: indented ones continue the line above, empty ones and #-comments are dropped."""
    joined: list[str] = []
    for raw in screenplay.splitlines():
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        if raw[0].isspace() and joined:
            joined[-1] += " " + text
        else:
            joined.append(text)
    return joined


def _directed(line: Line, directions: str, raw: str) -> Line:
    for direction in filter(None, (part.strip() for part in directions.split(","))):
        match direction.split():
            case ["pause", seconds]:
                line = replace(line, pause=float(seconds))
            case ["overlap", seconds]:
                line = replace(line, overlap=float(seconds))
            case ["during", fraction]:
                line = replace(line, during=float(fraction))
            case ["pace", factor]:
                line = replace(line, pace=line.pace * float(factor))
            case ["in", language]:
                line = replace(line, language=language)
            case _:
                raise ScriptError(f"unknown direction {direction!r} in {raw!r}")
    if sum(moment is not None for moment in (line.pause, line.overlap, line.during)) > 1:
        raise ScriptError(f"a line starts at one moment only: {raw!r}")
    return line
