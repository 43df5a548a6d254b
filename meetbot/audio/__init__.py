"""Any recording to 16 kHz mono. In: a path, or "-" for stdin. Out: an Audio, which later stages read by windows.

A recording is decoded once, in blocks, to 16-bit samples in a temporary file that has no name (so nothing is left
behind however the process ends) and is mapped into memory: eight hours are 0.9 GB of file and next to no memory.
Times are those a player shows: gaps in a container's timestamps become silence. Concedes: what a cut-off file
without any declared length (raw AAC, a live stream) has lost cannot be known.
"""

from __future__ import annotations

import math
import mmap
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from meetbot.domain import AudioInfo
from meetbot.errors import AudioError, UsageError
from meetbot.progress import Progress, Silent

if TYPE_CHECKING:
    from meetbot.audio.source import SourceFile

__all__ = ["SAMPLE_RATE", "SHORTEST", "Audio", "decoded", "load"]

SAMPLE_RATE = 16_000
SHORTEST = 0.1  # seconds; less holds no word, and the models cannot be fed with it

_SILENT = Silent()


@dataclass(frozen=True, eq=False)
class Audio:
    """A recording, or the part of it from `start` to `end`, at 16 kHz mono.

    `samples` is (n,) int16 and may be a read-only memory map; `sha256` is of the file's bytes and `duration` in
    seconds of the whole recording, whatever part was asked for. `recorded` is what the container says, with a
    time zone (this machine's, where the container names none). `channels`: how many the file has.
    """

    name: str
    sha256: str
    duration: float
    start: float
    samples: NDArray[np.int16]
    recorded: datetime | None = None
    channels: int = 1

    @property
    def end(self) -> float:
        """Where `samples` ends, in seconds from the start of the recording."""
        return self.start + len(self.samples) / SAMPLE_RATE

    @property
    def info(self) -> AudioInfo:
        """What a transcript says about the recording."""
        return AudioInfo(name=self.name, sha256=self.sha256, duration=self.duration)

    def window(self, start: float, end: float) -> NDArray[np.float32]:
        """The samples from `start` to `end` (seconds in the recording) in [-1, 1), shape (n,).

        Clipped to what there is: a window outside of it is empty.
        """
        offset = round(self.start * SAMPLE_RATE)
        first, last = (
            min(max(round(time * SAMPLE_RATE) - offset, 0), len(self.samples)) for time in (start, max(start, end))
        )
        return self.samples[first:last].astype(np.float32) / np.float32(32768)

    def let_go(self) -> None:
        """Give back the memory that what was read so far takes; what is asked for again comes from the file again.

        Pages of a memory map count as the process's own until something else needs them: 0.9 GB for eight hours.
        """
        held = getattr(self.samples, "_mmap", None)
        if held is not None and hasattr(mmap, "MADV_DONTNEED"):
            held.madvise(mmap.MADV_DONTNEED)


def load(source: str | Path, *, start: float = 0.0, end: float | None = None, progress: Progress = _SILENT) -> Audio:
    """Decode `source` ("-" is stdin) from `start` to `end` seconds; without `end`, to its end.

    The part asked for is cut out of the decoded whole, so its samples equal those of the whole recording there.
    Raises AudioError (audio.missing, .folder, .forbidden, .empty, .truncated, .no_track, .unreadable, .too_short,
    .no_space) and UsageError for a range that cannot be.
    """
    from meetbot.audio.source import opened

    with opened(source) as file:
        return decoded(file, start=start, end=end, progress=progress)


def decoded(
    file: SourceFile, *, start: float, end: float | None, progress: Progress, channel: int | None = None
) -> Audio:
    """The same of a file that is open; of one `channel` (from 0) alone, instead of their mixture, if that is given."""
    from meetbot.audio.decode import decode

    last = math.inf if end is None else end
    if not (math.isfinite(start) and start >= 0 and last > start):
        raise UsageError(
            f"The range from {start:g} s to {last:g} s does not exist.",
            hint="--start and --end are seconds from the start of the recording, --end after --start.",
            kind="bad_range",
        )
    found = decode(file, first=round(start * SAMPLE_RATE), last=_samples(last), progress=progress, channel=channel)
    duration = found.total / SAMPLE_RATE
    if duration < SHORTEST:
        raise AudioError(
            f"{file.name} is {duration:.3g} s long: too short to hold a word.",
            hint=f"A recording has to be at least {SHORTEST} s long.",
            kind="too_short",
        )
    if start >= duration:
        raise UsageError(
            f"{file.name} ends at {duration:.1f} s, before the start asked for ({start:g} s).",
            hint="Give a smaller --start.",
            kind="bad_range",
        )
    if len(found.samples) < SHORTEST * SAMPLE_RATE:
        raise AudioError(
            f"The part asked for is {len(found.samples) / SAMPLE_RATE:.3g} s long: too short to hold a word.",
            hint=f"Choose --start and --end at least {SHORTEST} s apart.",
            kind="too_short",
        )
    return Audio(
        name=file.name,
        sha256=file.sha256,
        duration=duration,
        start=round(start * SAMPLE_RATE) / SAMPLE_RATE,
        samples=found.samples,
        recorded=found.recorded,
        channels=found.channels,
    )


def _samples(seconds: float) -> int | None:
    return None if math.isinf(seconds) else round(seconds * SAMPLE_RATE)
