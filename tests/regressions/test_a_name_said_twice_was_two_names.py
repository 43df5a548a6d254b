"""Who stutters, "I talked to Priya Priya from legal", had spoken to Priya Priya, who was then the task's owner."""

import pytest

from meetbot.notes.people import full_name


@pytest.mark.parametrize(
    ("name", "text", "full"),
    [
        ("Priya", "They do, I talked to Priya Priya from legal, she's drafting it.", "Priya"),
        ("Priya", "They do, I talked to Priya Shah, Priya Shah from legal.", "Priya Shah"),
        ("Pike", "It was Joanne Pike Pike, I think.", "Joanne Pike"),
    ],
)
def test_a_name_said_twice_is_one(name: str, text: str, full: str) -> None:
    assert full_name(name, text) == full
