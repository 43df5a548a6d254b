"""A task that was doubted was listed nowhere where a verified one of somebody else had its words."""

from datetime import date

from meetbot.notes.extract import Found
from meetbot.notes.settle import settle
from tests.unit.notes.people import conversation

TALK = conversation(
    "Ben: I'll have the double charge fixed by Wednesday.", "Chloe: Then I can test the fix on Thursday."
)


def test_it_is_put_aside_with_its_reason() -> None:
    found = [
        Found("action_item", "have the charge fixed by Wednesday", ("T1",), "Ben"),
        Found("action_item", "have the charge fixed – test the fix on Thursday", ("T1", "T2"), "Chloe", doubt="unsure"),
    ]
    settled = settle(TALK, found, date(2026, 3, 10))
    assert [one.owner_name for one in settled.action_items] == ["Ben"]
    assert [(one.turns, one.reason) for one in settled.unverified] == [(("T1", "T2"), "unsure")]
