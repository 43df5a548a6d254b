from __future__ import annotations

from pathlib import Path

import pytest

from meetbot import names
from meetbot.domain import AudioInfo, Speaker, Transcript, Utterance
from meetbot.evaluate.fit_names import examples, fit
from meetbot.evaluate.names import judged
from meetbot.names.calls import calls
from meetbot.names.introductions import introductions

TUNE = Path(__file__).parents[3] / "samples" / "meetings" / "tune"


def said(*lines: tuple[str, str], language: str = "en") -> Transcript:
    utterances = tuple(
        Utterance(f"T{number}", speaker, float(number), number + 0.9, text)
        for number, (speaker, text) in enumerate(lines, 1)
    )
    speakers = tuple(Speaker(one) for one in dict.fromkeys(speaker for speaker, _ in lines))
    return Transcript(AudioInfo("a.wav", "0" * 64, len(lines) + 1.0), language, speakers, utterances)


ASKED = said(
    ("S1", "Good morning. Ben, where are we with the release?"),
    ("S2", "It is nearly done."),
    ("S3", "I read about it. It looks fine to me."),
    ("S1", "Thanks, Ben. And did Priya send the icons, Ben?"),
    ("S2", "Priya promised them for Friday."),
)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "Hi everyone, this is Ana from marketing.", "Ana"),
        ("en", "My name is Ben Ito.", "Ben Ito"),
        ("en", "Carla here.", "Carla"),
        ("en", "Hi, Sam here. So, I went there.", "Sam"),
        ("en", "Hi, it's Mei, I'm new.", "Mei"),
        ("en", "It's not, it's Leila's.", None),
        ("en", "Robert's here as well.", None),
        ("en", "Fine here.", None),
        ("en", "We have Jonas here.", None),
        ("en", "People here have strong feelings.", None),
        ("en", "This is Monday.", None),
        ("en", "I'm not sure.", None),
        ("en", "I'm Sorry, go on.", None),
        ("de", "Guten Tag, mein Name ist Jürgen.", "Jürgen"),
        ("de", "Ich bin die Karin, für die Aufnahme.", "Karin"),
        ("de", "Ich bin Rentner, ich hab Zeit.", None),
        ("fr", "Bonjour, je m'appelle Zoé.", "Zoé"),
        ("es", "Hola, soy Marta.", "Marta"),
        ("zh", "大家好,我是王芳。", "王芳"),
        ("zh", "医院我是不去的", None),
        ("ja", "This is Ana.", None),
    ],
)
def test_introductions(language: str, text: str, name: str | None) -> None:
    found = introductions(said(("S1", text), language=language))
    assert (found["S1"].name if found else None) == name


def test_a_name_that_two_claim_is_nobodys() -> None:
    assert introductions(said(("S1", "I'm Ana."), ("S2", "I'm Ana."))) == {}


@pytest.mark.parametrize(
    ("language", "text", "called"),
    [
        ("en", "Right, Ben, where are we?", [("Ben", "first", True)]),
        ("en", "Could you write it, Mrs Lyle?", [("Mrs Lyle", "last", True)]),
        ("en", "Thank you Ben. Okay, next.", [("Ben", "greeted", False)]),
        ("en", "Ben said so on Monday.", []),
        ("en", "Sorry, Monday is too early.", []),
        ("en", "God, no.", []),
        ("de", "Günter, kannst du das machen?", [("Günter", "first", True)]),
        ("fr", "Merci, Zoé.", [("Zoé", "greeted", False)]),
        ("es", "Bueno, Marta, ¿qué tal?", [("Marta", "first", True)]),
    ],
)
def test_who_is_spoken_to(language: str, text: str, called: list[tuple[str, str, bool]]) -> None:
    assert [(one.name, one.way, one.asks) for one in calls(text, language, ())] == called


def test_a_word_that_also_stands_small_or_with_an_article_calls_nobody() -> None:
    talk = said(("S1", "Boss, may I?"), ("S2", "Yes."), ("S1", "Thanks, Boss. The Boss decides."), ("S2", "It does."))
    assert names.heard(talk) == {}


def test_whoever_is_called_and_answers_has_the_name_and_who_is_only_spoken_of_has_none() -> None:
    transcript, suggested = names.named(ASKED)
    assert [one.name for one in transcript.speakers] == [None, "Ben", None]
    ben = transcript.speakers[1]
    assert ben.source == names.TALK
    assert ben.said_in == ("T1", "T4")
    assert ben.confidence is not None
    assert ben.confidence >= names.ASSERTED
    assert not suggested


def test_who_says_his_name_has_it_and_it_is_nobody_elses() -> None:
    transcript, _ = names.named(
        said(("S1", "Hi, I'm Ana."), ("S2", "Hello, Ana."), ("S3", "And I'm Ben."), ("S2", "Ben, you too."))
    )
    assert [one.name for one in transcript.speakers] == ["Ana", None, "Ben"]


def test_a_name_that_the_user_or_a_voice_gave_stays_and_is_not_given_twice() -> None:
    known = Transcript(
        ASKED.audio, "en", (Speaker("S1", name="Ben", source="user"), *ASKED.speakers[1:]), ASKED.utterances
    )
    transcript, suggested = names.named(known)
    assert [one.name for one in transcript.speakers] == ["Ben", None, None]
    assert not suggested


def test_one_call_is_only_a_suggestion() -> None:
    transcript, suggested = names.named(
        said(("S1", "So, Ben, is it done?"), ("S2", "It is."), ("S3", "Good."), ("S1", "Yes."))
    )
    assert all(one.name is None for one in transcript.speakers)
    assert suggested["S2"].name == "Ben"


def test_german_calls_only_suggest_because_every_noun_has_a_capital() -> None:
    talk = said(
        ("S1", "Essensgeld, wer macht das?"),
        ("S2", "Ich."),
        ("S1", "Danke, Essensgeld. Was meinst du, Essensgeld?"),
        ("S2", "Gut."),
        language="de",
    )
    assert not any(one.name for one in names.named(talk)[0].speakers)


def test_no_capitals_no_names() -> None:
    assert names.heard(said(("S1", "ben where are we"), ("S2", "nearly done"), ("S1", "thanks ben"))) == {}


def test_weights_come_from_written_meetings_and_names_are_judged_on_them() -> None:
    paths = [TUNE / f"{name}.txt" for name in ("housing_coop", "k2_playground", "payroll")]
    weights = fit([examples(path) for path in paths])
    assert weights["others as often"] < 0 < weights["asked, speaks next"]
    one = judged(paths[0])
    assert one.right + len(one.wrong) + one.suggested + len(one.unsure) <= one.speakers
    assert one.right >= 1
