"""What a user can choose about the notes, and the version of what makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from meetbot.llm import DEFAULT

VERSION = "3"  # bumped when the same transcript gives other notes; part of the cache key
Length = Literal["short", "medium", "long"]


@dataclass(frozen=True, slots=True)
class NotesOptions:
    """`date` (ISO) is the day of the meeting, from which due dates count. `notes_language` None: as spoken.

    `template` is a built-in name, one in the user's folder, or the path of a template file; `parameters` fill it in.
    """

    date: str
    llm: str = DEFAULT
    length: Length = "medium"
    notes_language: str | None = None
    template: str | None = None
    parameters: tuple[tuple[str, str], ...] = field(default=())
    title: str | None = None
