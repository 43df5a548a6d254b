"""Decisions of written meetings, and which of them the key says were overtaken later, to trees that tell them.

Examples are conclusions that look like decisions; overtaken is what a trap of the key says was changed, dropped, taken
back (`meetbot.notes.overtaken`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from meetbot.evaluate.boost import boost
from meetbot.evaluate.fit_items import TAUGHT, Nominated, folds, grow
from meetbot.evaluate.material import Meeting
from meetbot.notes import apart
from meetbot.notes.excerpt import places
from meetbot.notes.overtaken import LEAST, Later
from meetbot.notes.weigh import LISTED
from meetbot.trees import Trees

# How keys call such traps, in the languages in which they are written.
KINDS = re.compile(
    r"later|dropped|changed|withdrawn|taken back|called off|given up|overtaken|später|geändert|abgesagt|zurückgezogen"
    r"|plus tard|abandonn|chang|annul|después|cambi|retirad|descart|改|取消|后来|推翻",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Settled:
    """A decision that may be overtaken: its features, whether it was, whether it is an item, how likely it is one."""

    meeting: Meeting
    values: Mapping[str, float]
    overtaken: bool
    item: bool
    sure: float


def crossed(known: Sequence[Nominated]) -> list[Settled]:
    """The decisions of `known`, how likely each is one by trees made without its meeting."""
    found: list[Settled] = []
    for held in folds(one.meeting.name for one in known):
        grown = grow([one for one in known if one.meeting.name not in held])
        for one in known:
            if one.meeting.name in held:
                sure = [grown.item.likelihood(values) for values in one.values]
                found += settled(one, sure, grown.judged(one))
    return found


def settled(one: Nominated, sure: Sequence[float], judged: Sequence[apart.Weighed]) -> Iterator[Settled]:
    """What is likely enough of what is nominated; what belongs to another is as likely as nothing."""
    if one.likely is None:
        return
    later, place = Later(one.scene, one.likely), places(one.scene.said)
    traps = [
        {place[turn] for turn in trap.turns if turn in place}
        for trap in one.meeting.script.key.traps
        if "decision" in trap.must_not_be and KINDS.search(trap.kind)
    ]
    listed = {this.anchor for this, _ in judged}
    for this, likelihood, items in zip(one.found, sure, one.items, strict=True):
        first = later.start(this) if likelihood >= TAUGHT else None
        if first is not None:
            overtaken = not items and any(this.anchor in turns for turns in traps)
            alone = likelihood if this.anchor in listed else 0.0
            yield Settled(one.meeting, later.features(this, first), overtaken, bool(items), alone)


def fit(found: Sequence[Settled]) -> Trees:
    """The model that tells what is overtaken."""
    return boost([(one.values, one.overtaken) for one in found for _ in range(one.meeting.times)])


def judged(found: Sequence[Settled]) -> str:
    """How many of the decisions that would be asserted are doubted and were overtaken, or are items after all."""
    counts = Counter[str]()
    for held in folds(one.meeting.name for one in found):
        model = fit([one for one in found if one.meeting.name not in held])
        for one in found:
            if one.meeting.name in held and one.sure >= LISTED:
                counts["overtaken"] += one.overtaken
                if model.likelihood(one.values) >= LEAST:
                    counts["doubted, and overtaken"] += one.overtaken
                    counts["doubted, and right"] += one.item
                    counts["doubted"] += 1
    return f"overtaken: {', '.join(f'{count} {name}' for name, count in counts.items())}"
