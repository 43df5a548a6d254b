"""One batch of windows: sound in, segments of timed words out. The order of the engine's and the judges' work."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from meetbot.audio import Audio
from meetbot.domain import Segment, Word
from meetbot.progress import Progress
from meetbot.transcribe import fallback, guards, reach, text, timing
from meetbot.transcribe.engine import Ask, Engine, TooLarge
from meetbot.transcribe.fallback import Judged
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.languages import Heard, Vote
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.windows import Window


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
    at = 0
    while at < len(some):
        part = some[at : at + engine.batch]
        try:
            found += _once(engine, audio, part, options, vote)
        except TooLarge:
            engine.shrink(len(part))
            progress.warn(f"not enough memory for {len(part)} windows at once; going on with {engine.batch}")
            continue
        at += len(part)
    return tuple(found)


def _once(
    engine: Engine, audio: Audio, some: Sequence[Window], options: TranscribeOptions, vote: Vote
) -> list[Segment]:
    sounds = [np.concatenate([audio.window(start, end) for start, end in window.pieces]) for window in some]
    heard = engine.hear(sounds)
    chances, no_speech = engine.listen(heard)
    languages = _languages(chances, some, options, vote)
    rows = range(len(some))

    def ask(chosen: Sequence[int], temperature: float = 0.0, written: Sequence[Sequence[int]] = ()) -> Ask:
        return Ask(
            languages=[languages[row] for row in chosen],
            task=options.task,
            prompt=" ".join(filter(None, (options.hotwords, options.initial_prompt))),
            temperature=temperature,
            # Reproducible, and different for every window and temperature.
            seeds=[zlib.crc32(f"{some[row].start:.3f} {temperature}".encode()) for row in chosen],
            best_of=options.best_of,
            beam_size=options.beam_size,
            written=written,
        )

    # Which numbers are text and which are times is the same in every language.
    tokenizer = engine.tokenizer("en", options.task)

    def text_of(decoded: Decoded) -> str:
        return str(tokenizer.decode(text.plain(tokenizer, decoded.tokens)))

    judged = fallback.settle(
        rows,
        no_speech,
        lambda chosen, temperature: engine.write(heard, chosen, ask(chosen, temperature)),
        text_of,
        options,
    )
    spoken = [row for row in rows if _kept(judged[row], some[row], options)]
    if not spoken:
        return []
    reached = reach.go_on(
        [judged[row] for row in spoken],
        [some[row] for row in spoken],
        lambda chosen, written: engine.write(heard, picked := [spoken[at] for at in chosen], ask(picked, 0.0, written)),
        tokenizer,
        options,
    )
    plain = [text.plain(tokenizer, whole.decoded.tokens) for whole in reached]
    begins = engine.align(heard, spoken, ask(spoken), plain, [some[row].duration for row in spoken])
    found: list[Segment] = []
    for row, whole, begin in zip(spoken, reached, begins, strict=True):
        language = languages[row]
        segments = text.segments(engine.tokenizer(language, options.task), whole.decoded, begin, some[row], language)
        timed = [replace(part, words=tuple(_timed(audio, word) for word in part.words)) for part in segments]
        found += text.within(timed, some[row].core)
    return found


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
