"""Whose name is said, and what is decided again."""

from datetime import date

import pytest

from meetbot.notes.extract import Found
from meetbot.notes.people import people_named
from meetbot.notes.settle import settle
from tests.unit.notes.people import conversation


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Priya is drawing new ones. She promised to send the icons by Friday.", {"Priya"}),
        ("I'll ask Martin in January.", {"Martin"}),
        ("Good, so the release moves to Monday.", set()),
    ],
)
def test_days_and_months_are_nobody(text: str, people: set[str]) -> None:
    assert people_named(text, "en") == people


def test_another_day_for_the_same_thing_is_one_decision_with_its_history() -> None:
    transcript = conversation("Ana: So the release moves to Monday the 23rd.", "Ana: We release on Tuesday the 24th.")
    found = [
        Found("decision", "The release moves to Monday the 23rd", ("T1",)),
        Found("decision", "We release on Tuesday the 24th", ("T2",)),
    ]
    [decision] = settle(transcript, found, date(2026, 11, 16)).decisions
    assert decision.text == "We release on Tuesday the 24th"
    assert [old.text for old in decision.history] == ["The release moves to Monday the 23rd"]
