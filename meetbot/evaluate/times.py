"""When words were said, scored: how far starts and ends are from the reference's, in seconds.

Words are matched by an exact edit distance on their normalised texts, so a word that was not heard right counts as
unmatched, not as late. An utterance begins with its first matched word and ends with its last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from meetbot.domain import Word
from meetbot.errors import UsageError
from meetbot.evaluate.references import Said
from meetbot.evaluate.text import units


@dataclass(frozen=True, slots=True)
class TimeErrors:
    """Absolute errors in seconds over `matched` of `total` items; None when nothing matched."""

    matched: int
    total: int
    start_median: float | None
    start_p95: float | None
    end_median: float | None
    end_p95: float | None


@dataclass(frozen=True, slots=True)
class Offsets:
    """Signed errors in seconds (found minus true), one a matched item; `total` items there were."""

    starts: tuple[float, ...]
    ends: tuple[float, ...]
    total: int


@dataclass(frozen=True, slots=True)
class TimesReport:
    """Single words against CTM references, utterances against STM references."""

    words: TimeErrors
    utterances: TimeErrors
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class _Unit:
    text: str
    start: float
    end: float
    group: int


def word_offsets(reference: Sequence[Word], hypothesis: Sequence[Word], language: str) -> Offsets:
    """Every reference word that was heard right: how far its start and end are off."""
    truth, found = _units(reference, language), _units(hypothesis, language)
    pairs = [(one, other) for one, other in _aligned(truth, found) if one and other and one.text == other.text]
    return Offsets(
        tuple(other.start - one.start for one, other in pairs),
        tuple(other.end - one.end for one, other in pairs),
        len(truth),
    )


def utterance_offsets(reference: Sequence[Said], hypothesis: Sequence[Word], language: str) -> Offsets:
    """Every reference utterance of which a first and a last word were heard: how far its limits are off."""
    truth = [
        _Unit(text, part.start, part.end, index)
        for index, part in enumerate(reference)
        for text in units(part.text, language)
    ]
    edges: dict[int, tuple[int, int]] = {}
    for position, unit in enumerate(truth):
        edges[unit.group] = (edges.get(unit.group, (position, position))[0], position)
    starts, ends = [], []
    position = -1
    for one, other in _aligned(truth, _units(hypothesis, language)):
        position += one is not None
        if one and other:
            first, last = edges[one.group]
            if position == first:
                starts.append(other.start - one.start)
            if position == last:
                ends.append(other.end - one.end)
    return Offsets(tuple(starts), tuple(ends), len(edges))


def time_errors(offsets: Sequence[Offsets]) -> TimeErrors:
    """Median and 95th percentile of the absolute errors of all recordings together."""
    starts = np.abs([value for part in offsets for value in part.starts])
    ends = np.abs([value for part in offsets for value in part.ends])

    def at(values: np.ndarray[tuple[int], np.dtype[np.float64]], percent: float) -> float | None:
        return float(np.percentile(values, percent)) if len(values) else None

    return TimeErrors(
        matched=min(len(starts), len(ends)),
        total=sum(part.total for part in offsets),
        start_median=at(starts, 50),
        start_p95=at(starts, 95),
        end_median=at(ends, 50),
        end_p95=at(ends, 95),
    )


def read_ctm(path: Path) -> tuple[Word, ...]:
    """The words of a CTM file (NIST: <file> <channel> <start> <duration> <word> [<confidence>]), by start.

    Raises UsageError.
    """
    words = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        fields = line.split()
        if not fields or line.startswith(";;"):
            continue
        try:
            start, duration = float(fields[2]), float(fields[3])
            words.append(Word(fields[4], start, start + duration, float(fields[5]) if len(fields) > 5 else 1.0))
        except (IndexError, ValueError):
            raise UsageError(
                f"{path}, line {number} is malformed.", hint="It should be a CTM.", kind="malformed"
            ) from None
    return tuple(sorted(words, key=lambda word: word.start))


def _units(words: Sequence[Word], language: str) -> list[_Unit]:
    return [
        _Unit(text, word.start, word.end, index)
        for index, word in enumerate(words)
        for text in units(word.text, language)
    ]


def _aligned(reference: Sequence[_Unit], hypothesis: Sequence[_Unit]) -> Iterator[tuple[_Unit | None, _Unit | None]]:
    from kaldialign import align

    gap = "\0"
    truth, found = iter(reference), iter(hypothesis)
    for one, other in align([unit.text for unit in reference], [unit.text for unit in hypothesis], gap):
        yield next(truth) if one != gap else None, next(found) if other != gap else None
