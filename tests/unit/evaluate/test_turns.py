"""Turns scored: cases counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetbot.domain import Turn
from meetbot.evaluate.scores import Score
from meetbot.evaluate.turns import turn_errors

TRUTH = [Turn("Ana", 0, 10), Turn("Ben", 8, 18)]  # two seconds of both


def scores(reference: list[Turn], hypothesis: list[Turn], duration: float = 20.0) -> dict[str, Score]:
    return {score.metric: score for score in turn_errors(reference, hypothesis, duration)}


def test_missed_false_and_confused_speech_are_told_apart() -> None:
    found = scores(TRUTH, [Turn("S1", 0, 10), Turn("S2", 10, 17), Turn("S1", 17, 18), Turn("S3", 19, 20)])
    strict = found["DER"]
    assert strict.total == pytest.approx(20)
    assert dict(strict.detail) == pytest.approx({"missed": 2, "false alarm": 1, "confusion": 1})
    assert strict.rate == pytest.approx(0.2)
    alone = found["DER no overlap"]
    assert alone.total == pytest.approx(16)
    assert dict(alone.detail) == pytest.approx({"missed": 0, "false alarm": 1, "confusion": 1})


def test_the_collar_forgives_a_quarter_second_on_each_side() -> None:
    late = [Turn("S1", 0.2, 10.2), Turn("S2", 8.2, 18.2)]
    found = scores(TRUTH, late)
    assert found["DER"].errors > 0.5
    assert found["DER collar"].errors == pytest.approx(0, abs=1e-6)
    assert scores(TRUTH, [Turn("S1", 0.5, 10), Turn("S2", 8, 18)])["DER collar"].errors == pytest.approx(0.25)


def test_jaccard_error_is_pooled_over_speakers() -> None:
    found = scores(TRUTH, [Turn("S1", 0, 10)])["JER"]
    assert (found.errors, found.total) == (1.0, 2.0)  # Ana is right, Ben is missed


@pytest.mark.parametrize(("people", "wrong"), [(0, 2), (1, 1), (2, 0), (5, 3)])
def test_how_many_people_there_are(people: int, wrong: int) -> None:
    found = [Turn(f"S{index}", index, index + 1) for index in range(people)]
    assert scores(TRUTH, found)["speaker count"].errors == wrong


def test_silence_and_nothing_found() -> None:
    assert scores([], [])["DER"].rate == 0
    assert scores(TRUTH, [])["DER"].rate == pytest.approx(1)
    assert scores([], [Turn("S1", 1, 3)])["DER"].errors == pytest.approx(2)


def test_a_speaker_who_overlaps_with_himself_is_one() -> None:
    doubled = [Turn("Ana", 0, 10), Turn("Ana", 5, 10), Turn("Ben", 8, 18)]
    assert scores(doubled, TRUTH)["DER"].errors == pytest.approx(0)


TURNS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 90), st.integers(1, 10)).map(
        lambda item: Turn(item[0], item[1] / 2, (item[1] + item[2]) / 2)
    ),
    max_size=8,
)


@settings(max_examples=30, deadline=None)
@given(turns=TURNS, names=st.permutations(["A", "B", "C"]))
def test_the_truth_under_other_names_is_perfect(turns: list[Turn], names: list[str]) -> None:
    mapping = dict(zip("ABC", names, strict=True))
    renamed = [Turn(mapping[turn.speaker], turn.start, turn.end) for turn in turns]
    assert all(score.errors == pytest.approx(0, abs=1e-6) for score in turn_errors(turns, renamed, 60.0))
