"""Notes against an answer key: how many tasks, decisions and open questions were found, how many were made up.

The matching rule is that of `samples/meetings/README.md`: an item matches a key item when its text has the key's words
and it cites a turn at most two away from the key's; matches are one to one, as many as possible. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from meetbot.domain import ActionItem, Decision, Notes, OpenQuestion
from meetbot.evaluate.script import ExpectedTask, Must, Script, mentions, normalise, satisfies

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
    """A meeting's, or several meetings', notes measured. Rates are Tally-like pairs (right, of)."""

    tasks: Tally = Tally()
    decisions: Tally = Tally()
    questions: Tally = Tally()
    owners: tuple[int, int] = (0, 0)
    due_words: tuple[int, int] = (0, 0)
    due_dates: tuple[int, int] = (0, 0)
    history: tuple[int, int] = (0, 0)
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
    dated = [pair for pair in matched_tasks if pair[1].due]
    with_date = [pair for pair in dated if pair[1].due_date]
    revised = [pair for pair in matched_decisions if pair[1].history]
    listed = (
        [("action_item", item, item.task, i in dict(tasks)) for i, item in enumerate(notes.action_items)]
        + [("decision", item, item.text, i in dict(decisions)) for i, item in enumerate(notes.decisions)]
        + [("open_question", item, item.text, i in dict(questions)) for i, item in enumerate(notes.open_questions)]
    )
    return NotesScore(
        tasks=Tally(len(tasks), len(notes.action_items), len(key.action_items)),
        decisions=Tally(len(decisions), len(notes.decisions), len(key.decisions)),
        questions=Tally(len(questions), len(notes.open_questions), len(key.open_questions)),
        owners=(sum(_owner_right(item, wanted) for item, wanted in matched_tasks), len(matched_tasks)),
        due_words=(sum(_due_right(item, wanted) for item, wanted in dated), len(dated)),
        due_dates=(sum(item.due_date == wanted.due_date for item, wanted in with_date), len(with_date)),
        history=(
            sum(
                any(satisfies(old.text, before.must) for old in item.history for before in wanted.history)
                for item, wanted in revised
            ),
            len(revised),
        ),
        trapped=tuple(_trapped(key.traps, listed, place)),
        traps=len(key.traps),
        unverified=len(notes.unverified),
        missed=tuple(
            [f"action_item: {one.task}" for k, one in enumerate(key.action_items) if k not in {k for _, k in tasks}]
            + [f"decision: {one.text}" for k, one in enumerate(key.decisions) if k not in {k for _, k in decisions}]
        ),
        wrong=tuple(f"{kind}: {text} {' '.join(item.turns)}" for kind, item, text, matched in listed if not matched),
    )


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
    if wanted.owner_name:
        return item.owner is None and item.owner_name is not None and mentions(item.owner_name, wanted.owner_name)
    return item.owner is None and item.owner_name is None


def _due_right(item: ActionItem, wanted: ExpectedTask) -> bool:
    if not item.due:
        return False
    said = normalise(item.due)
    return any(normalise(words) in said or said in normalise(words) for words in wanted.due)


def _trapped(
    traps: Sequence[Any],
    listed: Sequence[tuple[str, ActionItem | Decision | OpenQuestion, str, bool]],
    place: dict[str, int],
) -> list[str]:
    """The kinds of the traps that some listed item fell into."""
    fell = []
    for trap in traps:
        for kind, item, text, matched in listed:
            if (
                kind not in trap.must_not_be
                or not satisfies(text, trap.must)
                or not near(item.turns, trap.turns, place)
            ):
                continue
            named = trap.owner or trap.due_date
            if trap.owner and getattr(item, "owner", None) != trap.owner:
                continue
            if trap.due_date and getattr(item, "due_date", None) != trap.due_date:
                continue
            if named or not matched:
                fell.append(trap.kind)
                break
    return fell
