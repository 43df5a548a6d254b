from datetime import date

import pytest

from meetbot.notes.when import due_date

TUESDAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("words", "language", "day"),
    [
        ("today", "en", "2026-03-10"),
        ("by tomorrow", "en", "2026-03-11"),
        ("the day after tomorrow", "en", "2026-03-12"),
        ("Thursday", "en", "2026-03-12"),
        ("by Tuesday", "en", "2026-03-17"),
        ("next Wednesday", "en", "2026-03-18"),
        ("Friday next week", "en", "2026-03-20"),
        ("end of the week", "en", "2026-03-13"),
        ("by the end of next week", "en", "2026-03-20"),
        ("the end of the month", "en", "2026-03-31"),
        ("end of March", "en", "2026-03-31"),
        ("mid April", "en", "2026-04-15"),
        ("the eighteenth", "en", "2026-03-18"),
        ("the 9th", "en", "2026-04-09"),
        ("Twentieth of March", "en", "2026-03-20"),
        ("the twenty third", "en", "2026-03-23"),
        ("in two weeks", "en", "2026-03-24"),
        ("first thing Monday", "en", "2026-03-16"),
        ("2026-04-01", "en", "2026-04-01"),
        ("bis Mittwoch", "de", "2026-03-11"),
        ("bis Ende der Woche", "de", "2026-03-13"),
        ("bis zum zwanzigsten", "de", "2026-03-20"),
        ("übermorgen", "de", "2026-03-12"),
        ("vendredi prochain", "fr", "2026-03-20"),
        ("le quinze", "fr", "2026-03-15"),
        ("fin mars", "fr", "2026-03-31"),
        ("el lunes veintiséis", "es", "2026-03-26"),
        ("mañana", "es", "2026-03-11"),
        ("下周二", "zh", "2026-03-17"),
        ("月底之前", "zh", "2026-03-31"),
    ],
)
def test_words_to_day(words: str, language: str, day: str) -> None:
    assert str(due_date(words, TUESDAY, language)) == day


@pytest.mark.parametrize("words", ["soon", "next week", "once he's done", "the Sunday before", "after the holidays"])
def test_no_one_meaning(words: str) -> None:
    assert due_date(words, TUESDAY, "en") is None


def test_end_of_year_turns() -> None:
    assert due_date("the third of January", date(2026, 12, 20), "en") == date(2027, 1, 3)
    assert due_date("end of next month", date(2026, 12, 20), "en") == date(2027, 1, 31)
