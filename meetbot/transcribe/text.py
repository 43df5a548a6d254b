"""A window's tokens to segments of timed words: what Whisper wrote between its timestamps. Pure but for a tokenizer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from whisper.tokenizer import Tokenizer

from meetbot.domain import Segment, Word
from meetbot.transcribe import timing
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.windows import Window


def plain(tokenizer: Tokenizer, tokens: Sequence[int]) -> list[int]:
    """The text alone: no timestamps, no marks."""
    return [token for token in tokens if token < tokenizer.eot]


def last_time(tokenizer: Tokenizer, tokens: Sequence[int]) -> float | None:
    """The last timestamp, in seconds from the window's start."""
    times = [token for token in tokens if token >= tokenizer.timestamp_begin]
    return (times[-1] - tokenizer.timestamp_begin) * timing.TOKEN_SECONDS if times else None


def slices(tokenizer: Tokenizer, tokens: Sequence[int]) -> list[int]:
    """How many text tokens each segment has; a segment ends where one timestamp follows another."""
    counts = [0]
    for earlier, token in zip([0, *tokens], tokens, strict=False):
        if token >= tokenizer.timestamp_begin <= earlier:
            counts.append(0)
        elif token < tokenizer.eot:
            counts[-1] += 1
    return [count for count in counts if count]


def segments(
    tokenizer: Tokenizer, decoded: Decoded, begins: NDArray[np.int64], window: Window, language: str
) -> list[Segment]:
    """Segments of words, in seconds of the recording."""
    text = plain(tokenizer, decoded.tokens)
    chances = [
        chance for token, chance in zip(decoded.tokens, decoded.probabilities, strict=True) if token < tokenizer.eot
    ]
    timed = timing.words(tokenizer, text, begins)
    found: list[Segment] = []
    at = 0
    remaining = iter(slices(tokenizer, decoded.tokens))
    limit = next(remaining, 0)
    words: list[Word] = []
    for word in timed:
        if at >= limit and words:
            found.append(Segment(tuple(words), language))
            words = []
            limit += next(remaining, 0)
        start, end = window.span(word.start, word.end)
        words.append(Word(word.text, start, end, float(np.mean(chances[at : at + word.tokens]))))
        at += word.tokens
    if words:
        found.append(Segment(tuple(words), language))
    return found


def within(found: list[Segment], core: tuple[float, float] | None) -> list[Segment]:
    """Only the words whose middle lies in `core`; everything without a core."""
    if core is None:
        return found
    kept = []
    for segment in found:
        words = tuple(word for word in segment.words if core[0] <= (word.start + word.end) / 2 < core[1])
        if words:
            kept.append(Segment(words, segment.language))
    return kept
