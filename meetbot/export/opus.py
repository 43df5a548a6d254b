"""A recording in, its sound as Opus in a WebM container out: small enough to lie inside a page."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from meetbot.errors import AudioError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import OutputContainer

RATE = 48_000  # Hz, Opus's own
BITS = 24_000  # a second: speech on one channel is clear, and an hour takes 11 MB


def encode(path: Path) -> bytes:
    """The first audio track of `path`, mixed to one channel. Raises AudioError if it cannot be read."""
    import av

    file = io.BytesIO()
    try:
        # WebM rather than Ogg: every current browser plays it, and it says how long it is.
        with av.open(str(path)) as source, av.open(file, "w", format="webm") as target:
            _copy(source.decode(audio=0), target)
    except (av.FFmpegError, IndexError, OSError) as error:
        message = f"{path.name} cannot be embedded: {error}."
        raise AudioError(message, hint="Leave the recording out with --no-audio.", kind="unreadable") from error
    return file.getvalue()


def _copy(frames: Iterable[AudioFrame], target: OutputContainer) -> None:
    import av

    stream = target.add_stream("libopus", rate=RATE, layout="mono")
    stream.bit_rate = BITS
    # Half the default effort: twice as fast, and nobody hears it.
    stream.options = {"application": "voip", "compression_level": "5"}
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    for frame in chain(frames, (None,)):
        for part in resampler.resample(frame):
            for packet in stream.encode(part):
                target.mux(packet)
    for packet in stream.encode(None):
        target.mux(packet)
