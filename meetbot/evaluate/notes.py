"""Notes against an answer key: how many tasks, decisions and open questions were found, how many were made up.

The matching rule is that of `samples/meetings/README.md`: an item matches a key item when its text has the key's words
and it cites a turn at most two away from the key's; matches are one to one, as many as possible. An unmatched item that
fits one of the key's optional ones is left out: neither right nor wrong. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from meetbot.domain import ActionItem, Decision, ItemKind, Notes, OpenQuestion
from meetbot.evaluate.scores import Score, pool
from meetbot.evaluate.script import (
    ExpectedItem,
    ExpectedTask,
    Must,
    Optional,
    Script,
    Trap,
    mentions,
    normalise,
    satisfies,
)

NEAR = 2  # turns


class Expected(Protocol):
    """What every key item has."""

    @property
    def turns(self) -> tuple[str, ...]: ...

    @property
    def must(self) -> Must: ...


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over one or several meetings; add them up before taking rates."""

    matched: int = 0
    listed: int = 0
    expected: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.matched + other.matched, self.listed + other.listed, self.expected + other.expected)

    @property
    def precision(self) -> float:
        return self.matched / self.listed if self.listed else 0.0

    @property
    def recall(self) -> float:
        return self.matched / self.expected if self.expected else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.matched / (self.listed + self.expected) if self.listed + self.expected else 0.0


@dataclass(frozen=True)
class NotesScore:
    """A meeting's, or several meetings', notes measured. Rates are Tally-like pairs (right, of).

    `alone`: matched items that cite nothing but what is evidence of them; `whole`: those that cite all that says it;
    `shown`: those that cite it or show it as context.
    """

    tasks: Tally = Tally()
    decisions: Tally = Tally()
    questions: Tally = Tally()
    owners: tuple[int, int] = (0, 0)
    due_words: tuple[int, int] = (0, 0)
    due_dates: tuple[int, int] = (0, 0)
    history: tuple[int, int] = (0, 0)
    alone: tuple[int, int] = (0, 0)
    whole: tuple[int, int] = (0, 0)
    shown: tuple[int, int] = (0, 0)
    trapped: tuple[str, ...] = ()
    traps: int = 0
    unverified: int = 0
    missed: tuple[str, ...] = field(default=(), repr=False)
    wrong: tuple[str, ...] = field(default=(), repr=False)

    def __add__(self, other: NotesScore) -> NotesScore:
        return NotesScore(
            self.tasks + other.tasks,
            self.decisions + other.decisions,
            self.questions + other.questions,
            _sum(self.owners, other.owners),
            _sum(self.due_words, other.due_words),
            _sum(self.due_dates, other.due_dates),
            _sum(self.history, other.history),
            _sum(self.alone, other.alone),
            _sum(self.whole, other.whole),
            _sum(self.shown, other.shown),
            self.trapped + other.trapped,
            self.traps + other.traps,
            self.unverified + other.unverified,
            self.missed + other.missed,
            self.wrong + other.wrong,
        )


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def score(script: Script, notes: Notes) -> NotesScore:
    """`notes` of the written meeting `script` against its key."""
    key = script.key
    place = {one.id: index for index, one in enumerate(script.transcript.utterances)}
    tasks = _pairs(notes.action_items, key.action_items, lambda item: item.task, place)
    decisions = _pairs(notes.decisions, key.decisions, lambda item: item.text, place)
    questions = _pairs(notes.open_questions, key.open_questions, lambda item: item.text, place)
    matched_tasks = [(notes.action_items[i], key.action_items[k]) for i, k in tasks]
    matched_decisions = [(notes.decisions[i], key.decisions[k]) for i, k in decisions]
    owned = [pair for pair in matched_tasks if pair[1].owner or pair[1].owner_name]
    dated = [pair for pair in matched_tasks if pair[1].due]
    with_date = [pair for pair in dated if pair[1].due_date]
    revised = [pair for pair in matched_decisions if pair[1].history]
    matched_questions = [(notes.open_questions[i], key.open_questions[k]) for i, k in questions]
    pairs: list[tuple[ActionItem | Decision | OpenQuestion, ExpectedItem]] = [
        *matched_tasks,
        *matched_decisions,
        *matched_questions,
    ]
    said = [(set(item.turns), {*item.turns, *item.context}, wanted) for item, wanted in pairs if wanted.says]
    listed = [
        *(_Listed("action_item", item, item.task, i in dict(tasks)) for i, item in enumerate(notes.action_items)),
        *(_Listed("decision", item, item.text, i in dict(decisions)) for i, item in enumerate(notes.decisions)),
        *(
            _Listed("open_question", item, item.text, i in dict(questions))
            for i, item in enumerate(notes.open_questions)
        ),
    ]
    # Where reasonable people may list a thing or not, listing it is neither right nor wrong.
    counted = [one for one in listed if one.matched or not any(one.fits(other, place) for other in key.optional)]

    def tally(kind: ItemKind, matched: int, expected: int) -> Tally:
        return Tally(matched, sum(one.kind == kind for one in counted), expected)

    return NotesScore(
        tasks=tally("action_item", len(tasks), len(key.action_items)),
        decisions=tally("decision", len(decisions), len(key.decisions)),
        questions=tally("open_question", len(questions), len(key.open_questions)),
        owners=(sum(_owner_right(item, wanted) for item, wanted in owned), len(owned)),
        due_words=(sum(_due_right(item, wanted) for item, wanted in dated), len(dated)),
        due_dates=(sum(item.due_date == wanted.due_date for item, wanted in with_date), len(with_date)),
        history=(
            sum(
                any(satisfies(old.text, before.must) for old in item.history for before in wanted.history)
                for item, wanted in revised
            ),
            len(revised),
        ),
        alone=(sum(cited <= set(wanted.turns) for cited, _, wanted in said), len(said)),
        whole=(sum(cited >= set(wanted.says) for cited, _, wanted in said), len(said)),
        shown=(sum(shown >= set(wanted.says) for _, shown, wanted in said), len(said)),
        trapped=tuple(
            trap.kind for trap in key.traps if any(_fell(one, trap, one in counted, place) for one in listed)
        ),
        traps=len(key.traps),
        unverified=len(notes.unverified),
        missed=(
            *_missed("action_item", [one.task for one in key.action_items], tasks),
            *_missed("decision", [one.text for one in key.decisions], decisions),
            *_missed("open_question", [one.text for one in key.open_questions], questions),
        ),
        wrong=tuple(f"{one.kind}: {one.text} {' '.join(one.item.turns)}" for one in counted if not one.matched),
    )


