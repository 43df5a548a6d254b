"""One batch of windows: sound in, segments of timed words out. The order of the engine's and the judges' work."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from meetbot.audio import Audio
from meetbot.domain import Segment, Word
from meetbot.progress import Progress
from meetbot.transcribe import fallback, guards, reach, text, timing
from meetbot.transcribe.context import Before, echoes
from meetbot.transcribe.engine import Ask, Engine, TooLarge
from meetbot.transcribe.fallback import Judged
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.languages import Heard, Vote
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.windows import Window

CLEAR = 0.5  # the highest temperature at which a text is told to the window after it, as whisper has it


@dataclass(frozen=True, slots=True)
class Written:
    """The segments of some windows, ordered by window, and for each window what is known after it."""

    segments: tuple[Segment, ...]
    after: tuple[Before, ...]


def transcribe_windows(
    engine: Engine,
    audio: Audio,
    some: Sequence[Window],
    options: TranscribeOptions,
    *,
    before: Sequence[Before],
    vote: Vote,
    progress: Progress,
) -> Written:
    """`some` windows, each told what was said `before` it. Halves the batch when the device's memory is too small."""
    segments: list[Segment] = []
    after: list[Before] = []
    at = 0
    while at < len(some):
        part = slice(at, at + engine.batch)
        try:
            written = _once(engine, audio, some[part], options, before=before[part], vote=vote)
        except TooLarge:
            engine.shrink(len(some[part]))
            progress.warn(f"not enough memory for {len(some[part])} windows at once; going on with {engine.batch}")
            continue
        segments += written.segments
        after += written.after
        at += len(written.after)
    return Written(tuple(segments), tuple(after))


def _once(
    engine: Engine,
    audio: Audio,
    some: Sequence[Window],
    options: TranscribeOptions,
    *,
    before: Sequence[Before],
    vote: Vote,
) -> Written:
    sounds = [np.concatenate([audio.window(start, end) for start, end in window.pieces]) for window in some]
    heard = engine.hear(sounds)
    chances, no_speech = engine.listen(heard)
    languages = _languages(chances, some, options, vote)
    told = [known.told(language) for known, language in zip(before, languages, strict=True)]

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

    def text_of(tokens: Sequence[int]) -> str:
        return str(tokenizer.decode(text.plain(tokenizer, tokens)))

    def settle(rows: Sequence[int], temperatures: Sequence[float], *, telling: bool = False) -> dict[int, Judged]:
        def write(chosen: Sequence[int], temperature: float) -> list[Decoded]:
            asked = ask(chosen, temperature)
            return engine.write(heard, chosen, replace(asked, before=[told[row] for row in chosen] if telling else ()))

        return fallback.settle(rows, no_speech, write, text_of, replace(options, temperatures=tuple(temperatures)))

    first, *later = options.temperatures
    judged = settle(range(len(some)), [first], telling=True)
    failed = [row for row, found in judged.items() if fallback.doubtful(found, options)]
    misled = [row for row in judged if told[row] and (row in failed or echoes(judged[row].text, text_of(told[row])))]
    judged |= settle(misled, [first, *later])
    judged |= settle([row for row in failed if not told[row]], later)

    spoken = [row for row in judged if _kept(judged[row], some[row], options)]
    reached = reach.go_on(
        [judged[row] for row in spoken],
        [some[row] for row in spoken],
        lambda chosen, written: engine.write(heard, picked := [spoken[at] for at in chosen], ask(picked, 0.0, written)),
        tokenizer,
        options,
    )
    after = list(before)
    for row, whole in zip(spoken, reached, strict=True):
        clear = whole.temperature <= CLEAR and not fallback.doubtful(whole, options)
        after[row] = before[row].then(whole.decoded.tokens, languages[row]) if clear else Before()
    plain = [text.plain(tokenizer, whole.decoded.tokens) for whole in reached]
    begins = engine.align(heard, spoken, ask(spoken), plain, [some[row].duration for row in spoken]) if spoken else []
    found: list[Segment] = []
    for row, whole, begin in zip(spoken, reached, begins, strict=True):
        language = languages[row]
        segments = text.segments(engine.tokenizer(language, options.task), whole.decoded, begin, some[row], language)
        timed = [replace(part, words=tuple(_timed(audio, word) for word in part.words)) for part in segments]
        found += text.within(timed, some[row].core)
    return Written(tuple(found), tuple(after))


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
