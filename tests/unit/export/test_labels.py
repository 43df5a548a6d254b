"""Every phrase of an export in every language that has labels."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from meetbot.domain import Unverified
from meetbot.export import Meeting, write
from meetbot.export.labels import Labels, labels
from meetbot.notes.ground import unsupported
from tests.unit.export.meetings import NOTES, WEEKLY

REASONS = [
    unsupported(WEEKLY, "We release.", ()),
    unsupported(WEEKLY, "We release.", ("T99",)),
    unsupported(WEEKLY, "We release 80 times.", ("T3",)),
    unsupported(WEEKLY, "We release with Quentin.", ("T3",)),
    unsupported(WEEKLY, "bananas grow slowly", ("T3",)),
    "Quentin is not in T3",
]


@pytest.mark.parametrize("language", ["de", "es", "fr", "pt", "zh", "ja"])
def test_nothing_is_left_in_english(language: str) -> None:
    mine, english = labels(language), Labels()
    same = {field.name for field in fields(Labels) if getattr(mine, field.name) == getattr(english, field.name)}
    assert not same
    assert len(mine.reasons) == len(english.reasons)
    for reason in REASONS:
        assert reason is not None
        assert labels("en").reason(reason) == reason
        assert mine.reason(reason) != reason


def test_a_reason_is_told_in_the_language_of_the_notes() -> None:
    doubt = Unverified("decision", "Hire 80 people.", ("T3",), "the number 80 is not in T3", "en")
    written = str(write(Meeting(WEEKLY, replace(NOTES, language="de", unverified=(doubt,))), "md"))
    assert "Beschluss: Hire 80 people. (nicht übersetzt)" in written
    assert "die Zahl 80 kommt in T3 nicht vor" in written
