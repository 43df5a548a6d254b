"""Dynamic time warping along anti-diagonals against the plain recursion, and words out of tokens."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from meetbot.domain import Word
from meetbot.transcribe.timing import TimedWord, attach, warp, within_voice


def _plain(cost: NDArray[np.float32]) -> list[int]:
    """The textbook recursion with whisper's tie-breaking; the first frame of each token on the best path."""
    tokens, frames = cost.shape
    total = np.full((tokens + 1, frames + 1), np.inf, np.float32)
    total[0, 0] = 0
    move = np.zeros((tokens + 1, frames + 1), int)
    for i in range(1, tokens + 1):
        for j in range(1, frames + 1):
            both, token, frame = total[i - 1, j - 1], total[i - 1, j], total[i, j - 1]
            move[i, j] = 0 if both < token and both < frame else 1 if token < both and token < frame else 2
            total[i, j] = cost[i - 1, j - 1] + min(both, token, frame)
    begins, i, j = [0] * tokens, tokens, frames
    while i > 0 and j > 0:
        begins[i - 1] = j - 1
        step = move[i, j]
        i, j = i - (step in (0, 1)), j - (step in (0, 2))
    return begins


@pytest.mark.parametrize("seed", range(5))
def test_warping_a_batch_is_the_plain_recursion_on_each(seed: int) -> None:
    random = np.random.default_rng(seed)
    costs = [random.normal(size=(tokens, frames)).astype(np.float32) for tokens, frames in ((1, 9), (7, 40), (30, 60))]
    assert [found.tolist() for found in warp(costs)] == [_plain(cost) for cost in costs]


def test_punctuation_joins_its_word_without_stretching_it() -> None:
    words = [TimedWord(' "', 1, 0.0, 0.1), TimedWord("Well", 1, 0.1, 0.4), TimedWord(",", 1, 0.4, 1.4)]
    assert attach(words) == [TimedWord(' "Well,', 3, 0.1, 0.4)]


def test_a_word_after_a_pause_begins_with_its_sound() -> None:
    sound = np.full(16_000, 1e-4, np.float32)
    sound[9_600:11_200] = 0.1  # 0.6 to 0.7 s
    word = within_voice(Word(" then", 10.0, 11.0, 0.9), sound)
    assert word.start == pytest.approx(10.56)
    assert word.end == pytest.approx(10.74)


def test_a_word_in_noise_keeps_its_times() -> None:
    sound = np.full(16_000, 0.05, np.float32)
    sound[9_600:14_400] = 0.1
    word = Word(" then", 10.0, 11.0, 0.9)
    assert within_voice(word, sound) == word
