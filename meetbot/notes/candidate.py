"""Something that may be a task, a decision or an open question, and where it was said. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from meetbot.domain import ItemKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """`anchor` is the turn where it is taken on or settled; `turns` the exchange. Turns are places in the sequence."""

    kind: ItemKind
    anchor: int
    turns: tuple[int, ...]
    speaker: str | None  # who takes it on; None if that is somebody else, or for decisions
    why: str
    doubt: str | None = None  # why it may not be asserted
    likely: float = 1.0  # how much it looks like a conclusion
    told: tuple[int, ...] = ()  # the turns that say what it is
    due: tuple[int, ...] = ()  # those that say when it is due, likeliest first
    context: tuple[int, ...] = ()  # those that may say more of it, in order
    former: int | None = None  # the one that says what was decided before
