"""Asked when the release is, meetbot named the day that had been said first, though it was changed later."""

from __future__ import annotations

import json

import pytest

from meetbot.ask import AskOptions, ask
from meetbot.ask.later import changed
from meetbot.llm import LanguageModel, Prompt
from meetbot.llm.model import Schema
from meetbot.store import NoMemo
from meetbot.translate import calendar_words
from tests.unit.notes.people import Scripted, conversation

TALK = conversation(
    "Anna: Let's say Monday, the twenty-third, for the release. Is that okay?",
    "Ben: Yes.",
    "Anna: Good. So the release moves to Monday, the twenty-third.",
    "Chloe: I'll change the banner by Friday.",
    "Anna: And the price is fifteen, agreed.",
    "Ben: On Monday the bank does its maintenance.",
    "Anna: So, final answer, we release on Tuesday, the twenty-fourth, not on Monday.",
)


def test_the_later_day_holds_and_the_earlier_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(prompt: Prompt, schema: Schema) -> str:
        # The model takes the first day it reads.
        if "T3 " in prompt.shared:
            return json.dumps({"turns": ["T3"], "answer": "Monday, the twenty-third"})
        return json.dumps({"turns": ["T7"], "answer": "Tuesday, the twenty-fourth"})

    scripted = Scripted(write)
    monkeypatch.setattr("meetbot.llm.open_model", lambda name, **_: LanguageModel(name, name, scripted, NoMemo()))
    answer = ask("When do we release?", [("Weekly", TALK)], AskOptions(llm="scripted", meaning=False))
    assert answer.answer == "Tuesday, the twenty-fourth (earlier: Monday, the twenty-third)"
    assert [one.turn for one in answer.citations] == ["T7", "T3"]


@pytest.mark.parametrize(
    ("answer", "question", "place"),
    [
        ("Monday, the twenty-third", "When do we release?", 6),
        ("fifteen", "What is the price?", None),  # a day changes no price
        ("by Friday", "When does Chloe change the banner?", None),  # the release is something else
        ("Anna", "Who writes it?", None),
    ],
)
def test_only_the_same_thing_is_changed(answer: str, question: str, place: int | None) -> None:
    assert changed(TALK.utterances, 3, answer, question, language="en", days=calendar_words("en")) == place


def test_in_german() -> None:
    talk = conversation(
        "Karin: Am elften Juli.", "Karin: Also Sommerfest am vierten Juli statt am elften.", language="de"
    )
    found = changed(
        talk.utterances, 0, "am elften Juli", "Wann ist das Sommerfest?", language="de", days=calendar_words("de")
    )
    assert found == 1
