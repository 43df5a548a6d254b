"""The sentences whose voice is asked by itself. Pure.

Who answers in two words ("Fine by me.") is too short for the windows of a diarization, which give him to whoever spoke
before or comes next. Once the words are known it is clear where he begins and ends: that much of the recording alone is
nearly always more like his own voice than like anybody else's (docs/attribution.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meetbot.domain import Word
from meetbot.words import ends_sentence

PAUSE = 0.3
"""Seconds of silence that end a sentence, or what there is of it."""
LONGEST = 2.0
"""Seconds; in more of them turns are to be trusted, and people may take turns."""
SHORTEST = 0.1
"""Seconds; in less there is no voice to be heard."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words `first` to before `last` of a transcription, said from `start` to `end` (seconds)."""

    first: int
    last: int
    start: float
    end: float


def short(words: Sequence[Word], turn: Sequence[int]) -> list[Sentence]:
    """The sentences of `words`, cut at pauses and where `turn` changes, that are neither too long nor too short.

    `turn`: whose turn each word is likely to be in.
    """
    ends = [
        at
        for at, word in enumerate(words, start=1)
        if at == len(words)
        or ends_sentence(word.text)
        or words[at].start - word.end >= PAUSE
        or turn[at] != turn[at - 1]
    ]
    found = [
        Sentence(first, last, words[first].start, words[last - 1].end)
        for first, last in zip([0, *ends], ends, strict=False)
    ]
    return [one for one in found if SHORTEST <= one.end - one.start <= LONGEST]
