"""What was said beside an item, as a reader is shown it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meetbot.domain import OpenQuestion
from meetbot.export import Meeting, write
from meetbot.export.context import LONGEST, context
from tests.unit.export.meetings import NOTES, WEEKLY, transcript

LONG = " ".join(f"word{number}" for number in range(100))


def test_it_is_what_the_turn_says() -> None:
    (near,) = context(WEEKLY, NOTES.action_items[1])
    assert (near.turn, near.speaker, near.start, near.text) == ("T2", "Ben López", 4.0, "Yes.")


def test_a_turn_that_is_not_there_is_left_out() -> None:
    assert not list(context(WEEKLY, replace(NOTES.action_items[1], context=("T99",))))


@pytest.mark.parametrize(("turn", "kept"), [("T1", "word99"), ("T3", "word0")])
def test_the_end_of_a_long_turn_that_leads_up_is_shown_and_the_beginning_of_one_that_follows(
    turn: str, kept: str
) -> None:
    talk = transcript(("S1", 0.0, LONG), ("S2", 50.0, "Who pays?"), ("S1", 60.0, LONG))
    (near,) = context(talk, OpenQuestion("Who pays?", ("T2",), 50.0, True, context=(turn,)))
    assert len(near.text) <= LONGEST + 1
    assert kept in near.text.strip("…").split()
    assert set(near.text.strip("…").split()) <= set(LONG.split()), "no word is cut"


def test_one_word_without_a_space_is_cut_all_the_same() -> None:
    talk = transcript(("S1", 0.0, "字" * 400), ("S2", 50.0, "好"))
    (near,) = context(talk, OpenQuestion("好", ("T2",), 50.0, True, context=("T1",)))
    assert near.text == "…" + "字" * LONGEST


@pytest.mark.parametrize(
    ("form", "escaped"),
    [("md", r"Context: “\<b\>!\[x\](y)” — Ana"), ("html", "Context: “&lt;b&gt;![x](y)” <b>Ana</b>")],
)
def test_it_is_escaped(form: str, escaped: str) -> None:
    talk = transcript(("S1", 0.0, "<b>![x](y)"), ("S2", 5.0, "I'll do that."))
    item = replace(NOTES.action_items[1], context=("T1",), turns=("T2",), start=5.0)
    assert escaped in str(write(Meeting(talk, replace(NOTES, action_items=(item,))), form))
