"""From written meetings to weights: what is learned, and that it tells what it was taught."""

from __future__ import annotations

from pathlib import Path

from meetbot.evaluate.fit import fitted
from meetbot.evaluate.fit_weights import examples, fit, folds, judged, judged_possible, models, possible
from meetbot.evaluate.material import Meeting
from meetbot.evaluate.script import load
from meetbot.logistic import logistic
from meetbot.notes.told import ASKED

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


def test_meetings_give_examples_of_all_that_is_asked() -> None:
    found = [one for meeting in MEETINGS for one in examples(meeting, None)]
    assert {one.asked for one in found} == set(ASKED)
    assert all(one.says <= one.evidence for one in found if one.asked not in ("former",))
    assert "say all of it" in judged(found, "action_item")
    assert fit(found, "action_item")["at 0"] > 0, "what takes it on mostly says what it is"


def test_what_is_nominated_is_an_example_of_its_kind_or_of_none() -> None:
    found = [one for meeting in MEETINGS for one in possible(meeting, None)]
    assert models(found) == ["is_action_item", "is_decision", "outside"]
    for model in ("is_action_item", "is_decision"):
        assert {one.holds for one in found if one.model == model} == {True, False}
    assert "right from 0.6 on" in judged_possible(found, "is_action_item")
