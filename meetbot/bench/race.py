"""Contenders on the same recordings, by turns: times as medians and ratios, errors beside each. Pure.

Turns, because a machine is faster at one time than at another; medians, because something else always runs. Processor
time is reported too: on a machine that is shared, its ratios hold where those of elapsed time do not. Contenders time
themselves, in processes of their own (`workers`).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.bench.workers import Contender, Found
from meetbot.domain import Turn, Word
from meetbot.evaluate.join import whisperx_join
from meetbot.evaluate.references import Reference
from meetbot.evaluate.scores import Difference, Pooled, Score, difference, pool
from meetbot.evaluate.text import by_character, units
from meetbot.evaluate.turns import turn_errors
from meetbot.evaluate.words import attributed_words, word_errors

WARM_UP = 30
"""Seconds of the shortest recording that every contender hears before it is timed."""


@dataclass(frozen=True, slots=True)
class Result:
    """A contender's `seconds` and `processor_seconds` for all recordings (medians), and its errors where known.

    `differences`: each of these errors minus the first contender's; none for the first.
    """

    name: str
    seconds: float
    processor_seconds: float
    realtime: float
    ratio: float
    processor_ratio: float
    errors: tuple[Pooled, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Race:
    """All results; `ratio` says how many times as fast the first contender is as each."""

    audio_seconds: float
    runs: int
    threads: int
    results: tuple[Result, ...]


def race(
    contenders: Mapping[str, Contender[Found]],
    recordings: Sequence[tuple[Reference, Audio]],
    score: Callable[[Reference, Audio, Found], tuple[Score, ...]],
    *,
    runs: int,
    threads: int,
    tell: Callable[[str, float, tuple[Pooled, ...]], None] = lambda *_: None,
) -> Race:
    """Every contender `runs` times over all recordings, by turns, after a short turn that does not count.

    `score` says what is wrong with what a contender found in a recording. `tell` hears of every turn as it ends: whose
    it was, how long it took (seconds) and its errors. Errors reported are those of the last turn.
    """
    elapsed: dict[str, list[float]] = {name: [] for name in contenders}
    busy: dict[str, list[float]] = {name: [] for name in contenders}
    scores: dict[str, list[tuple[Score, ...]]] = {}
    sounds = [audio for _, audio in recordings]
    shortest = min(sounds, key=lambda audio: audio.end - audio.start)
    for run in contenders.values():
        run([replace(shortest, samples=shortest.samples[: WARM_UP * SAMPLE_RATE])])
    for _ in range(runs):
        for name, run in contenders.items():
            lap = run(sounds)
            elapsed[name].append(lap.seconds)
            busy[name].append(lap.processor_seconds)
            scores[name] = [score(*known, found) for known, found in zip(recordings, lap.found, strict=True)]
            tell(name, lap.seconds, pool(scores[name]))
    seconds = sum(audio.end - audio.start for audio in sounds)
    first, *_ = contenders
    wall, processor = statistics.median(elapsed[first]), statistics.median(busy[first])
    results = []
    for name in contenders:
        took, worked, errors = statistics.median(elapsed[name]), statistics.median(busy[name]), pool(scores[name])
        apart = () if name == first else tuple(difference(scores[first], scores[name], one.metric) for one in errors)
        results.append(Result(name, took, worked, seconds / took, took / wall, worked / processor, errors, apart))
    return Race(seconds, runs, threads, tuple(results))


def words_wrong(reference: Reference, _: Audio, text: str) -> tuple[Score, ...]:
    """WER or CER of a transcriber's `text`."""
    if reference.said is None:
        return ()
    language = reference.language or "en"
    metric = "CER" if by_character(language) else "WER"
    return (word_errors(units(reference.text, language), units(text, language), metric),)


def turns_wrong(reference: Reference, audio: Audio, turns: Sequence[Turn]) -> tuple[Score, ...]:
    """DER with and without collar and overlap, JER, and the error of the count of a diarizer's `turns`."""
    return () if reference.turns is None else turn_errors(reference.turns, turns, audio.info.duration)


def joined_wrong(
    heard: Mapping[str, Sequence[Word]], reference: Reference, audio: Audio, turns: Sequence[Turn]
) -> tuple[Score, ...]:
    """The same, and cpWER, tcpWER and WDER of words `heard` ({recording: words}) joined to `turns` as WhisperX does.

    A sentence goes to whoever's turns share most time with it.
    """
    errors = turns_wrong(reference, audio, turns)
    if reference.said is None:
        return errors
    said = whisperx_join(heard[reference.name], turns)
    return (*attributed_words(reference.said, said, reference.language or "en"), *errors)
