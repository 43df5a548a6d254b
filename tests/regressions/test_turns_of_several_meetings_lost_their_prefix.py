"""Asked again about the turns it cited of one of several meetings, the model read them as turns of no meeting."""

from __future__ import annotations

import json

import pytest

from meetbot.ask import AskOptions, ask
from meetbot.llm import LanguageModel, Prompt
from meetbot.store import NoMemo
from tests.unit.notes.people import Scripted, conversation


def test_every_excerpt_names_the_meeting_of_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    meetings = [
        ("Weekly", conversation("Ana: Who writes the guide?", "Ben: Dmitri.", "Ana: Good.")),
        ("Museum", conversation("Eve: The guide for the museum is written by Frank.", "Eve: Yes.", "Eve: Indeed.")),
    ]
    read: list[str] = []
    scripted = Scripted(lambda prompt, schema: json.dumps({"turns": ["M2T1"], "answer": "Frank"}))

    def weigh(prompt: Prompt, choices: tuple[str, ...]) -> tuple[float, float]:
        read.append(prompt.shared)
        return 0.9, 0.1

    scripted.weigh = weigh  # type: ignore[method-assign,assignment]
    monkeypatch.setattr("meetbot.llm.open_model", lambda name, **_: LanguageModel(name, name, scripted, NoMemo()))
    assert ask("Who writes the guide for the museum?", meetings, AskOptions(llm="scripted", meaning=False)).found
    assert len(read) > 1
    for excerpts in read:
        assert "\nM2T1 Eve: The guide" in excerpts
        assert "\nT1 " not in excerpts
