"""Which turns say what an item is, who does it, when, and what it was before."""

from datetime import date
from typing import get_args

import pytest

from meetbot.domain import ItemKind
from meetbot.notes import apart, tasks, weigh
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import cues
from meetbot.notes.narrow import as_spoken
from meetbot.notes.nominate import nominate
from meetbot.notes.probe import COLUMNS, Likely
from meetbot.notes.scene import Scene
from meetbot.notes.settle import settle
from meetbot.notes.told import ASKED, beside, features
from meetbot.notes.weights import ANOTHER, IS, SAYS, trees, weights
from tests.unit.notes.people import conversation

QUIET = -5.0
TALK = conversation(
    "Ana: The heating in the hall is loud again.",
    "Ben: It is.",
    "Ana: Could somebody ring the plumber about the heating?",
    "Ben: I'll do that tomorrow.",
    "Ana: Lovely.",
)


def scene() -> Scene:
    return Scene(TALK.utterances, cues(TALK.utterances, "en"), {one.id: one.label for one in TALK.speakers}, "en")


def thought(turns: int = 5, **columns: dict[int, float]) -> Likely:
    """What the model thinks of TALK, or another talk of so many turns, by column and turn."""
    return Likely(*(tuple(columns.get(name, {}).get(turn, QUIET) for turn in range(turns)) for name in COLUMNS))


def test_an_answer_is_quoted_with_what_it_answers() -> None:
    (task,) = [one for one in nominate(TALK.utterances, "en") if one.kind == "action_item"]
    assert task.told == (2, 3)
    assert as_spoken(TALK, TALK.utterances, task).turns == ("T3", "T4")


def test_what_may_say_more_is_shown_beside_it_but_not_said() -> None:
    asked, taken = {2: -0.5, 3: 4.0}, {3: 4.0}
    likely = thought(tasks=asked, tasks_told=asked, taken=taken)
    (task,) = [one for one in nominate(TALK.utterances, "en", {}, likely) if one.kind == "action_item"]
    found = as_spoken(TALK, TALK.utterances, task)
    assert set(task.context).isdisjoint({task.anchor, *task.told})
    assert (found.turns, found.context) == (("T4",), ("T3",))
    assert "plumber" not in found.text
    (listed,) = settle(TALK, [found], date(2026, 11, 23)).action_items
    assert listed.context == ("T3",)


@pytest.mark.parametrize(
    ("likelihoods", "quoted", "shown"),
    [
        ({3: 0.9, 2: 0.3, 0: 0.2}, {3}, (0, 2)),  # in order of time
        ({3: 0.9, 2: 0.3, 0: 0.2, 5: 0.15}, {3}, (0, 2)),  # the two likeliest
        ({3: 0.9, 2: 0.05}, {3}, ()),
        ({3: 0.9, 1: 0.4, 4: 0.3}, {3}, ()),  # who only agrees says no more
        ({3: 0.9, 6: 0.4}, {3}, ()),  # nor does who takes it back
    ],
)
def test_only_what_is_likely_to_say_more_is_shown(
    likelihoods: dict[int, float], quoted: set[int], shown: tuple[int, ...]
) -> None:
    talk = conversation(
        *(f"{one.speaker}: {one.text}" for one in TALK.utterances),
        "Ana: He mended the boiler of the church.",
        "Ben: Forget the plumber, I take that back.",
    )
    around = Scene(talk.utterances, cues(talk.utterances, "en"), {}, "en")
    assert beside(around, likelihoods, quoted) == shown


def test_what_is_taken_on_is_not_what_was_decided_before_it() -> None:
    talk = conversation(
        "Ana: Right, so we take the yellow machines, then.", "Cleo: I'll do that by Friday.", "Ana: Good."
    )
    taken, settled = {1: 4.0, 0: 2.0}, {0: 5.0}
    likely = thought(3, tasks=taken, tasks_told=taken, taken=taken, decisions=settled, decisions_told=settled)
    (task,) = [one for one in nominate(talk.utterances, "en", {}, likely) if one.kind == "action_item"]
    assert task.told == (1,)


def test_who_takes_it_on_owns_it_and_says_when() -> None:
    (task,) = [one for one in nominate(TALK.utterances, "en") if one.kind == "action_item"]
    found = as_spoken(TALK, TALK.utterances, task)
    assert (found.owner, found.due) == ("Ben", "tomorrow")


def test_what_the_model_holds_to_be_left_open_is() -> None:
    assert not [one for one in nominate(TALK.utterances, "en", {}, thought()) if one.kind == "open_question"]
    (question,) = [
        one
        for one in nominate(TALK.utterances, "en", {}, thought(questions={0: 3.0}, questions_told={0: 3.0}))
        if one.kind == "open_question"
    ]
    assert (question.anchor, question.told) == (0, (0,))


def test_what_was_decided_before_is_the_decisions_history() -> None:
    decision = Candidate("decision", 3, (3,), None, "likely", told=(3,), former=0)
    settled = settle(TALK, [as_spoken(TALK, TALK.utterances, decision)], date(2026, 3, 10))
    (listed,) = settled.decisions
    assert [(old.text, old.turns) for old in listed.history] == [("The heating in the hall is loud again", ("T1",))]


@pytest.mark.parametrize("likely", [None, thought()])
def test_every_model_knows_the_features_it_is_asked_with(likely: Likely | None) -> None:
    """One that had no weight would count for nothing, unnoticed."""
    probe = likely is not None
    for asked in ASKED:
        for _, values in features(scene(), likely, asked, 3, (3,)):
            assert list(values) == list(trees(f"{SAYS}_{asked}", probe=probe).names)
    (task, *_) = tasks.exchanges(scene(), likely)
    values = weigh.features(scene(), likely, task, [task])
    assert values.keys() == weights(weigh.OUTSIDE, probe=probe).keys()
    for kind in ("action_item", "decision", *(("open_question",) if probe else ())):
        assert list(values) == list(trees(f"{IS}_{kind}", probe=probe).names)
        if likely:
            pair = apart.features(scene(), likely, (task, 0.9), (task, 0.8))
            assert list(pair) == list(trees(f"{ANOTHER}_{kind}", probe=True).names)


def test_every_kind_is_asked_about() -> None:
    assert set(get_args(ItemKind)) <= ASKED.keys()
