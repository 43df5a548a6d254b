"""The likeliest speaker of every word, when a change of speaker has its price. Pure.

A change costs most in the middle of a phrase, less at a comma or a pause, and next to nothing at a sentence's end; the
path that loses least over the whole recording is found exactly (Viterbi 1967). So a turn that is a tenth of a second
late does not take a sentence's last word along, a word in nobody's turn stays in its sentence, and "Mm-hm." inside
another's turn can still be somebody's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from meetbot.align.evidence import Scores
from meetbot.domain import Word
from meetbot.words import ends_sentence

PHRASE_END = tuple(",;:、，；：–—-")
PAUSE = 0.5
"""Seconds of silence that end a phrase."""

MIDDLE = 4.0
"""What a change costs between two words, in words that would have to be given to somebody whose turn it is not …"""
COMMA = 2.0
"""… after a comma, …"""
BREATH = 1.2
"""… after a pause, …"""
SENTENCE = 0.3
"""… and after a sentence."""


def price(before: Word, after: Word) -> float:
    """What it costs to change speakers between two words."""
    if ends_sentence(before.text):
        return SENTENCE
    paused = BREATH if after.start - before.end >= PAUSE else MIDDLE
    return min(paused, COMMA) if before.text.rstrip().endswith(PHRASE_END) else paused


def likeliest(words: Sequence[Word], scores: Scores, share: float = 1.0) -> list[int]:
    """The column of `scores` (words, speakers) for every word, so that scores less prices add up to the most.

    A change costs `share` of its price.
    """
    count, speakers = scores.shape
    best = scores[0].copy()
    before = np.zeros((count, speakers), np.int64)
    everybody: NDArray[np.int64] = np.arange(speakers)
    for index in range(1, count):
        leader = int(best.argmax())
        changed = best[leader] - share * price(words[index - 1], words[index])
        before[index] = np.where(best >= changed, everybody, leader)
        best = np.maximum(best, changed) + scores[index]
    path = [int(best.argmax())]
    for index in range(count - 1, 0, -1):
        path.append(int(before[index, path[-1]]))
    return path[::-1]
