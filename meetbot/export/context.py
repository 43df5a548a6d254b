"""What was said beside an item of the notes and may say more of it, as a reader is shown it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meetbot.domain import ActionItem, Decision, OpenQuestion, Transcript

LONGEST = 180  # characters


@dataclass(frozen=True, slots=True)
class Beside:
    """`text` is the turn's, without its beginning if it leads up to the item, else without its end, if it is long."""

    turn: str
    speaker: str
    start: float
    text: str


def context(transcript: Transcript, item: Decision | ActionItem | OpenQuestion) -> Iterator[Beside]:
    """The context of `item`, in order; turns that `transcript` does not have are left out."""
    for turn in item.context:
        said = transcript.by_id.get(turn)
        if said:
            text = _shortened(said.text, leads_up=said.start < item.start)
            yield Beside(turn, transcript.label(said.speaker), said.start, text)


def _shortened(text: str, *, leads_up: bool) -> str:
    """`text` of at most LONGEST characters and an ellipsis, cut between words if it has several."""
    if len(text) <= LONGEST:
        return text
    if leads_up:
        kept = text[-LONGEST:]
        return "…" + (kept.partition(" ")[2] or kept)
    kept = text[:LONGEST]
    return (kept.rpartition(" ")[0] or kept) + "…"
