"""Words and speakers scored: cases small enough to count by hand, and what must hold for any."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetbot.evaluate.references import Said
from meetbot.evaluate.text import units
from meetbot.evaluate.words import attributed_words, word_errors, words

ANA = Said("Ana", 0.0, 2.0, "we meet on monday")
BEN = Said("Ben", 2.0, 4.0, "no on tuesday please")


def rates(reference: list[Said], hypothesis: list[Said], language: str = "en") -> dict[str, tuple[float, float]]:
    scores = [words(reference, hypothesis, language), *attributed_words(reference, hypothesis, language)]
    return {score.metric: (score.errors, score.total) for score in scores}


@pytest.mark.parametrize(
    ("reference", "hypothesis", "errors"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a x c", 1),
        ("a b c", "a c", 1),
        ("a b", "a b c d", 2),
        ("a b", "", 2),
        ("", "a", 1),
    ],
)
def test_edit_distance(reference: str, hypothesis: str, errors: int) -> None:
    score = word_errors(reference.split(), hypothesis.split(), "WER")
    assert score.errors == errors == sum(score.detail.values())
    assert score.total == len(reference.split())


def test_texts_are_normalised_as_whisper_does_it() -> None:
    assert units("Mm, it's TWENTY-one apples, colour! [laughs]", "en") == ("it", "is", "21", "apples", "color")
    assert units("Größe, bitte.", "de") == ("größe", "bitte")
    assert units("今日は。", "ja") == ("今", "日", "は")


def test_the_right_words_by_the_wrong_person() -> None:
    """Ben's last word given to Ana: no word error, an insertion and a deletion for cpWER, one word for WDER."""
    found = [
        Said("S1", 0.0, 2.0, "we meet on monday"),
        Said("S2", 2.0, 3.5, "no on tuesday"),
        Said("S1", 3.5, 4.0, "please"),
    ]
    assert rates([ANA, BEN], found) == {"WER": (0, 8), "cpWER": (2, 8), "tcpWER": (2, 8), "WDER": (1, 8)}


def test_everybody_is_one_person() -> None:
    found = [Said("S1", part.start, part.end, part.text) for part in (ANA, BEN)]
    # For cpWER four words are too many for one and four are missing for the other.
    assert rates([ANA, BEN], found) == {"WER": (0, 8), "cpWER": (8, 8), "tcpWER": (8, 8), "WDER": (4, 8)}


def test_the_right_words_at_the_wrong_time() -> None:
    late = [Said("S1", 60.0, 62.0, ANA.text), Said("S2", 62.0, 64.0, BEN.text)]
    assert rates([ANA, BEN], late) == {"WER": (0, 8), "cpWER": (0, 8), "tcpWER": (16, 8), "WDER": (0, 8)}


def test_nothing_was_heard() -> None:
    assert rates([ANA, BEN], []) == {"WER": (8, 8), "cpWER": (8, 8), "tcpWER": (8, 8), "WDER": (0, 0)}


def test_somebody_speaks_who_is_not_there() -> None:
    found = [ANA, BEN, Said("S3", 5.0, 6.0, "thanks for watching")]
    assert rates([ANA, BEN], found) == {"WER": (3, 8), "cpWER": (3, 8), "tcpWER": (3, 8), "WDER": (0, 8)}


def test_characters_are_counted_where_there_are_no_spaces() -> None:
    scores = rates([Said("A", 0, 2, "今天开会。")], [Said("S1", 0, 2, "今天开回")], "zh")
    assert scores == {"CER": (1, 4), "cpCER": (1, 4), "tcpCER": (1, 4), "WDER": (0, 4)}


SAID = st.lists(
    st.builds(
        lambda speaker, start, length, text: Said(speaker, start, start + length, " ".join(text)),
        st.sampled_from(["A", "B", "C"]),
        st.floats(0, 100).map(lambda value: round(value, 2)),
        st.floats(0.1, 5).map(lambda value: round(value, 2)),
        st.lists(st.sampled_from(["red", "green", "blue", "yellow", "table"]), min_size=1, max_size=6),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda said: said.start,
)


@settings(max_examples=60, deadline=None)
@given(said=SAID, order=st.permutations(["A", "B", "C"]))
def test_a_perfect_transcript_has_no_errors_under_any_names(said: list[Said], order: list[str]) -> None:
    names = dict(zip("ABC", order, strict=True))
    renamed = [Said(names[part.speaker], part.start, part.end, part.text) for part in said]
    assert all(errors == 0 for errors, _ in rates(said, renamed).values())


@settings(max_examples=40, deadline=None)
@given(reference=SAID, hypothesis=SAID)
def test_speakers_names_do_not_matter_and_time_only_forbids(reference: list[Said], hypothesis: list[Said]) -> None:
    plain = rates(reference, hypothesis)
    for order in itertools.permutations("ABC"):
        names = dict(zip("ABC", order, strict=True))
        renamed = [Said(names[part.speaker], part.start, part.end, part.text) for part in hypothesis]
        assert rates(reference, renamed) == plain
    assert plain["tcpWER"][0] >= plain["cpWER"][0]
