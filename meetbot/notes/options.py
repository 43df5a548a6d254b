"""What a user can choose about the notes, and the version of what makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from meetbot.llm import DEFAULT

VERSION = "29"  # bumped when the same transcript gives other notes; part of the cache key
Length = Literal["short", "medium", "long"]


@dataclass(frozen=True, slots=True)
class NotesOptions:
    """`date` (ISO) is the day of the meeting, from which due dates count. `notes_language` None: as spoken.

    `tone` is how titles, overview and topics are to be worded where the model tells them in `prose`. `title` is used
    instead of what the meeting would be called, which stands in its place where it says {title}.
    """

    date: str
    llm: str = DEFAULT
    length: Length = "medium"
    notes_language: str | None = None
    tone: str = ""
    prose: bool = False
    title: str | None = None
