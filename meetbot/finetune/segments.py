"""Recordings cut into segments of at most 30 s: cues in, cues out. Pure.

Whisper hears 30 s at a time, so that is what it is trained on (Radford et al. 2022, §2.1), with the times of what is
said; a cue that would cross the end goes into the next segment whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from meetbot.domain import Task
from meetbot.finetune.sources import Cue

LIMIT = 30.0
MARGIN = 0.3  # seconds of silence kept around what is said
PAUSE = 0.4  # seconds between utterances that are joined
SILENT = 10.0  # seconds without a cue from which a gap is a segment without speech
FRAME = 320  # samples: 20 ms
FLOOR_DB = 35.0  # under the loudest frame: what is quieter is silence


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a recording, in its seconds, and the cues in it; without cues it should hold no speech."""

    start: float
    end: float
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One example: an audio file of at most 30 s, and what is said in it.

    `cues` have times from its start. `group` is whose speech it is (speaker, or recording), so that nobody is trained
    on and tested on. `split` is "train" or "held-back".
    """

    audio: str
    seconds: float
    language: str
    task: Task
    cues: tuple[Cue, ...]
    source: str
    group: str
    split: str

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(cue.text for cue in self.cues)


def cut(cues: Sequence[Cue], duration: float) -> Iterator[Span]:
    """Spans of at most 30 s that hold every cue whole, and the long gaps between. Cues longer than 30 s are left out.

    >>> cues = [Cue("a", 1, 12), Cue("b", 13, 28), Cue("c", 29, 40)]
    >>> [(span.start, span.end, len(span.cues)) for span in cut(cues, 60)]
    [(0.7, 28.3, 2), (28.7, 40.3, 1), (40.3, 60, 0)]
    """
    some: list[Cue] = []
    reached = 0.0

    def close(before: float) -> Span:
        # Where people speak at once the segment before may reach into this one: no cue loses its beginning.
        start = max(min(reached, some[0].start), some[0].start - MARGIN, 0.0)
        end = min(max(_end(cue, duration) for cue in some) + MARGIN, before, start + LIMIT)
        return Span(round(start, 3), round(end, 3), tuple(some))

    for cue in sorted(cues, key=lambda cue: (cue.start, _end(cue, duration))):
        if _end(cue, duration) - cue.start > LIMIT - 2 * MARGIN or cue.start >= duration:
            continue
        latest = max(_end(one, duration) for one in (*some, cue))
        if some and latest - some[0].start > LIMIT - 2 * MARGIN:
            span = close(max(cue.start - MARGIN, *(_end(one, duration) for one in some)))
            yield span
            reached, some = span.end, []
        if not some and cue.start - MARGIN - reached >= SILENT:
            yield from _gap(reached, cue.start - MARGIN)
            reached = cue.start - MARGIN
        some.append(cue)
    if some:
        span = close(duration)
        yield span
        reached = span.end
    if duration - reached >= SILENT:
        yield from _gap(reached, duration)


def _gap(start: float, end: float) -> Iterator[Span]:
    while end - start >= SILENT:
        yield Span(round(start, 3), round(min(end, start + LIMIT), 3), ())
        start += LIMIT


def _end(cue: Cue, duration: float) -> float:
    return duration if cue.end is None else min(cue.end, duration)


def within(span: Span) -> tuple[Cue, ...]:
    """The cues of `span` in its own time, none beginning before the one before it began, none outside of it."""
    length = span.end - span.start
    moved = []
    for cue in span.cues:
        start = min(max(cue.start - span.start, 0.0), length)
        end = length if cue.end is None else min(max(cue.end - span.start, start), length)
        moved.append(replace(cue, start=round(start, 2), end=round(end, 2)))
    return tuple(moved)


def spoken_part(samples: NDArray[np.int16], rate: int) -> tuple[float, float]:
    """Where speech begins and ends in an utterance of its own, in seconds: the first and last frame above the floor."""
    frames = samples[: len(samples) // FRAME * FRAME].astype(np.float32).reshape(-1, FRAME)
    power = np.square(frames).mean(1) if len(frames) else np.zeros(1, np.float32)
    loud = np.flatnonzero(power > power.max() * 10 ** (-FLOOR_DB / 10)) if power.max() > 0 else np.array([0])
    return round(float(loud[0]) * FRAME / rate, 2), round(min(float(loud[-1] + 1) * FRAME, len(samples)) / rate, 2)
