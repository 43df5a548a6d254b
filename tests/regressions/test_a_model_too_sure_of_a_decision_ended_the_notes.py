"""A turn that the language model was beyond doubt about had a likelihood of 1, whose log odds divided by nothing."""

import pytest

from meetbot.notes.nominate import nominate
from meetbot.notes.probe import COLUMNS, Likely
from tests.unit.notes.people import conversation

TALK = conversation("Ana: Blue or green?", "Ben: Blue.", "Ana: Okay, so we take the blue one then.", "Ben: Fine.")


@pytest.mark.parametrize("odds", [60.0, 2000.0])
def test_it_is_a_decision_like_another(odds: float) -> None:
    calm, sure = (-5.0,) * 4, (-5.0, -5.0, odds, -5.0)
    likely = Likely(*(sure if column.startswith("decisions") else calm for column in COLUMNS))
    (found,) = nominate(TALK.utterances, "en", {}, likely)
    assert (found.kind, found.anchor, found.doubt) == ("decision", 2, None)
