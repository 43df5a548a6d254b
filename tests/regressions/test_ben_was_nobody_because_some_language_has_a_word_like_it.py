"""Names that are function words of any known language (Ben, Dan, Mia) were no names in all of them."""

from __future__ import annotations

import pytest

from meetbot.notes.ground import unsupported
from meetbot.notes.people import people_named
from tests.unit.notes.people import conversation


@pytest.mark.parametrize("name", ["Ben", "Dan", "Mia", "Priya"])
def test_who_is_named_is_named_whatever_it_means_elsewhere(name: str) -> None:
    assert people_named(f"I think {name} is drawing the icons.", "en") == {name} - (
        {"Will"} if name == "Will" else set()
    )


def test_a_name_that_nobody_said_is_strange_even_if_it_is_a_word_somewhere() -> None:
    talk = conversation("Ana: Somebody has to draw the new icons by Friday.", "Cleo: Yes, they have to be drawn.")
    assert unsupported(talk, "So Ben has to draw the new icons by Friday", ["T1"]) == "the name Ben is not in T1"
