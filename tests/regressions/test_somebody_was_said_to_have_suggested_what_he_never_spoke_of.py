"""The overview of the sample said that Martin, whom somebody would ask about money, had suggested the help page."""

from __future__ import annotations

import json

import pytest

from meetbot.domain import Topic
from meetbot.llm import LanguageModel
from meetbot.notes.options import NotesOptions
from meetbot.notes.overview import overview
from meetbot.notes.settle import Settled
from tests.unit.notes.people import Scripted, conversation

TALK = conversation(
    "Ana: A help page would save us time.",
    "Ben: I can write the help page by Friday.",
    "Ana: Good.",
    "Ana: Who answers the emails?",
    "Ben: No idea if there is money for that.",
    "Ana: I'll ask Martin about the budget.",
)


@pytest.mark.parametrize(
    ("sentence", "stays"),
    [
        ("Martin suggested a help page to save time.", False),
        ("They said that Martin had suggested a help page.", False),
        ("Martin is asked about the budget.", True),
        ("There may be no money for emails, so Martin is asked.", True),
        ("Ben writes the help page by Friday.", True),
        ("Time is saved by a help page.", True),
    ],
)
def test_what_is_said_of_somebody_stands_near_him(sentence: str, stays: bool) -> None:
    engine = Scripted(lambda prompt, schema: json.dumps({"title": "Help", "sentences": [sentence]}))
    model = LanguageModel("test", "test", engine)
    talked = [Topic("Help", "They talked.", 0.0, 9.0, ("T1",))]
    text = overview(model, TALK, talked, Settled((), (), (), ()), NotesOptions(date="2026-03-10", prose=True))[1]
    assert text == (sentence if stays else "")
