from datetime import date

from meetbot.notes.doubt import OVERTAKEN
from meetbot.notes.extract import Found
from meetbot.notes.settle import settle
from tests.unit.notes.people import conversation

TALK = conversation(
    "Ana: We start the pilot on the twenty third.",
    "Ben: Too early.",
    "Ana: Then we start the pilot on the thirtieth.",
    "Ben: Okay. I'll tell both clinics by tomorrow.",
    "Ana: Priya drafts the agreement, she said, by the end of the month.",
)
DAY = date(2026, 3, 10)


def test_twins_are_one_and_order_is_of_time() -> None:
    settled = settle(
        TALK,
        [
            Found("action_item", "draft the agreement", ("T5",), "Priya", "the end of the month"),
            Found("action_item", "tell both clinics", ("T4",), "Ben", "tomorrow"),
            Found("action_item", "tell the clinics", ("T4",), "Ben", None),
        ],
        DAY,
    )
    assert [(item.owner, item.owner_name, item.due_date) for item in settled.action_items] == [
        ("S2", "Ben", "2026-03-11"),
        (None, "Priya", "2026-03-31"),
    ]


def test_the_later_decision_keeps_the_earlier_as_history() -> None:
    settled = settle(
        TALK,
        [
            Found("decision", "Start the pilot on the twenty third", ("T1",)),
            Found("decision", "Start the pilot on the thirtieth", ("T3",)),
        ],
        DAY,
    )
    assert [(one.text, [old.text for old in one.history]) for one in settled.decisions] == [
        ("Start the pilot on the thirtieth", ["Start the pilot on the twenty third"])
    ]


def test_what_is_overtaken_is_history_where_something_takes_its_place_and_else_put_aside() -> None:
    before = Found("decision", "Start the pilot on the twenty third", ("T1",), doubt=OVERTAKEN)
    after = Found("decision", "Start the pilot on the thirtieth", ("T3",))
    settled = settle(TALK, [before, after], DAY)
    assert [(one.text, [old.text for old in one.history]) for one in settled.decisions] == [(after.text, [before.text])]
    assert settled.unverified == ()
    alone = settle(TALK, [before], DAY)
    assert alone.decisions == ()
    assert [(one.text, one.reason) for one in alone.unverified] == [(before.text, OVERTAKEN)]


def test_what_is_not_borne_out_is_listed_apart_with_the_reason() -> None:
    settled = settle(TALK, [Found("decision", "Start the pilot in 2031", ("T3",))], DAY)
    assert settled.decisions == ()
    assert [one.reason for one in settled.unverified] == ["the number 2031 is not in T3"]


def test_due_words_nobody_said_are_dropped() -> None:
    settled = settle(TALK, [Found("action_item", "tell both clinics", ("T4",), "Ben", "Christmas")], DAY)
    assert settled.action_items[0].due is None
