"""What a decision was before: replaced, recalled or amended; not what is about something else."""

from __future__ import annotations

from meetbot.notes.revise import earlier
from tests.unit.notes.people import conversation


def before(*lines: str, text: str, cited: tuple[int, ...], language: str = "en") -> str | None:
    found = earlier(conversation(*lines, language=language).utterances, cited, text, language)
    return found.text if found else None


def test_what_the_decision_says_it_replaces() -> None:
    lines = (
        "Tom: We said tiles.",
        "Helen: The big grey tiles.",
        "Rafi: The floor is uneven.",
        "Marta: Okay so not the tiles, vinyl.",
    )
    assert before(*lines, text="The floor will be vinyl", cited=(3,)) == "The big grey tiles"


def test_a_day_that_is_recalled() -> None:
    lines = (
        "Ana: The pilot, we said it starts on the twenty-third.",
        "Ben: The fix is late.",
        "Ana: Then the pilot starts on the thirtieth.",
    )
    assert (
        before(*lines, text="The pilot starts on the thirtieth", cited=(2,))
        == "The pilot, we said it starts on the twenty-third"
    )


def test_another_number_of_the_same_unit() -> None:
    lines = (
        "Ana: A pool with ten connections?",
        "Ben: Five. Ten still hurts.",
        "Ana: A pool of five connections, agreed.",
    )
    assert before(*lines, text="A pool of five connections", cited=(2,)) == "A pool with ten connections?"


def test_in_german() -> None:
    lines = (
        "Karin: Da hatten wir den elften Juli.",
        "Jürgen: Eine Woche früher?",
        "Karin: Also Sommerfest am vierten Juli statt am elften.",
    )
    assert (
        before(*lines, text="Sommerfest am vierten Juli", cited=(2,), language="de") == "Da hatten wir den elften Juli"
    )


def test_a_figure_of_something_else_is_no_earlier_version() -> None:
    lines = (
        "Ana: We said we start on the twenty-third.",
        "Ben: And it took twenty minutes.",
        "Ana: The price is fifty per practitioner, agreed?",
    )
    assert before(*lines, text="The price is fifty per practitioner", cited=(2,)) is None


def test_nothing_before_the_previous_decision_is_looked_at() -> None:
    said = conversation("Ana: Ten connections?", "Ben: Lunch.", "Ana: Five connections, agreed.").utterances
    assert earlier(said, (2,), "Five connections", "en") is not None
    assert earlier(said, (2,), "Five connections", "en", since=1) is None
