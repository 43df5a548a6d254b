"""The weekly sync's notes had "write to the customers today" due on Tuesday, a help page due on the day that was given
up, two people's tasks as one, and no decision to start at half past nine."""

from __future__ import annotations

from datetime import date

from meetbot.notes.excerpt import spoken
from meetbot.notes.narrow import as_spoken
from meetbot.notes.nominate import nominate
from meetbot.notes.settle import Settled, settle
from tests.unit.notes.people import conversation

MONDAY = date(2026, 11, 16)


def settled(*lines: str) -> Settled:
    talk = conversation(*lines)
    said = spoken(talk)
    found = [
        as_spoken(talk, said, one)
        for one in nominate(said, "en", {speaker.id: speaker.label for speaker in talk.speakers})
    ]
    return settle(talk, found, MONDAY)


def test_due_is_what_the_sentence_with_the_task_says() -> None:
    notes = settled(
        "Ana: So we release on Tuesday, the twenty-fourth, not on Monday. I'll write to the customers today.",
        "Ben: Sounds good.",
    )
    assert [(task.due, task.due_date) for task in notes.action_items] == [("today", "2026-11-16")]


def test_who_names_another_day_means_that_one() -> None:
    notes = settled(
        "Ana: I like that help page. Could you write it?",
        "Ben: I'll do a first draft of the help page by next Monday.",
        "Ana: Isn't that too late?",
        "Ben: Okay, Friday then. I'll write the help page by Friday.",
    )
    assert [(task.due, task.due_date) for task in notes.action_items] == [("by Friday", "2026-11-20")]


def test_two_peoples_tasks_are_two() -> None:
    notes = settled(
        "Ana: I'll have the double charge fixed by Wednesday.",
        "Ben: Then I can test the fix on Thursday.",
        "Cleo: Perfect, thank you both.",
    )
    assert [task.owner for task in notes.action_items] == ["S1", "S2"]


def test_a_sure_conclusion_soon_after_another_one_is_a_second_one() -> None:
    notes = settled(
        "Cleo: On Monday the bank does its maintenance.",
        "Ana: What about Tuesday, the twenty-fourth?",
        "Ben: Tuesday is fine.",
        "Ana: All right. So, final answer, we release on Tuesday, the twenty-fourth, not on Monday.",
        "Ben: Sounds good.",
        "Ana: Anything else?",
        "Cleo: Can we start at half past nine from now on?",
        "Ben: Half past nine is better for me, too.",
        "Ana: Fine. From next week on we start at half past nine.",
        "Ben: Thank you.",
    )
    assert [word for one in notes.decisions for word in ("Tuesday", "half past nine") if word in one.text] == [
        "Tuesday",
        "half past nine",
    ]
