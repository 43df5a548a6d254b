"""Small media files made on the spot: every test sees bytes that a real encoder wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]


def tone(seconds: float, rate: int, channels: int = 1, frequency: float = 440.0, level: float = 0.5) -> Signal:
    """(channels, n): one sine in all channels."""
    times = np.arange(round(seconds * rate)) / rate
    return np.tile((level * np.sin(2 * np.pi * frequency * times)).astype(np.float32), (channels, 1))


def encode(
    signal: Signal,
    container: str,
    codec: str,
    rate: int,
    *,
    options: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
    layout: str | None = None,
    bit_rate: int | None = None,
) -> bytes:
    """`signal`, (channels, n) in [-1, 1], as a file's bytes."""
    names = {1: "mono", 2: "stereo", 6: "5.1"}
    layout = layout or names[len(signal)]
    # A file with a name, because some writers go over it twice.
    with (
        NamedTemporaryFile() as target,
        av.open(target.name, "w", format=container, options=dict(options or {})) as output,
    ):
        output.metadata.update(metadata or {})
        stream: Any = output.add_stream(codec, rate=rate, layout=layout)
        if bit_rate:
            stream.codec_context.bit_rate = bit_rate
        stream.codec_context.open()
        source = av.AudioFrame.from_ndarray(np.ascontiguousarray(signal), format="fltp", layout=layout)
        source.sample_rate, source.pts = rate, 0
        size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(stream.codec_context.format, layout, rate, frame_size=size)
        for frame in (*resampler.resample(source), *resampler.resample(None)):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        output.close()
        return Path(target.name).read_bytes()
