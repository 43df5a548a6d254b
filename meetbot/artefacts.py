"""What stages hand on beside the values of `domain`, and how an artefact is written down and read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from meetbot import codec
from meetbot.domain import Answer, AudioInfo

T = TypeVar("T")


@dataclass(frozen=True)
class Timed(Generic[T]):
    """What a stage hands on: the value, and how long it took to make (seconds), now or when it was cached."""

    value: T
    seconds: float


@dataclass(frozen=True)
class Facts:
    """What a run needs to know of a recording whose stages are all cached: then it is never decoded."""

    info: AudioInfo
    recorded: datetime | None
    channels: int = 1


@dataclass(frozen=True)
class Likeness:
    """How like each speaker's voice every short sentence sounds: cosines, (sentences, speakers)."""

    cosines: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Answers:
    """What the transcript says to the questions of a template, in their order."""

    answers: tuple[Answer, ...]


def write(value: object, seconds: float) -> str:
    """The artefact of `value`, which took `seconds` to make."""
    return json.dumps({"seconds": round(seconds, 3), "value": codec.to_dict(value)}, ensure_ascii=False)


def read(kind: type[T], text: str | None) -> Timed[T] | None:
    """The artefact in `text`; None without one, and when an older meetbot wrote it in another form."""
    if text is None:
        return None
    try:
        artefact = json.loads(text)
        return Timed(codec.from_dict(kind, artefact["value"]), artefact["seconds"])
    except (ValueError, KeyError, TypeError):
        return None
