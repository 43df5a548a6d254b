"""Which turns are read for an answer, and what is asked of a model that holds them in mind."""

import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from meetbot.ask import AskOptions, ask
from meetbot.domain import Answer
from meetbot.llm import DEFAULT, LanguageModel, Prompt
from meetbot.llm.probe import Probe, shipped
from meetbot.store import NoMemo
from tests.unit.notes.people import Scripted, conversation

TALK = conversation(
    "Ana: Who brings the key of the boat house?",
    "Ben: The weather is fine and the boat house was painted.",
    "Cal: I saw the key of the boat house, it hangs by the door of the kitchen.",
    "Ben: Nice colour, that boat house, all the way up to the roof.",
    "Ana: It is. Who brings the key of the kitchen?",
    "Cal: The boat house needs a new key some day, and a lock.",
    "Ana: Dora brings the key of the boat house.",
)


class Mindful(Scripted):
    """Holds in mind, of the turns that `answers` tells, that they answer the question."""

    def __init__(self, probe: Probe, answers: Callable[[str], float], reply: str) -> None:
        super().__init__(lambda prompt, schema: json.dumps({"turns": ["T7"], "answer": reply}))
        self.asked: list[str] = []
        self._probe, self._answers = probe, answers

    def states(  # type: ignore[override]
        self, prompt: Prompt, lines: Sequence[str], layers: Sequence[int], told: Callable[[int], None]
    ) -> NDArray[np.float32]:
        self.asked.append(prompt.shared)
        here, after = self._probe.weights[:, 0], self._probe.weights[:, 1]
        direction = here - after * (here @ after) / (after @ after)  # says nothing of the turn before
        wanted = np.array([self._answers(line) for line in lines]) - self._probe.bias[0]
        wanted[-1] -= self._probe.last[0]
        found: NDArray[np.float32] = (wanted[:, None] * direction / (direction @ here)).astype(np.float32)
        return found


def asked(monkeypatch: pytest.MonkeyPatch, answers: Callable[[str], float]) -> tuple[Answer, Mindful]:
    probe = shipped("meetbot.ask", DEFAULT)
    assert probe is not None
    engine = Mindful(probe, answers, "Dora")
    monkeypatch.setattr("meetbot.llm.open_model", lambda name, **_: LanguageModel(DEFAULT, DEFAULT, engine, NoMemo()))
    return ask("Who brings the key?", [("Boats", TALK)], AskOptions(meaning=False)), engine


def test_the_turns_that_may_answer_are_read_and_those_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, engine = asked(monkeypatch, lambda line: 4.0 if "Dora" in line else -6.0)
    assert (answer.found, answer.answer, [one.turn for one in answer.citations]) == (True, "Dora", ["T7"])
    assert engine.asked == ["Question: Who brings the key?\nTranscript:\n"]
    read = engine.prompts[0].shared
    assert "T7 Ana: Dora" in read
    assert "T6 Cal" in read
    assert "T2 Ben" not in read


def test_a_question_that_no_turn_answers_is_not_put_to_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, engine = asked(monkeypatch, lambda line: -12.0)
    assert not answer.found
    assert engine.prompts == []


def test_two_turns_that_may_answer_are_both_read(monkeypatch: pytest.MonkeyPatch) -> None:
    _, engine = asked(monkeypatch, lambda line: 3.0 if "Dora" in line else 2.5 if "I saw" in line else -6.0)
    read = engine.prompts[0].shared
    assert "T3 Cal" in read
    assert "T7 Ana" in read


def test_a_model_without_a_probe_reads_all_that_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Scripted(lambda prompt, schema: json.dumps({"turns": ["T7"], "answer": "Dora"}))
    monkeypatch.setattr("meetbot.llm.open_model", lambda name, **_: LanguageModel(name, name, engine, NoMemo()))
    answer = ask("Who brings the key?", [("Boats", TALK)], AskOptions(llm="other", meaning=False))
    assert answer.found
    assert all(f"T{number} " in engine.prompts[0].shared for number in range(1, 8))
