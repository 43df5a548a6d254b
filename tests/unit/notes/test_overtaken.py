"""Decisions that are decided otherwise later: which stretch of talk is looked at, and what becomes of them."""

from __future__ import annotations

import pytest

from meetbot.domain import Transcript
from meetbot.notes import overtaken
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import cues
from meetbot.notes.doubt import JEST, OVERTAKEN
from meetbot.notes.overtaken import Later, doubted
from meetbot.notes.probe import COLUMNS, Likely
from meetbot.notes.scene import Scene
from meetbot.trees import Trees
from tests.unit.notes.people import conversation

BETWEEN = [f"Ana: Then there is point number {number} of the budget." for number in range(8)]
TALK = conversation(
    "Ana: Visitors come at ten, then.",
    "Ben: Fine by me.",
    *BETWEEN,
    "Ben: Wait, sorry, the visitors. At ten nobody has cleared the trays.",
    "Ana: True. Eleven, then.",
    "Ben: Better.",
    *["Ana: And the parking is a mess."] * 12,
)
BACK = 2 + len(BETWEEN)  # the turn that comes back to it
TEN = Candidate("decision", 0, (0, 1), None, "likely")


def _scene(talk: Transcript) -> Scene:
    labels = {one.id: one.label for one in talk.speakers}
    return Scene(talk.utterances, cues(talk.utterances, "en"), labels, "en")


def _likely(turns: int) -> Likely:
    return Likely(*([(-3.0,) * turns] * len(COLUMNS)))


def test_the_stretch_is_the_one_that_is_about_the_same() -> None:
    later = Later(_scene(TALK), _likely(len(TALK.utterances)))
    first = later.start(TEN)
    assert first is not None
    assert BACK in range(first, first + overtaken.STRETCH)
    values = later.features(TEN, first)
    assert values["its words"] > 0.4
    assert values["does reopens"] >= 1
    assert values["other figures"] == 1
    assert values["away"] > 1


def test_nothing_is_overtaken_at_the_end() -> None:
    short = conversation("Ana: Visitors come at ten, then.", "Ben: Fine by me.")
    assert Later(_scene(short), _likely(2)).start(TEN) is None
    assert doubted(_scene(short), _likely(2), [TEN]) == [TEN]


@pytest.mark.parametrize(("odds", "doubt"), [(5.0, OVERTAKEN), (-5.0, None)])
def test_what_is_likely_overtaken_is_doubted(monkeypatch: pytest.MonkeyPatch, odds: float, doubt: str | None) -> None:
    monkeypatch.setattr(overtaken, "trees", lambda name, *, probe: Trees([], [], odds, []))
    jest = Candidate("decision", 4, (4,), None, "likely", doubt=JEST)
    found = doubted(_scene(TALK), _likely(len(TALK.utterances)), [TEN, jest])
    assert [one.doubt for one in found] == [doubt, JEST]


def test_what_takes_its_place_knows_what_it_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    early = Trees(["how late"], [-100.0], 50.0, [])  # in the first half of the meeting
    monkeypatch.setattr(overtaken, "trees", lambda name, *, probe: early)
    eleven = Candidate("decision", BACK + 1, (BACK, BACK + 1), None, "likely")
    before, after = doubted(_scene(TALK), _likely(len(TALK.utterances)), [TEN, eleven])
    assert (before.doubt, after.doubt, after.former) == (OVERTAKEN, None, TEN.anchor)


def test_without_a_language_model_nothing_is() -> None:
    assert doubted(_scene(TALK), None, [TEN]) == [TEN]
