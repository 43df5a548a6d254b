"""Text that stops before its window's speech does goes on from there; text that skips speech is found. Knows no model.

Whisper is used to seeking: where its text ends, its next window begins. A window that is cut in advance must do the
same or lose what the model stopped short of, so decoding goes on behind the last timestamp, with all that was written
before as its context and nothing encoded again. Nor does text always say all between two of its timestamps: a search
likes to write one short sentence and the time of its end, with several sentences left out before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from whisper.tokenizer import Tokenizer

from meetbot.transcribe import fallback, text
from meetbot.transcribe.fallback import Judged
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.timing import TOKEN_SECONDS
from meetbot.transcribe.windows import Window

UNREACHED = 1.5  # seconds of speech after a window's last timestamp that are worth going on for
TIMES = 6  # at most that one window's text goes on
LONGEST = 192  # tokens that text may have to go on: with the longest prompt there is room for as many again
BEFORE = 0.2  # seconds of sound before the speech that was not reached
SLOWEST = 1.0  # seconds of speech that a token takes at most, on average between two timestamps
SKIPPED = 5.0  # seconds of speech beyond that between two timestamps that say that something is left out

GoOn = Callable[[Sequence[int], Sequence[Sequence[int]]], list[Decoded]]
"""What these rows say after the tokens each has already."""


def go_on(
    judged: Sequence[Judged],
    windows: Sequence[Window],
    write: GoOn,
    tokenizer: Tokenizer,
    options: TranscribeOptions,
) -> list[Judged]:
    """`judged`, one for each of `windows`, each with the rest of its text where it stopped short of its speech."""
    whole = list(judged)
    waiting = list(range(len(whole)))
    for _ in range(TIMES):
        starts = {row: start for row in waiting if (start := _resume(whole[row], windows[row], tokenizer, options))}
        if not starts:
            break
        waiting = []
        for (row, start), more in zip(starts.items(), write(list(starts), list(starts.values())), strict=True):
            longer = _joined(whole[row], start, more, tokenizer)
            if longer is not None and not fallback.doubtful(longer, options):
                whole[row] = longer
                waiting.append(row)
    return whole


def skips(judged: Judged, window: Window, tokenizer: Tokenizer) -> bool:
    """Whether the text has far too few tokens for the speech between two of its timestamps."""
    begin, count = 0.0, 0
    for token in judged.decoded.tokens:
        if token < tokenizer.eot:
            count += 1
        elif token >= tokenizer.timestamp_begin:
            time = (token - tokenizer.timestamp_begin) * TOKEN_SECONDS
            first, last = window.moment(begin), window.moment(time, ending=True)
            spoken = sum(max(0.0, min(end, last) - max(start, first)) for start, end in window.speech)
            if count and spoken - SLOWEST * count > SKIPPED:
                return True
            begin, count = time, 0
    return False


def _resume(judged: Judged, window: Window, tokenizer: Tokenizer, options: TranscribeOptions) -> tuple[int, ...] | None:
    """The tokens after which to go on, closed by the time of the next speech; None where there is nothing left."""
    if window.core is not None or not judged.text or fallback.doubtful(judged, options):
        return None
    tokens = judged.decoded.tokens
    ending = text.last_time(tokenizer, tokens)
    if ending is None or tokens[-1] < tokenizer.timestamp_begin or len(tokens) > LONGEST:
        return None
    reached = window.moment(ending, ending=True)
    rest = [(max(start, reached), end) for start, end in window.speech if end > reached]
    if sum(end - start for start, end in rest) < UNREACHED:
        return None
    again = max(ending, window.heard(rest[0][0]) - BEFORE)
    written = list(tokens)
    while written and written[-1] >= tokenizer.timestamp_begin:
        written.pop()
    return (*written, *(tokenizer.timestamp_begin + round(time / TOKEN_SECONDS) for time in (ending, again)))


def _joined(judged: Judged, start: tuple[int, ...], more: Decoded, tokenizer: Tokenizer) -> Judged | None:
    """`judged` up to `start` and `more` after it, as doubtful as `more` alone; None when that is no text."""
    added = str(tokenizer.decode(text.plain(tokenizer, more.tokens)))
    if not added.strip():
        return None
    kept = len(start) - 2  # the two timestamps at its end are ours
    decoded = Decoded(
        tokens=(*start, *more.tokens),
        probabilities=(*judged.decoded.probabilities[:kept], 1.0, 1.0, *more.probabilities),
        mean_logprob=more.mean_logprob,
    )
    return replace(judged, decoded=decoded, text=judged.text + added.rstrip(), compression=fallback.compression(added))
