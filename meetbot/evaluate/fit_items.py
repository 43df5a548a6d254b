"""What is nominated of written meetings, to the trees that tell an item, and one item from another.

A turn that is nominated is an example of an item if it is evidence of one in the key (`meetbot.notes.weigh`). Of two
near ones, the less likely is an example of another item if it is evidence of one that none of the likelier ones is
evidence of (`meetbot.notes.apart`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from meetbot.domain import ItemKind
from meetbot.evaluate.boost import TREES, boost
from meetbot.evaluate.fit_probe import FOLDS
from meetbot.evaluate.material import Meeting
from meetbot.evaluate.script import Script
from meetbot.notes import apart, decisions, questions, tasks, weigh
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import cues
from meetbot.notes.excerpt import places, spoken
from meetbot.notes.probe import Likely
from meetbot.notes.scene import Scene
from meetbot.trees import Trees

PARTS = 2  # of the meetings: what one of them teaches judges another, whose pairs are then looked at
TAUGHT = 0.25  # likelihood from which on something nominated is looked at beside another
NOMINATE: dict[ItemKind, Callable[[Scene, Likely | None], list[Candidate]]] = {
    "action_item": tasks.exchanges,
    "decision": decisions.conclusions,
    "open_question": questions.unanswered,
}
FIRM: dict[ItemKind, Sequence[str]] = {"action_item": tasks.FIRM, "decision": decisions.FIRM, "open_question": ()}
Row = tuple[Mapping[str, float], bool]


@dataclass(frozen=True)
class Nominated:
    """What is nominated of a meeting as one kind of item.

    `values`: the features of each of `found`; `items`: the places in the key of those that it is evidence of;
    `optional`: whether it may be listed or not.
    """

    meeting: Meeting
    scene: Scene
    likely: Likely | None
    kind: ItemKind
    found: Sequence[Candidate]
    values: Sequence[Mapping[str, float]]
    items: Sequence[frozenset[int]]
    optional: Sequence[bool]


@dataclass(frozen=True)
class Grown:
    """The models for one kind: whether it is an item, and (with a probe) another one than one near it."""

    item: Trees
    another: Trees | None

    def judged(self, one: Nominated) -> list[apart.Weighed]:
        """What is worth a look of what is nominated, and how likely each is an item."""
        sure = [self.item.likelihood(values) for values in one.values]
        worth = [pair for pair in zip(one.found, sure, strict=True) if pair[1] >= weigh.PUT_ASIDE]
        return apart.distinct(one.scene, one.likely, worth, self.another)


def opened(meeting: Meeting) -> tuple[Script, Scene, dict[str, int]]:
    """The script of `meeting`, its scene, and the places of its turns."""
    script = meeting.script
    said, language = spoken(script.transcript), script.transcript.language
    labels = {one.id: one.label for one in script.transcript.speakers}
    return script, Scene(said, cues(said, language), labels, language), places(said)


def nominated(meeting: Meeting, likely: Likely | None, kind: ItemKind) -> Nominated:
    """What is nominated of `meeting` as `kind`, but for what is put aside however likely it looks."""
    script, scene, place = opened(meeting)
    every = NOMINATE[kind](scene, likely)
    found = [one for one in every if one.doubt not in FIRM[kind]]
    turns = [{place[turn] for turn in one.turns if turn in place} for one in script.key.items[kind]]
    optional = {place[turn] for one in script.key.optional if one.kind == kind for turn in one.turns if turn in place}
    return Nominated(
        meeting,
        scene,
        likely,
        kind,
        found,
        [weigh.features(scene, likely, one, every) for one in found],
        [frozenset(number for number, evidence in enumerate(turns) if one.anchor in evidence) for one in found],
        [one.anchor in optional for one in found],
    )


def grow(known: Sequence[Nominated]) -> Grown:
    """The models that `known`, all of one kind, teach."""
    if known[0].likely is None:
        return Grown(_item(known), None)
    sure: dict[str, list[float]] = {}
    for part in range(PARTS):
        others = _item([one for place, one in enumerate(known) if place % PARTS != part])
        sure |= {one.meeting.id: [others.likelihood(values) for values in one.values] for one in known[part::PARTS]}
    rows = [row for one in known for row in beside(one, sure[one.meeting.id]) for _ in range(one.meeting.times)]
    return Grown(_item(known), boost(rows))


def _item(known: Sequence[Nominated]) -> Trees:
    return boost(
        [row for one in known for row in alone(one) for _ in range(one.meeting.times)], grown_by(known[0].likely)
    )


def grown_by(likely: Likely | None) -> int:
    """How many trees pay: none where the features are cues alone."""
    return 0 if likely is None else TREES


def alone(one: Nominated) -> Iterator[Row]:
    """The features of what is nominated, and whether it is an item; what may be listed or not teaches nothing."""
    for values, items, optional in zip(one.values, one.items, one.optional, strict=True):
        if items or not optional:
            yield values, bool(items)


def beside(one: Nominated, sure: Sequence[float]) -> Iterator[Row]:
    """The features of what is nominated beside what is likelier, and whether it is another item."""
    kept: list[int] = []
    covered: set[int] = set()
    likely = one.likely
    if likely is None:
        return
    for place in sorted(range(len(sure)), key=lambda place: -sure[place]):
        if sure[place] < TAUGHT:
            break
        this, items = one.found[place], one.items[place]
        near = [other for other in kept if abs(one.found[other].anchor - this.anchor) <= apart.REACH]
        own = not items <= covered
        if items or not one.optional[place]:
            for other in near:
                pair = (one.found[other], sure[other]), (this, sure[place])
                yield apart.features(one.scene, likely, *pair), own
        if own or not near:
            kept.append(place)
            covered |= items


def folds(meetings: Iterable[str]) -> Iterator[set[str]]:
    """`meetings` in FOLDS parts."""
    names = sorted(set(meetings))
    order = np.random.RandomState(2).permutation(len(names))
    for fold in range(FOLDS):
        yield {names[index] for index in order[fold::FOLDS]}


def crossed(known: Sequence[Nominated]) -> dict[str, list[apart.Weighed]]:
    """What is worth a look of `known`, all of one kind, each judged by trees made without it, by meetings' ids."""
    found: dict[str, list[apart.Weighed]] = {}
    for held in folds(one.meeting.name for one in known):
        grown = grow([one for one in known if one.meeting.name not in held])
        found |= {one.meeting.id: grown.judged(one) for one in known if one.meeting.name in held}
    return found


def counted(known: Sequence[Nominated], found: Mapping[str, Sequence[apart.Weighed]], least: float) -> dict[str, int]:
    """Of what is at least so likely: how many are items, say one again, are none; and how many items there are."""
    counts = {"right": 0, "again": 0, "wrong": 0, "in the key": 0}
    for one in known:
        counts["in the key"] += len(one.meeting.script.key.items[one.kind])
        place = {this.anchor: index for index, this in enumerate(one.found)}
        covered: set[int] = set()
        for this, sure in found[one.meeting.id]:
            items, optional = one.items[place[this.anchor]], one.optional[place[this.anchor]]
            if sure < least or (optional and not items):
                continue
            counts["right" if not items <= covered else "again" if items else "wrong"] += 1
            covered |= set(sorted(items - covered)[:1])
    return counts
