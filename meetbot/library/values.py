"""What the library answers with. All frozen; seconds are floats from the start of the recording."""

from __future__ import annotations

from dataclasses import dataclass

from meetbot.domain import Notes, Transcript


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting in the library. `id` is the beginning of the recording's SHA-256; `source` is where it lay."""

    id: str
    title: str
    date: str
    language: str
    duration: float
    speakers: tuple[str, ...]
    tags: tuple[str, ...]
    source: str
    sha256: str
    added: str
    summarized: bool
    corrected: bool


@dataclass(frozen=True)
class Kept:
    """An entry with all that was made of it. `done`: which of the notes' action items (from 0) are ticked off."""

    entry: Entry
    transcript: Transcript
    notes: Notes | None
    done: frozenset[int]


@dataclass(frozen=True, slots=True)
class Hit:
    """An utterance that answers a search; `marks` are the (start, end) offsets of the found words in `text`."""

    meeting: str
    title: str
    date: str
    turn: str
    speaker: str
    start: float
    text: str
    marks: tuple[tuple[int, int], ...]

    def snippet(self, width: int = 160) -> tuple[str, tuple[tuple[int, int], ...]]:
        """About `width` characters around the first mark, and the marks in them."""
        if len(self.text) <= width:
            return self.text, self.marks
        first = self.marks[0][0] if self.marks else 0
        begin = max(0, min(first - width // 3, len(self.text) - width))
        # From one space to another, so that no word is cut; text without spaces is cut where it falls.
        begin = begin and ((self.text.find(" ", begin, first) + 1) or begin)
        end = min(len(self.text), begin + width)
        if end < len(self.text):
            space = self.text.rfind(" ", max(begin + 1, end - 20), end)
            end = space if space > 0 else end
        before, after = "…" * (begin > 0), "…" * (end < len(self.text))
        shift = len(before) - begin
        marks = tuple((a + shift, min(b, end) + shift) for a, b in self.marks if a >= begin and a < end)
        return before + self.text[begin:end] + after, marks


@dataclass(frozen=True, slots=True)
class Action:
    """A task from some meeting's notes. `done` is when it was ticked off (ISO 8601), or None."""

    id: int
    meeting: str
    title: str
    date: str
    task: str
    owner: str | None
    due: str | None
    due_date: str | None
    start: float
    done: str | None


@dataclass(frozen=True, slots=True)
class Near:
    """A stretch of turns whose meaning is near to a question's: cosine similarity from -1 to 1.

    `position` is the place of the first turn in the transcript, from 0.
    """

    meeting: str
    first: str
    last: str
    position: int
    similarity: float
