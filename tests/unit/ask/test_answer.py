import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from meetbot.ask import AskOptions, ask
from meetbot.ask.places import quote
from meetbot.errors import UsageError
from meetbot.llm import LanguageModel, Prompt
from meetbot.store import NoMemo
from tests.unit.notes.people import Scripted, conversation

TALK = conversation(
    "Ana: Who writes the guide?",
    "Ben: I travel until Tuesday. Dmitri can write the guide by the twentieth, he said.",
    "Ana: Good, then Dmitri.",
)
OPTIONS = AskOptions(llm="scripted", meaning=False)


def engine(monkeypatch: pytest.MonkeyPatch, turns: list[str], answer: str | None, likely: float = 0.9) -> Scripted:
    scripted = Scripted(lambda prompt, schema: json.dumps({"turns": turns, "answer": answer}))
    scripted.weigh = lambda prompt, choices: (likely, 1 - likely)  # type: ignore[method-assign]
    monkeypatch.setattr("meetbot.llm.open_model", lambda name, **_: LanguageModel(name, name, scripted, NoMemo()))
    return scripted


def test_quotes_are_verbatim(monkeypatch: pytest.MonkeyPatch) -> None:
    engine(monkeypatch, ["T2"], "Dmitri")
    answer = ask("Who writes the guide?", [("Weekly", TALK)], OPTIONS)
    assert answer.found
    assert [(one.turn, one.speaker, one.quote) for one in answer.citations] == [
        ("T2", "Ben", "Dmitri can write the guide by the twentieth, he said.")
    ]
    assert all(one.quote in TALK.by_id[one.turn].text for one in answer.citations)


@pytest.mark.parametrize(
    ("turns", "answer", "likely"),
    [
        (["T2"], None, 0.9),
        ([], "Dmitri", 0.9),
        (["T2"], "Dmitri", 0.1),
        (["T2"], "Quentin", 0.9),
        (["T2"], "by the 29th", 0.9),
    ],
)
def test_rather_no_answer_than_a_guess(
    monkeypatch: pytest.MonkeyPatch, turns: list[str], answer: str | None, likely: float
) -> None:
    engine(monkeypatch, turns, answer, likely)
    found = ask("Who writes the guide?", [("Weekly", TALK)], OPTIONS)
    assert (found.found, found.answer, found.citations) == (False, "", ())


def test_an_answer_that_its_own_turns_do_not_bear_out_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = engine(monkeypatch, ["T2"], "Dmitri")
    likely = {True: 0.2, False: 0.7}  # that the turns hold an answer at all, and that they say this one

    def weigh(prompt: Prompt, choices: Sequence[str]) -> tuple[float, ...]:
        says = likely["Proposed answer: Dmitri" in prompt.question]
        return says, 1 - says

    scripted.weigh = weigh  # type: ignore[method-assign]
    assert not ask("Who pays for the guide?", [("Weekly", TALK)], OPTIONS).found
    likely[True] = 0.7
    assert ask("Who writes the guide?", [("Weekly", TALK)], OPTIONS).found


def test_the_turn_that_has_the_answer_is_cited_and_not_the_one_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    engine(monkeypatch, ["T1"], "by the twentieth")
    answer = ask("By when is the guide written?", [("Weekly", TALK)], OPTIONS)
    assert [one.turn for one in answer.citations] == ["T2"]


def test_several_meetings_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    other = conversation("Eve: The guide for the museum is written by Frank.", "Eve: Yes.", "Eve: Indeed.")
    engine(monkeypatch, ["M2T1"], "Frank")
    answer = ask("Who writes the guide for the museum?", [("Weekly", TALK), ("Museum", other)], OPTIONS)
    assert [(one.meeting, one.turn) for one in answer.citations] == [("Museum", "T1")]


def test_nothing_said_about_it_needs_no_model() -> None:
    assert not ask("zebra?", [("Weekly", TALK)], AskOptions(llm="no-such-model", meaning=False)).found


@pytest.mark.parametrize(
    ("translation", "given", "language"),
    [
        ("Bis zum 20. schreibt ihn Dmitri", "Bis zum 20. schreibt ihn Dmitri", None),
        ("bald", "by the 20th, Dmitri", "en"),
    ],
)
def test_an_answer_is_checked_as_it_was_spoken_and_then_translated(
    monkeypatch: pytest.MonkeyPatch, translation: str, given: str, language: str | None
) -> None:
    scripted = Scripted(
        lambda prompt, schema: json.dumps(
            {"translation": translation}
            if "translation" in schema["properties"]
            else {"turns": ["T2"], "answer": "by the 20th, Dmitri"}
        )
    )
    monkeypatch.setattr("meetbot.llm.open_model", lambda name, **_: LanguageModel(name, name, scripted, NoMemo()))
    answer = ask("Who writes the guide?", [("Weekly", TALK)], replace(OPTIONS, answer_language="de"))
    assert (answer.answer, answer.language) == (given, language)


def test_an_empty_question() -> None:
    with pytest.raises(UsageError):
        ask("  ", [("Weekly", TALK)], OPTIONS)


def test_the_quote_is_the_sentence_that_tells() -> None:
    assert quote("It rained. The price is fifty. We left.", "What is the price? 50") == "The price is fifty."
