"""WhisperX's join, word times, recall and ROUGE, on cases counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetbot.domain import Turn, Word
from meetbot.errors import UsageError
from meetbot.evaluate.join import UNKNOWN, whisperx_join
from meetbot.evaluate.references import Said
from meetbot.evaluate.retrieval import hits_at, mean_recall, reciprocal_rank, turns_at
from meetbot.evaluate.rouge import Rouge, mean, rouge
from meetbot.evaluate.times import read_ctm, time_errors, utterance_offsets, word_offsets

WORDS = [
    Word(f" {text}", start, start + 0.9, 1.0)
    for start, text in enumerate(["Shall", "we", "begin?", "Yes.", "Not", "yet."])
]
TURNS = [Turn("S1", 0.0, 3.4), Turn("S2", 2.5, 4.0)]


def test_a_sentence_goes_to_whoever_shares_most_time_with_it() -> None:
    assert whisperx_join(WORDS, TURNS) == (
        Said("S1", 0, 2.9, "Shall we begin?"),
        Said("S2", 3, 3.9, "Yes."),
        Said(UNKNOWN, 4, 5.9, "Not yet."),
    )
    assert whisperx_join(WORDS, TURNS, nearest=True)[-1].speaker == "S2"


def test_each_word_by_itself() -> None:
    turns = [Turn("S1", 0.0, 2.0), Turn("S2", 2.0, 2.5), Turn("S2", 3.0, 4.0)]
    assert whisperx_join(WORDS[:4], turns, by="word") == (
        Said("S1", 0, 1.9, "Shall we"),
        Said("S2", 2, 2.9, "begin?"),
        Said("S2", 3, 3.9, "Yes."),
    )
    # A word that no turn touches follows its sentence.
    assert [part.speaker for part in whisperx_join(WORDS[:3], turns[:1], by="word")] == ["S1"]
    assert whisperx_join([], TURNS) == ()


def test_times_of_words_that_were_heard_right() -> None:
    truth = [Word("one", 1.0, 1.5, 1.0), Word("two", 2.0, 2.5, 1.0), Word("three", 4.0, 4.5, 1.0)]
    heard = [Word(" One", 1.1, 1.4, 0.9), Word(" too", 2.0, 2.5, 0.9), Word(" three.", 3.8, 4.9, 0.9)]
    offsets = word_offsets(truth, heard, "de")
    assert offsets.starts == pytest.approx((0.1, -0.2))
    assert offsets.ends == pytest.approx((-0.1, 0.4))
    errors = time_errors([offsets, word_offsets([], [], "de")])
    assert (errors.matched, errors.total) == (2, 3)
    assert errors.start_median == pytest.approx(0.15)
    assert errors.end_median == pytest.approx(0.25)
    assert errors.end_p95 == pytest.approx(0.385)
    assert time_errors([]).start_median is None


def test_limits_of_utterances() -> None:
    truth = [Said("A", 1.0, 3.0, "good morning"), Said("B", 5.0, 6.0, "hello"), Said("A", 8.0, 9.0, "lost")]
    heard = [Word(" Good", 1.2, 1.5, 1.0), Word(" morning.", 1.6, 2.9, 1.0), Word(" Hello", 5.5, 5.9, 1.0)]
    offsets = utterance_offsets(truth, heard, "en")
    assert offsets.starts == pytest.approx((0.2, 0.5))
    assert offsets.ends == pytest.approx((-0.1, -0.1))
    assert offsets.total == 3


def test_ctm(tmp_path: Path) -> None:
    path = tmp_path / "a.ctm"
    path.write_text(";; a comment\na 1 1.00 0.50 two 0.8\na 1 0.10 0.20 one\n")
    assert read_ctm(path) == (Word("one", 0.1, 0.1 + 0.2, 1.0), Word("two", 1.0, 1.5, 0.8))
    path.write_text("a 1 soon 0.50 two\n")
    with pytest.raises(UsageError, match="line 1"):
        read_ctm(path)


def test_recall_at_k() -> None:
    windows = [{"T1", "T2"}, {"T2", "T3"}, {"T9"}]
    gold = {"T2", "T3", "T9", "T20"}
    found = [hits_at(windows, gold, k) for k in (0, 1, 2, 3, 10)]
    assert [hits.found for hits in found] == [0, 1, 2, 3, 3]
    assert {hits.gold for hits in found} == {4}
    assert turns_at(["T9", "T1"], gold, 1).found == 1
    assert mean_recall(found[1:3]) == pytest.approx(0.375)
    assert reciprocal_rank(windows, {"T9"}) == pytest.approx(1 / 3)
    assert reciprocal_rank(windows, {"T7"}) == 0


def test_rouge_by_hand() -> None:
    found = rouge("the cat sat on the mat", "the cat lay on the mat")
    assert found.rouge1 == pytest.approx(5 / 6)
    assert found.rouge2 == pytest.approx(3 / 5)
    assert found.rouge_l == pytest.approx(5 / 6)
    assert rouge("a b c d", "d c b a").rouge_l == pytest.approx(1 / 4)
    assert rouge("something", "") == Rouge(0, 0, 0)
    assert mean([Rouge(1, 0, 1), Rouge(0, 0, 0)]) == Rouge(0.5, 0, 0.5)


@given(st.lists(st.sampled_from(["red", "green", "blue"]), min_size=2, max_size=12))
def test_rouge_of_itself_is_one_and_is_symmetric(words: list[str]) -> None:
    text = " ".join(words)
    assert rouge(text, text) == Rouge(1, 1, 1)
    assert rouge(text, "red green") == rouge("red green", text)
