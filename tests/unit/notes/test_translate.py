"""Notes in another language than was spoken: what the model words is compared with what was verified."""

from __future__ import annotations

import json

import pytest

from meetbot.llm import LanguageModel
from meetbot.llm.model import Schema
from meetbot.llm.prompt import Prompt
from meetbot.notes import NotesOptions, summarize
from meetbot.notes.translate import names_in
from meetbot.translate import survives
from tests.unit.notes.people import Scripted, conversation

TALK = conversation(
    "Ana: The printer needs the 3 new dates.",
    "Ben: I'll call the printer tomorrow.",
    "Ana: Great, thanks.",
)


@pytest.mark.parametrize(
    ("text", "written", "spoken", "language", "does"),
    [
        ("We release on Tuesday, the 24th", "Wir veröffentlichen am Dienstag, dem 24.", "en", "de", True),
        ("We release on Tuesday, the 24th", "Wir veröffentlichen am Dienstag, dem 25.", "en", "de", False),
        ("We release on Tuesday, the 24th", "Wir veröffentlichen am Mittwoch, dem 24.", "en", "de", False),
        ("We release on Tuesday", "Wir veröffentlichen bald", "en", "de", False),
        ("We release on Tuesday", "We release on Tuesday", "en", "de", False),
        ("Priya is drawing new icons", "Priya dessine de nouvelles icônes", "en", "fr", True),
        ("Priya is drawing new icons", "Elle dessine de nouvelles icônes", "en", "fr", False),
        ("Priya is drawing new icons", "Priya is drawing new icons today", "en", "fr", False),
        ("15% for 2 weeks", "15% durante 2 semanas", "en", "es", True),
        ("15% for 2 weeks", "50% durante 2 semanas", "en", "es", False),
        ("We meet in November", "Reunimo-nos em novembro", "en", "pt", True),
        ("We release on 24 November", "11月24日にリリースします", "en", "ja", True),
        ("We release on Tuesday", "我们星期二发布", "en", "zh", True),
        ("We release on Tuesday", "我们星期三发布", "en", "zh", False),
        ("We release soon", "Wir release soon", "en", "zh", False),
        ("Wir bestellen 3 Stühle für die Küche", "We order 3 chairs for the kitchen", "de", "en", True),
        ("我们星期二发布", "We release on Tuesday", "zh", "en", True),
        ("我们星期二发布", "我们 on Tuesday", "zh", "en", False),
    ],
)
def test_what_a_translation_must_keep(text: str, written: str, spoken: str, language: str, does: bool) -> None:
    assert survives(text, written, spoken, language, names_in(text, spoken, [])) is does


def test_people_keep_their_names_where_capitals_say_nothing() -> None:
    keep = names_in("Uwe bringt Kuchen", "de", ["Uwe", "Ana"])
    assert keep == {"Uwe"}
    assert survives("Uwe bringt Kuchen", "Uwe brings cake", "de", "en", keep)
    assert not survives("Uwe bringt Kuchen", "He brings cake", "de", "en", keep)


@pytest.mark.parametrize(
    ("translation", "task", "language"),
    [("den Drucker anrufen und fragen", "den Drucker anrufen und fragen", None), ("call 17", "call the printer", "en")],
)
def test_items_are_translated_or_say_that_they_are_not(
    monkeypatch: pytest.MonkeyPatch, translation: str, task: str, language: str | None
) -> None:
    texts: dict[str, str | list[str]] = {
        "task": "call the printer",
        "translation": translation,
    }

    def write(prompt: Prompt, schema: Schema) -> str:
        return json.dumps({name: texts.get(name, "Ein Drucker.") for name in schema["properties"]})

    scripted = Scripted(write)
    monkeypatch.setattr("meetbot.llm.open_model", lambda name, memo, **_: LanguageModel(name, name, scripted, memo))
    options = NotesOptions(date="2026-03-10", llm="scripted", notes_language="de")
    notes = summarize(TALK, options)
    assert notes.language == "de"
    assert notes.overview.startswith("Besprochen: ")
    assert "\nZu tun: Ben – " in notes.overview
    assert "tomorrow" not in notes.overview
    assert [(item.task, item.language, item.due) for item in notes.action_items] == [(task, language, "tomorrow")]
    assert any("into German" in prompt.question for prompt in scripted.prompts)


def test_notes_in_the_language_of_the_speech_are_not_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(lambda prompt, schema: json.dumps(dict.fromkeys(schema["properties"], "call the printer")))
    monkeypatch.setattr("meetbot.llm.open_model", lambda name, memo, **_: LanguageModel(name, name, scripted, memo))
    talk = conversation("Ana: Hello there.")
    summarize(talk, NotesOptions(date="2026-03-10", llm="scripted", notes_language="en"))
    assert not any("translation" in prompt.question.lower() for prompt in scripted.prompts)
