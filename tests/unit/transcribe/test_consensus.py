"""Which of several texts of a window is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from whisper.tokenizer import get_tokenizer

from meetbot.transcribe.consensus import agreed, choose
from meetbot.transcribe.greedy import Decoded

WORDS = st.lists(st.sampled_from(["we", "ship", "it", "on", "Monday"]), max_size=6).map(" ".join)


def test_what_most_texts_say_is_kept_although_another_is_likelier() -> None:
    assert agreed(["he wrote to Ben", "he rode to Bern", "he rode to Bern.", "he rode to Berne"]) == 1


def test_one_that_stops_early_is_not_kept_when_the_others_go_on() -> None:
    assert agreed(["we ship it", "we ship it on Monday then", "we ship it on Monday"]) == 2


def test_case_and_punctuation_are_no_difference_and_the_likeliest_of_equals_is_kept() -> None:
    assert agreed(["Ship it.", "ship it", "SHIP IT!"]) == 0


def test_chinese_is_compared_by_character() -> None:
    assert agreed(["他星期五来", "他星期一来了", "他星期一来"]) == 2


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_texts_that_are_all_the_same_but_one_outvote_it(texts: list[str]) -> None:
    said = max(texts, key=len)
    assert [*texts[:1], said, said, said][agreed([*texts[:1], said, said, said])].lower() == said.lower()


def test_the_text_is_kept_with_its_times() -> None:
    tokenizer = get_tokenizer(True, num_languages=99, language="en", task="transcribe")
    likely = [
        Decoded((tokenizer.timestamp_begin, *tokenizer.encode(text)), (1.0,), -0.1)
        for text in (" so be it", " sow a bit", " sow a bit")
    ]
    assert choose(likely, tokenizer) is likely[1]