@dataclass(frozen=True)
class _Listed:
    """An item of the notes. `matched`: it is one of the key's."""

    kind: ItemKind
    item: ActionItem | Decision | OpenQuestion
    text: str
    matched: bool

    def fits(self, other: Optional, place: dict[str, int]) -> bool:
        """Whether this is what `other` allows."""
        return self.kind == other.kind and self.says(other, place)

    def says(self, other: Expected, place: dict[str, int]) -> bool:
        """Whether this has the words of `other` and cites turns near its own."""
        return satisfies(self.text, other.must) and near(self.item.turns, other.turns, place)


def _missed(kind: ItemKind, texts: Sequence[str], pairs: Sequence[tuple[int, int]]) -> list[str]:
    found = {k for _, k in pairs}
    return [f"{kind}: {text}" for k, text in enumerate(texts) if k not in found]


def interval(tallies: Sequence[Tally]) -> tuple[float, float] | None:
    """The 95 % bootstrap interval of the pooled F1 over meetings; None for fewer than two."""
    rows = [[Score("F1", 2.0 * tally.matched, float(tally.listed + tally.expected))] for tally in tallies]
    low, high = next(((one.low, one.high) for one in pool(rows)), (None, None))
    return None if low is None or high is None else (low, high)


def near(turns: Iterable[str], wanted: Iterable[str], place: dict[str, int]) -> bool:
    """Whether one of `turns` is at most NEAR turns from one of `wanted`."""
    there = [place[turn] for turn in wanted if turn in place]
    return any(abs(place[turn] - other) <= NEAR for turn in turns if turn in place for other in there)


def _pairs(
    items: Sequence[Any], wanted: Sequence[Expected], text: Callable[[Any], str], place: dict[str, int]
) -> list[tuple[int, int]]:
    """Indices of items and key items that match, as many as possible."""
    from scipy.optimize import linear_sum_assignment

    if not items or not wanted:
        return []
    fits = np.array([[satisfies(text(i), k.must) and near(i.turns, k.turns, place) for k in wanted] for i in items])
    rows, columns = linear_sum_assignment(fits, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if fits[row, column]]


def _owner_right(item: ActionItem, wanted: ExpectedTask) -> bool:
    if wanted.owner:
        return item.owner == wanted.owner
    named = wanted.owner_name or ""
    return item.owner is None and item.owner_name is not None and mentions(item.owner_name, named)


def _due_right(item: ActionItem, wanted: ExpectedTask) -> bool:
    if not item.due:
        return False
    said = normalise(item.due)
    return any(normalise(words) in said or said in normalise(words) for words in wanted.due)


def _fell(one: _Listed, trap: Trap, counted: bool, place: dict[str, int]) -> bool:
    """Whether `one` fell into `trap`. `counted`: it is no optional item."""
    if one.kind not in trap.must_not_be or not one.says(trap, place):
        return False
    if trap.owner or trap.due_date:
        owner, due_date = (getattr(one.item, name, None) for name in ("owner", "due_date"))
        return trap.owner in (None, owner) and trap.due_date in (None, due_date)
    return counted and not one.matched
