"""From written meetings to weights: what is learned, and that it tells what it was taught."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from meetbot.domain import ItemKind
from meetbot.evaluate.fit import fitted
from meetbot.evaluate.fit_items import NOMINATE, Nominated, alone, beside, counted, folds, grow, nominated
from meetbot.evaluate.fit_weights import examples, fit, judged, judged_possible, outside
from meetbot.evaluate.material import Meeting
from meetbot.evaluate.script import load
from meetbot.logistic import logistic
from meetbot.notes.probe import COLUMNS, Likely
from meetbot.notes.told import ASKED
from meetbot.notes.weigh import PUT_ASIDE

TUNE = Path(__file__).parents[3] / "samples" / "meetings" / "tune"
MEETINGS = [Meeting(path.stem, load(path)) for path in sorted(TUNE.glob("b*.txt"))[:6]]


def test_what_always_goes_with_it_counts_for_it() -> None:
    rows = [({"bias": 1.0, "sun": float(sun), "moon": float(moon)}, sun) for sun in (True, False) for moon in (1, 0)]
    weights = fitted(rows * 20, 2.0, 2)
    assert weights["sun"] > 1
    assert abs(weights["moon"]) < 0.1
    assert logistic({"bias": 1.0, "sun": 1.0, "moon": 0.0}, weights) > 0.5


def test_every_meeting_is_held_back_once() -> None:
    names = [f"m{number}" for number in range(20)]
    held = list(folds([*names, *names]))
    assert sorted(name for part in held for name in part) == sorted(names)


@pytest.fixture(scope="module")
def nominations() -> dict[ItemKind, list[Nominated]]:
    return {kind: [nominated(meeting, None, kind) for meeting in MEETINGS] for kind in NOMINATE}


def test_meetings_give_examples_of_all_that_is_asked(nominations: dict[ItemKind, list[Nominated]]) -> None:
    every = [one for known in nominations.values() for one in known]
    found = [row for one in every for row in examples(one, [(this, 1.0) for this in one.found])]
    assert {one.asked for one in found} == set(ASKED)
    assert all(one.says <= one.evidence for one in found if one.asked not in ("former",))
    assert "say all of it" in judged(found, "action_item")
    rows = [values for one in found if one.asked == "action_item" for values in one.near.values()]
    model = fit(found, "action_item")
    here = np.mean([model.likelihood(values) for values in rows if values["at 0"]])
    there = np.mean([model.likelihood(values) for values in rows if not values["at 0"]])
    assert here > there, "what takes it on mostly says what it is"


def test_who_is_only_talked_about_is_an_example_of_somebody_outside(
    nominations: dict[ItemKind, list[Nominated]],
) -> None:
    tasks = nominations["action_item"]
    found = [row for one in tasks for row in outside(one, [(this, 1.0) for this in one.found])]
    assert {one.holds for one in found} == {True, False}
    assert "1 hold" in judged_possible(found, "outside")


def test_what_is_nominated_is_an_item_another_one_or_none(nominations: dict[ItemKind, list[Nominated]]) -> None:
    for kind in ("action_item", "decision"):
        known = nominations[kind]
        assert {holds for one in known for _, holds in alone(one)} == {True, False}
        grown = grow(known)
        worth = {one.meeting.id: grown.judged(one) for one in known}
        counts = counted(known, worth, 0.6)
        assert counts["right"] > counts["wrong"] + counts["again"], "of what it has learned from, most is known"
        assert counts["in the key"] == sum(len(one.meeting.script.key.items[kind]) for one in known)
        assert all(sure >= PUT_ASIDE for found in worth.values() for _, sure in found)


def test_the_second_turn_of_an_item_is_no_other_one() -> None:
    """Of what is near a likelier one some is another item and some is not, and nothing unlikely is looked at."""
    for meeting in MEETINGS:
        turns = len(meeting.script.transcript.utterances)
        likely = Likely(*((0.0,) * turns for _ in COLUMNS))
        one = nominated(meeting, likely, "action_item")
        sure = [0.9 if items else 0.0 for items in one.items]
        rows = list(beside(one, sure))
        assert {values["likely"] for values, _ in rows} == {0.9}
        assert {another for _, another in rows} == {True, False}
