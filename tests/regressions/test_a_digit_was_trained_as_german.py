"""One digit by itself was taken for German although the manifest said English, and was trained as such."""

from __future__ import annotations

from meetbot.finetune.spoken import Guess, use


def test_of_a_few_words_the_source_is_believed() -> None:
    assert use(Guess("de", 0.7), Guess("la", 0.2), "en") == ("en", "transcribe")


def test_where_it_does_not_say_the_speech_is() -> None:
    assert use(Guess("de", 0.7), Guess("la", 0.2), None) == ("de", "transcribe")


def test_a_text_that_can_be_read_is_judged_by_the_speech() -> None:
    assert use(Guess("de", 0.7), Guess("de", 0.9), "en") == ("de", "transcribe")
