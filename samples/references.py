"""Where speech is, and the reference files that say so: RTTM (who, when), STM (and what), CTM (which word, when).

Limits come from the energy of the dry voice, so they are tight: a silence of SPLIT seconds or more inside a line
divides it in the RTTM, as annotators do; the STM keeps the line whole. Names with spaces get underscores.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
HOP = 80  # samples: limits are exact to 5 ms
SPLIT = 0.3
QUIET_DB = 42.0  # below a line's loud frames there is only the synthesiser's breath

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Said:
    """A line as it was placed. `speech` holds the stretches without a long silence, in order; seconds."""

    speaker: str
    text: str
    speech: tuple[Span, ...]

    @property
    def start(self) -> float:
        return self.speech[0][0]

    @property
    def end(self) -> float:
        return self.speech[-1][1]


def speech_spans(dry: NDArray[np.float32], quiet_db: float = QUIET_DB) -> tuple[Span, ...]:
    """Stretches (s) of `dry` less than `quiet_db` below its loud frames, at least SPLIT apart.

    Raises ValueError for silence.
    """
    frames = dry[: len(dry) // HOP * HOP].reshape(-1, HOP)
    level = 20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)) + 1e-9)
    loud = np.flatnonzero(level > np.percentile(level, 95) - quiet_db)
    if not len(loud) or np.percentile(level, 95) < -60:
        raise ValueError("no speech in this line")
    breaks = np.flatnonzero(np.diff(loud) * HOP >= SPLIT * SAMPLE_RATE)
    firsts = [loud[0], *loud[breaks + 1]]
    lasts = [*loud[breaks], loud[-1]]
    step = HOP / SAMPLE_RATE
    return tuple((float(first) * step, float(last + 1) * step) for first, last in zip(firsts, lasts, strict=True))


def shifted(spans: Iterable[Span], by: float) -> tuple[Span, ...]:
    """`spans` moved by `by` seconds."""
    return tuple((start + by, end + by) for start, end in spans)


def write_rttm(path: Path, lines: Iterable[Said]) -> None:
    """One SPEAKER line a stretch of speech, in order of start."""
    rows = sorted((start, end, line.speaker) for line in lines for start, end in line.speech)
    path.write_text(
        "".join(
            f"SPEAKER {path.stem} 1 {start:.3f} {end - start:.3f} <NA> <NA> {_label(who)} <NA> <NA>\n"
            for start, end, who in rows
        ),
        encoding="utf-8",
    )


def write_stm(path: Path, lines: Iterable[Said]) -> None:
    """One segment a line of the script, in order of start, text as written."""
    rows = sorted(lines, key=lambda line: (line.start, line.end))
    path.write_text(
        "".join(f"{path.stem} 1 {_label(row.speaker)} {row.start:.3f} {row.end:.3f} {row.text}\n" for row in rows),
        encoding="utf-8",
    )


def write_ctm(path: Path, lines: Iterable[Said]) -> None:
    """One word a line, without its full stop: for lists of words, the only scripts whose word times are known."""
    rows = ((line.start, line.end - line.start, line.text.rstrip(".")) for line in lines)
    path.write_text(
        "".join(f"{path.stem} 1 {start:.3f} {duration:.3f} {word}\n" for start, duration, word in rows),
        encoding="utf-8",
    )


def _label(speaker: str) -> str:
    return speaker.replace(" ", "_")
