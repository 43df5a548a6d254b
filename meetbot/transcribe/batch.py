"""One batch of windows: sound in, segments of timed words out. The order of the engine's and the judges' work."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from whisper.tokenizer import Tokenizer

from meetbot.audio import Audio
from meetbot.domain import Segment, Word
from meetbot.progress import Progress
from meetbot.transcribe import fallback, guards, text, timing
from meetbot.transcribe.engine import Ask, Engine, TooLarge
from meetbot.transcribe.fallback import Judged
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.languages import Heard, Vote
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.windows import Span, Window

UNREACHED = 1.5  # seconds of speech after a window's last timestamp that are heard again
AGAIN = 3  # times at most that the rest of a window is heard again


def transcribe_windows(
    engine: Engine,
    audio: Audio,
    some: Sequence[Window],
    options: TranscribeOptions,
    *,
    vote: Vote,
    progress: Progress,
) -> tuple[Segment, ...]:
    """The segments of `some` windows, ordered by window. Halves the batch when the device's memory is too small."""
    found: list[Segment] = []
    waiting = list(some)
    for _ in range(1 + AGAIN):
        missed: list[Window] = []
        at = 0
        while at < len(waiting):
            part = waiting[at : at + engine.batch]
            try:
                results = _once(engine, audio, part, options, vote)
            except TooLarge:
                engine.shrink(len(part))
                progress.warn(f"not enough memory for {len(part)} windows at once; going on with {engine.batch}")
                continue
            for result in results:
                found += result.segments
                missed += result.missed
            at += len(part)
        if not missed:
            break
        waiting = missed
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Result:
    segments: list[Segment]
    missed: list[Window]


def _once(
    engine: Engine, audio: Audio, some: Sequence[Window], options: TranscribeOptions, vote: Vote
) -> list[_Result]:
    sounds = [np.concatenate([audio.window(start, end) for start, end in window.pieces]) for window in some]
    heard = engine.hear(sounds)
    chances, no_speech = engine.listen(heard)
    languages = _languages(chances, some, options, vote)
    rows = range(len(some))

    def ask(chosen: Sequence[int], temperature: float = 0.0) -> Ask:
        return Ask(
            languages=[languages[row] for row in chosen],
            task=options.task,
            prompt=" ".join(filter(None, (options.hotwords, options.initial_prompt))),
            temperature=temperature,
            # Reproducible, and different for every window and temperature.
            seeds=[zlib.crc32(f"{some[row].start:.3f} {temperature}".encode()) for row in chosen],
            best_of=options.best_of,
            beam_size=options.beam_size,
        )

    def text_of(decoded: Decoded) -> str:
        tokenizer = engine.tokenizer("en", options.task)
        return str(tokenizer.decode(text.plain(tokenizer, decoded.tokens)))

    judged = fallback.settle(
        rows,
        no_speech,
        lambda chosen, temperature: engine.write(heard, chosen, ask(chosen, temperature)),
        text_of,
        options,
    )
    spoken = [row for row in rows if _kept(judged[row], some[row], options)]
    results = [_Result([], []) for _ in rows]
    if not spoken:
        return results
    plain = [text.plain(engine.tokenizer("en", options.task), judged[row].decoded.tokens) for row in spoken]
    begins = engine.align(heard, spoken, ask(spoken), plain, [some[row].duration for row in spoken])
    for row, begin in zip(spoken, begins, strict=True):
        tokenizer = engine.tokenizer(languages[row], options.task)
        segments = [
            replace(segment, words=tuple(_timed(audio, word) for word in segment.words))
            for segment in text.segments(tokenizer, judged[row].decoded, begin, some[row], languages[row])
        ]
        results[row] = _Result(
            text.within(segments, some[row].core), _missed(judged[row], tokenizer, segments, some[row], options)
        )
    return results


def _languages(
    chances: Sequence[dict[str, float]], some: Sequence[Window], options: TranscribeOptions, vote: Vote
) -> list[str]:
    if options.language is not None:
        return [options.language] * len(some)
    if not any(chances):
        return ["en"] * len(some)
    return vote.decide([Heard(row, window.spoken) for row, window in zip(chances, some, strict=True)])


def _timed(audio: Audio, word: Word) -> Word:
    return timing.within_voice(word, audio.window(word.start, word.end))


def _kept(judged: Judged, window: Window, options: TranscribeOptions) -> bool:
    if not judged.text or fallback.silent(judged, options):
        return False
    return not (options.guard and guards.invented(judged.text, window.spoken))


def _missed(
    judged: Judged, tokenizer: Tokenizer, segments: Sequence[Segment], window: Window, options: TranscribeOptions
) -> list[Window]:
    """The speech after a window's text, as a window of its own, when it is long enough to have been dropped.

    Sequential Whisper seeks to its last timestamp and goes on there; a window cut in advance must do the same, or what
    the model stopped short of is lost.
    """
    if window.core is not None or not segments or judged.temperature >= options.temperatures[-1] > 0:
        return []
    ending = text.last_time(tokenizer, judged.decoded.tokens)
    reached = max(segments[-1].words[-1].end, window.moment(ending or 0.0, ending=True))
    rest: list[Span] = [(max(start, reached), end) for start, end in window.speech if end > reached]
    if sum(end - start for start, end in rest) < UNREACHED:
        return []
    start = max(reached, rest[0][0] - 0.2)
    pieces = [(max(begin, start), end) for begin, end in window.pieces if end > start]
    return [Window(tuple(pieces), tuple(rest))]
