"""The words of an exchange that stand for an item: those that say something, as they were said."""

import pytest

from meetbot.domain import ItemKind
from meetbot.notes.candidate import Candidate
from meetbot.notes.narrow import as_spoken
from meetbot.notes.nominate import nominate
from meetbot.notes.quote import point, tidy
from tests.unit.notes.people import conversation


def listed(kind: str, *lines: str, language: str = "en") -> list[str]:
    talk = conversation(*lines, language=language)
    labels = {speaker.id: speaker.label for speaker in talk.speakers}
    found = nominate(talk.utterances, language, labels)
    return [as_spoken(talk, talk.utterances, one).text for one in found if one.kind == kind]


def test_thanks_and_assent_around_it_are_left_out() -> None:
    talk = (
        "Ben: Half past nine works for me.",
        "Cleo: For me too.",
        "Ana: Fine. From next week on we start at half past nine. Thanks everyone. See you.",
        "Ben: Bye.",
    )
    assert listed("decision", *talk) == ["From next week on we start at half past nine"]


def test_a_sentence_that_limits_what_is_said_stays() -> None:
    assert listed("action_item", "Ben: I'll write the guide for the pump. Not before May.") == [
        "I'll write the guide for the pump. Not before May"
    ]


@pytest.mark.parametrize(
    ("language", "said", "quoted"),
    [
        ("en", "And I'll have the charge fixed.", "I'll have the charge fixed"),
        ("en", "Yeah, so I'll print them.", "I'll print them"),
        ("en", "So far nobody has printed them.", "So far nobody has printed them"),
        ("en", "No, we keep the old one.", "No, we keep the old one"),
        ("de", "Gut, dann nehmen wir Blau.", "Nehmen wir Blau"),
        ("fr", "Bon, alors on prend le bleu.", "On prend le bleu"),
        ("es", "Vale, pues cogemos el azul.", "Cogemos el azul"),
        ("zh", "好，那就用蓝色。", "那就用蓝色"),
        ("en", "Okay, right.", "Okay, right"),
    ],
)
def test_words_that_only_open_a_sentence_are_left_out(language: str, said: str, quoted: str) -> None:
    assert tidy(said, language) == quoted


def test_a_decision_is_quoted_without_what_somebody_will_do_about_it() -> None:
    talk = (
        "Ben: What about Tuesday, the 24th?",
        "Cleo: Tuesday is good.",
        "Ana: Agreed. We release on Tuesday, the 24th, not on Monday. I'll write to the customers today.",
        "Ben: Good.",
    )
    (text,) = listed("decision", *talk)
    assert text.endswith("We release on Tuesday, the 24th, not on Monday")


@pytest.mark.parametrize(
    ("kind", "text", "short"),
    [
        ("decision", "Tuesday it is? – Final answer. We release on the 24th", "We release on the 24th"),
        ("decision", "We keep the old one", "We keep the old one"),
        ("open_question", "Who answers the emails? – I don't know if there is money", "Who answers the emails?"),
        (
            "decision",
            "Only two weeks, not a month – Yes – 15% for two weeks",
            "Only two weeks, not a month – 15% for two weeks",
        ),
        ("action_item", "The banner is wrong. – I'll change the banner on Friday", "I'll change the banner on Friday"),
    ],
)
def test_one_sentence_or_two_that_say_most_stand_for_an_exchange(kind: ItemKind, text: str, short: str) -> None:
    assert point(text, kind, "en") == short


def test_a_short_sentence_that_settles_is_no_thanks() -> None:
    talk = conversation("Ana: The pump is dying. They want 700.", "Ben: You've won. Let's lease the thing. Thanks.")
    settled = Candidate("decision", 1, (1,), None, "settled", told=(1,))
    assert as_spoken(talk, talk.utterances, settled).text == "Let's lease the thing"
