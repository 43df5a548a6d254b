"""What speaks for each speaker at each word: how much of it lies in their turns, and whom it sounds like. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from meetbot.align.sentences import Sentence
from meetbot.domain import Turn, Word

Scores = NDArray[np.float64]

SHORTEST = 0.02
"""Seconds: Whisper gives some words no length at all."""

VOICE = 10.0
"""What a whole cosine is worth, in words that lie in somebody's turn: a tenth outweighs the turns."""


def of_turns(words: Sequence[Word], turns: Sequence[Turn], speakers: Sequence[str]) -> Scores:
    """(words, speakers): the share of each word that each speaker's turns cover."""
    starts, ends = (np.array([getattr(word, edge) for word in words]) for edge in ("start", "end"))
    ends = np.maximum(ends, starts + SHORTEST)
    column = {speaker: index for index, speaker in enumerate(speakers)}
    covered = np.zeros((len(words), len(speakers)))
    # Words may overlap one another by a little: ends are in order only after this.
    latest, earliest = np.maximum.accumulate(ends), np.minimum.accumulate(starts[::-1])[::-1]
    for turn in turns:
        first, last = np.searchsorted(latest, turn.start, "right"), np.searchsorted(earliest, turn.end, "left")
        shared = np.minimum(ends[first:last], turn.end) - np.maximum(starts[first:last], turn.start)
        covered[first:last, column[turn.speaker]] += np.maximum(shared, 0.0)
    share: Scores = covered / (ends - starts)[:, None]
    return share


def of_voices(
    count: int,
    sentences: Sequence[Sentence],
    cosines: Sequence[Sequence[float]],
    voices: Sequence[str],
    speakers: Sequence[str],
) -> Scores:
    """(`count` words, speakers), 0 at most: how far each speaker is from the one whom a word's sentence is most like.

    `cosines` (sentences, voices) are those of each sentence to the speakers `voices`. Nothing is said against a speaker
    whose voice is not known, nor of sentences without cosines.
    """
    column = {speaker: index for index, speaker in enumerate(speakers)}
    scores = np.zeros((count, len(speakers)))
    for sentence, row in zip(sentences, cosines, strict=True):
        for voice, cosine in zip(voices, row, strict=False):
            scores[sentence.first : sentence.last, column[voice]] = VOICE * (cosine - max(row))
    return scores
