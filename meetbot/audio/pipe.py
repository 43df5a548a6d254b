"""Frames in any format to 16 kHz mono int16, in blocks, into a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from meetbot.audio.mix import Mixer
from meetbot.errors import AudioError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

RATE = 16_000
_BLOCK = 1 << 17  # samples decoded before they are mixed and resampled together


class Sink:
    """Writes the samples from `first` to `last` of what it is given; counts all."""

    def __init__(self, file: BinaryIO, first: int, last: int | None) -> None:
        self.file, self.first, self.last = file, first, last
        self.total = self.kept = 0

    def write(self, mixed: NDArray[np.float32]) -> None:
        """(n,) in [-1, 1]; what is beyond is limited."""
        begin = max(self.first - self.total, 0)
        end = len(mixed) if self.last is None else max(self.last - self.total, 0)
        self.total += len(mixed)
        part = mixed[begin:end]
        if len(part):
            scaled = np.clip(np.rint(part * np.float32(32768)), -32768, 32767)
            self.file.write(scaled.astype(np.int16).tobytes())
            self.kept += len(part)


class Pipe:
    """Frames in any format to mixed, resampled samples in the sink; with a `channel`, to those of that one."""

    def __init__(self, sink: Sink, weights: Mapping[int, NDArray[np.float32]], channel: int | None = None) -> None:
        self.mixers: dict[int, Mixer] = {}  # by number of channels, which may change on the way
        self._sink = sink
        self._weights = weights
        self._channel = channel
        self._form: tuple[str, int, int] | None = None
        self._fifo = av.AudioFifo()
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        self._owed = 0.0  # seconds of silence at a start before anything is known of the format

    def push(self, frame: AudioFrame) -> None:
        """Take a frame; its timestamp is dropped."""
        form = (frame.format.name, frame.layout.nb_channels, frame.sample_rate)
        if form != self._form:
            self.flush()
            self._form = form
            self._fifo = av.AudioFifo()
            self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
            if self._owed:
                self._pad(self._owed)
                self._owed = 0.0
        frame.pts = None  # the queue would insist on timestamps without jitter
        self._fifo.write(frame)
        if self._fifo.samples >= _BLOCK:
            self._drain()

    def silence(self, seconds: float) -> None:
        """Take `seconds` of silence."""
        if self._form is None:
            self._owed += seconds
        elif seconds:
            self._drain()
            self._pad(seconds)

    def flush(self) -> None:
        """Everything held back goes to the sink; the pipe can go on in another format."""
        if self._form is not None:
            self._drain()
            self._write(None)
            self._form = None

    def _pad(self, seconds: float) -> None:
        assert self._form is not None
        count = round(seconds * self._form[2])
        while count > 0:
            self._write(np.zeros(min(count, _BLOCK), np.float32))
            count -= _BLOCK

    def _drain(self) -> None:
        frame = self._fifo.read()
        if frame is None:
            return
        block = _planes(frame)
        count = len(block)
        if count not in self.mixers:
            alone = None if self._channel is None else (np.arange(count) == self._channel).astype(np.float32)
            self.mixers[count] = Mixer(count, self._weights.get(count) if alone is None else alone)
        self._write(self.mixers[count].mix(block))

    def _write(self, mixed: NDArray[np.float32] | None) -> None:
        frame = None
        if mixed is not None:
            assert self._form is not None
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(mixed[None]), format="flt", layout="mono")
            frame.sample_rate = self._form[2]
        for output in self._resampler.resample(frame):
            self._sink.write(output.to_ndarray()[0])


def _planes(frame: AudioFrame) -> NDArray[np.float32]:
    """A frame's samples in [-1, 1], (channels, n)."""
    try:
        raw = frame.to_ndarray()
    except ValueError:
        raise AudioError(
            f"Samples of the form {frame.format.name} are not supported.",
            hint="Convert the recording to 16 or 24 bits.",
            kind="unreadable",
        ) from None
    channels = frame.layout.nb_channels
    planes = raw if frame.format.is_planar else raw.reshape(-1, channels).T
    with np.errstate(over="ignore"):  # broken doubles become infinite, which the mixer takes for silence
        floats = planes.astype(np.float32, order="C", copy=False)
    if planes.dtype.kind == "f":
        return floats
    if planes.dtype.kind == "u":
        return (floats - np.float32(128)) / np.float32(128)
    return floats * np.float32(2.0 ** (1 - 8 * planes.dtype.itemsize))
