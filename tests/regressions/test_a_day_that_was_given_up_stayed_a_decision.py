"""The weekly sync's notes listed the Monday that was given up for a Tuesday as a decision of its own."""

from __future__ import annotations

from datetime import date

from meetbot.notes.extract import Found
from meetbot.notes.settle import settle
from tests.unit.notes.people import conversation

MONDAY = date(2026, 11, 16)


def listed(first: str, second: str, language: str = "en") -> list[tuple[str, list[str]]]:
    talk = conversation(f"Ana: {first}.", "Ben: Fine.", f"Ana: {second}.", "Ben: Good.", language=language)
    found = [Found("decision", first, ("T1",)), Found("decision", second, ("T3",))]
    return [(one.text, [old.text for old in one.history]) for one in settle(talk, found, MONDAY).decisions]


def test_a_decision_that_names_the_day_before_it_as_given_up_replaces_it() -> None:
    before, after = "Let's say Monday, the 23rd then", "We release on Tuesday, the 24th, not on Monday"
    assert listed(before, after) == [(after, [before])]
    assert listed("Wir machen das am Montag", "Das Fest ist am Freitag statt am Montag", "de")[0][1]


def test_what_is_not_done_on_another_day_replaces_nothing() -> None:
    assert len(listed("The choir sings on Friday", "The stage is built on Tuesday, not on Monday")) == 2
