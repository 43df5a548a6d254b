"""A window's text is a loop, a guess, or nothing: who is decoded again, and at which temperature. Knows no model.

Whisper's rules (Radford et al. 2022, §4.5), row by row: every temperature decodes only the rows that still fail.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.options import TranscribeOptions
from meetbot.words import ends_sentence

SENTENCE = 14
"""Words: a window with fewer sentences than one for so many may have lost their ends."""
KEPT = 0.8
"""The share of a text's words that another has to have to take its place."""

Again = Callable[[Sequence[int], float], list[Decoded]]
"""Decodes these rows at this temperature."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A row's text, the temperature it took, and what speaks for and against it."""

    decoded: Decoded
    text: str
    temperature: float
    compression: float
    no_speech: float


def compression(text: str) -> float:
    """How many times smaller zlib makes `text`; prose stays under 2.4."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


# Nobody stutters ten times ("M-M-M-…"), or says up to four words eight times over in the middle of a sentence.
_STUTTER = re.compile(r"(\S{1,8}?)\1{9,}|\b((?:\S+\s+){1,4}?)\2{7,}")


def plain_words(text: str) -> list[str]:
    """The words of `text` without case and punctuation."""
    return [word.strip(".,!?;:").lower() for word in text.split()]


def loops(text: str, least: int = 4) -> bool:
    """Whether `text` ends in one phrase of up to twelve words said `least` times or more, or stutters anywhere.

    zlib sees a loop only when it is long; ten words repeated four times stay under its threshold.

    >>> loops("so we go on and on and on and on and on and on"), loops("no no no, not that")
    (True, False)
    >>> loops("a week before Christmas. M-M-M-M-M-M-M-M-M-M-M- I think so")
    True
    """
    if _STUTTER.search(text):
        return True
    words = plain_words(text)
    for size in range(1, 13):
        needed = max(least, 8) if size == 1 else least
        tail = words[-size:]
        if len(words) >= size * needed and all(
            words[-size * (n + 1) : -size * n or None] == tail for n in range(needed)
        ):
            return True
    return False


def runs_on(text: str) -> bool:
    """Whether `text` has few sentences: more than SENTENCE words for each end of one, and one more.

    >>> runs_on("so we ship it " * 10), runs_on("So we ship it. " * 10)
    (True, False)
    """
    words = text.split()
    return len(words) > SENTENCE * (1 + sum(ends_sentence(word) for word in words))


def punctuated(text: str, other: str) -> bool:
    """Whether `text` has sentences, and hardly fewer words than `other`."""
    return not runs_on(text) and len(text.split()) >= KEPT * len(other.split())


def settle(
    rows: Sequence[int],
    no_speech: Sequence[float],
    decode: Again,
    text_of: Callable[[Sequence[int]], str],
    options: TranscribeOptions,
) -> dict[int, Judged]:
    """Every row of `rows` decoded until its text is plausible, or at the last temperature as it is."""
    settled: dict[int, Judged] = {}
    waiting = list(rows)
    for temperature in options.temperatures if waiting else ():
        for row, decoded in zip(waiting, decode(waiting, temperature), strict=True):
            text = text_of(decoded.tokens).strip()
            settled[row] = Judged(decoded, text, temperature, compression(text), no_speech[row])
        waiting = [row for row in waiting if doubtful(settled[row], options)]
        if not waiting:
            break
    return settled


def doubtful(judged: Judged, options: TranscribeOptions) -> bool:
    """Whether the row should be decoded again."""
    if silent(judged, options):
        return False
    return (
        judged.compression > options.compression_ratio_threshold
        or judged.decoded.mean_logprob < options.logprob_threshold
        or loops(judged.text)
    )


def silent(judged: Judged, options: TranscribeOptions) -> bool:
    """Whether the row holds no speech: Whisper says so, and its text is a guess besides."""
    return judged.no_speech > options.no_speech_threshold and judged.decoded.mean_logprob < options.logprob_threshold
