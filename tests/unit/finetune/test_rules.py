"""What is taken for a machine's transcript, a duplicate, a language: each rule by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetbot.finetune.duplicates import Seen
from meetbot.finetune.rules import broken, cleaned, machine_made
from meetbot.finetune.segments import LIMIT, cut, within
from meetbot.finetune.sources import Cue
from meetbot.finetune.spoken import Guess, read, use


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("OK", "en"),
        ("NATO, UNESCO and IBM were there.", "en"),
        ("yes", "en"),
        ("今天天气很好，我们去公园。", "zh"),
        ("วันนี้อากาศดีมากและเราจะไปสวนสาธารณะด้วยกัน", "th"),
        ("Das Haus ist groß", "de"),
    ],
)
def test_what_people_write_stays(text: str, language: str) -> None:
    assert not machine_made(text, language)


def test_chinese_without_any_punctuation_is_machine_made() -> None:
    assert machine_made("今天天气很好我们去公园玩然后回家吃饭再看一会儿电视就睡觉了", "zh")


def test_remarks_are_no_text() -> None:
    assert cleaned("♪ [Music] ♪ (laughs)") == ""
    assert broken(cleaned("(inaudible)"), "en", 2.0) == "empty"


def test_near_duplicates_are_seen_and_short_texts_are_not_counted() -> None:
    seen = Seen()
    assert not seen.text("We will send the contract to Harbour before the end of the week.")
    assert seen.text("We will send the contract to harbour before the end of the week")
    assert not seen.text("The contract is about something else, and nobody has to send it.")
    assert not seen.text("Thank you.")
    assert not seen.text("Thank you.")
    sound = np.arange(1000, dtype=np.int16)
    assert not seen.sound(sound)
    assert seen.sound(sound.copy())


def test_what_is_only_asked_for_is_not_remembered() -> None:
    seen = Seen()
    for _ in range(2):
        assert not seen.text("A sentence that is looked up twice and never added.", add=False)


def test_the_language_of_text_is_found() -> None:
    assert read("Wir haben gestern lange über die neue Küche gesprochen.").language == "de"
    assert read("El presupuesto no alcanza para las dos cosas.").language == "es"


def test_what_a_pair_is_good_for() -> None:
    assert use(Guess("en", 0.9), Guess("en", 0.9), None) == ("en", "transcribe")
    assert use(Guess("fr", 0.9), Guess("en", 0.9), "fr") == ("fr", "translate")
    assert use(Guess("en", 0.9), Guess("fr", 0.9), "en") is None
    assert use(Guess("cy", 0.3), Guess("en", 0.9), "en") == ("en", "transcribe")  # hardly heard: the source is believed
    assert use(Guess("de", 0.9), Guess("sr", 0.1), None) == ("de", "transcribe")  # "OK"
    assert use(Guess("yue", 0.9), Guess("zh", 0.9), None) == ("yue", "transcribe")


@given(st.lists(st.tuples(st.floats(0, 200), st.floats(0.1, 28)), max_size=20), st.floats(10, 200))
def test_no_cue_is_lost_divided_or_out_of_its_segment(times: list[tuple[float, float]], duration: float) -> None:
    cues = [Cue(str(number), start, start + length) for number, (start, length) in enumerate(times)]
    spans = list(cut(cues, duration))
    expected = {cue.text for cue in cues if cue.start < duration}
    assert {cue.text for span in spans for cue in span.cues} == expected
    assert sum(len(span.cues) for span in spans) == len(expected)
    for span in spans:
        assert 0 <= span.start <= span.end <= duration + 1e-3
        assert span.end - span.start <= LIMIT + 1e-3
        assert all(0 <= cue.start <= (cue.end or 0) <= span.end - span.start + 0.01 for cue in within(span))
