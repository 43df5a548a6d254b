"""What speaks for each speaker at each word: how much of it lies in their turns, overlapping ones included. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from meetbot.domain import Turn, Word

Scores = NDArray[np.float64]

SHORTEST = 0.02
"""Seconds: Whisper gives some words no length at all."""


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
