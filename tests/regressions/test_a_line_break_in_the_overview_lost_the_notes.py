"""A 1.5B model filled a sentence to its limit, then wrote a brace and line breaks: no usable answer, and no notes."""

from __future__ import annotations

from meetbot.domain import Topic
from meetbot.llm import LanguageModel
from meetbot.notes.options import NotesOptions
from meetbot.notes.overview import overview
from meetbot.notes.prose import SENTENCE
from meetbot.notes.settle import Settled
from tests.unit.notes.people import Scripted, conversation

TALK = conversation("Ana: The printer is broken.", "Ben: I'll call the shop. We buy a new one.")
TOPIC = Topic("The printer", "They talked about the printer.", 0.0, 5.0, ("T1",))


def test_what_follows_a_full_sentence_is_left_out() -> None:
    full = "The printer is broken. Ben calls the shop and buys a new one ".ljust(SENTENCE, "x")
    engine = Scripted(lambda *_: f'{{"title": "The printer", "sentences": ["{full}", "}}\n```\n```"]}}')
    model = LanguageModel("test", "test", engine)
    nothing = Settled((), (), (), ())
    _, text = overview(model, TALK, [TOPIC], nothing, NotesOptions(date="2026-03-10", prose=True))
    assert text == "The printer is broken."
