"""The overview is sentences: what the model copies from the list it was given is left out."""

from __future__ import annotations

import json

from meetbot.domain import ActionItem, Decision, Topic
from meetbot.llm import LanguageModel
from meetbot.notes.prose import overview
from meetbot.notes.settle import Settled
from tests.unit.notes.people import Scripted, conversation

TALK = conversation("Ana: The printer is broken.", "Ben: I'll call the shop. We buy a new one.")
TOPIC = Topic("The printer", "They talked about the printer.", 0.0, 5.0, ("T1",))
SETTLED = Settled(
    (Decision("A new printer is bought", ("T2",), 3.0, True),),
    (ActionItem("call the shop", "S2", "Ben", None, None, ("T2",), 3.0, True),),
    (),
    (),
)
OUTCOME = "Decided: A new printer is bought. To do: Ben – call the shop."


def written(*sentences: str) -> tuple[str, Scripted]:
    engine = Scripted(lambda prompt, schema: json.dumps({"title": "The printer", "sentences": list(sentences)}))
    model = LanguageModel("test", "test", engine)
    return overview(model, TALK, [TOPIC], SETTLED, language="en", length="medium", tone="")[1], engine


def test_copied_lines_are_left_out() -> None:
    text, _ = written("The printer is broken, and a new one is bought.", "Ben: call the shop", "- call the shop")
    assert text == f"The printer is broken, and a new one is bought. {OUTCOME}"


def test_where_everything_was_copied_the_chapters_speak() -> None:
    text, _ = written("Decided: a new printer is bought", "- Ben: call the shop")
    assert text == f"They talked about the printer. {OUTCOME}"


def test_what_was_decided_is_told_whatever_the_model_writes() -> None:
    text, _ = written("They talked.", "The printer is thrown away.", "Nothing was decided.")
    assert text == f"They talked. {OUTCOME}"


def test_the_model_reads_who_does_what() -> None:
    _, engine = written("The printer is broken.")
    assert "- Ben: call the shop" in engine.prompts[0].shared
    assert "somebody" not in engine.prompts[0].shared
