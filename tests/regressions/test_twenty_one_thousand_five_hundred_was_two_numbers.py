"""A spelled number of several steps was read as two, and a right item was refused for having "another" number."""

import pytest

from meetbot.words import numbers


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("twenty one thousand five hundred", "21500"),
        ("two hundred thousand", "200000"),
        ("three thousand five hundred", "3500"),
        ("twenty one", "21"),
        ("hundred five", "105"),
    ],
)
def test_one_number(said: str, number: str) -> None:
    assert numbers(said) == {number}


def test_a_pronoun_is_no_number() -> None:
    assert not numbers("the one we like")
