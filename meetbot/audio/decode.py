"""Packets to samples. In: an open file. Out: 16 kHz mono int16 of the part asked for, and the length of the whole.

Decoding, mixing and resampling go in blocks of a few seconds; nothing grows with the recording but a file without a
name. Damage in the middle costs what is damaged, as silence, with a warning; a recording that ends before the length
it claims is refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from meetbot.audio.container import Clock, Reader, audio_track, open_container, packets
from meetbot.audio.mix import Mixer
from meetbot.audio.pipe import RATE, Pipe, Sink
from meetbot.audio.promised import FILE_LENGTH, Promise, promised, recorded
from meetbot.audio.source import SourceFile, anonymous_file
from meetbot.errors import AudioError
from meetbot.progress import Progress, Silent, Step

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

_TAIL = 0.1  # the part of a file that indices and tags at its end may take
_SLACK = 0.25  # seconds that may be missing at the end: encoder delay, rounding of headers


@dataclass(frozen=True, eq=False)
class Decoded:
    """`samples`: (n,) int16, the part asked for. `total`: samples of the whole recording, which has `channels`."""

    samples: NDArray[np.int16]
    total: int
    channels: int
    recorded: datetime | None


def decode(
    source: SourceFile, *, first: int, last: int | None, progress: Progress, channel: int | None = None
) -> Decoded:
    """Decode the whole of `source` and keep the samples from `first` to before `last`.

    All channels are mixed, or `channel` (from 0) is taken alone; where there is no such channel is silence.

    Raises AudioError: audio.truncated, .no_track, .unreadable.
    """
    with anonymous_file() as file:
        run = _Run(source, Sink(file, first, last), {}, progress, channel)
        weights = {count: better for count, mixer in run.mixers.items() if (better := mixer.better()) is not None}
        if weights and channel is None:
            file.seek(0)
            file.truncate()
            run = _Run(source, Sink(file, first, last), weights, Silent())
        file.flush()
        kept = run.sink.kept
        samples = np.memmap(file, np.int16, "r", shape=(kept,)) if kept else np.zeros(0, np.int16)
    return Decoded(samples=samples, total=run.sink.total, channels=max(run.mixers, default=0), recorded=run.recorded)


class _Run:
    """One way through the file, and what it found."""

    def __init__(
        self,
        source: SourceFile,
        sink: Sink,
        weights: Mapping[int, NDArray[np.float32]],
        progress: Progress,
        channel: int | None = None,
    ) -> None:
        self.sink = sink
        self.packets = self.damaged = 0
        self.lost = 0.0  # seconds
        self.first_loss = 0.0
        self.gaps = 0.0  # seconds without data, by the timestamps
        self.reached = 0.0  # the latest moment any track has something for
        self.read = 0  # bytes of the file up to the end of the last packet
        self._pipe = Pipe(sink, weights, channel)
        self._clock = Clock()
        self._after_loss = False
        reader = Reader(source)
        with open_container(source, reader) as container:
            stream = audio_track(container, source.name, progress)
            self.recorded = recorded(container, stream)
            promise = promised(container, stream, source.file)
            expected = (
                promise.length if promise.length and math.isfinite(promise.length) else (container.duration or 0) / 1e6
            )
            with progress.stage("audio", total=expected or None, unit="s") as step:
                self._decode(container, stream, reader, step)
        _judge(source, self, promise, progress)

    @property
    def mixers(self) -> Mapping[int, Mixer]:
        return self._pipe.mixers

    def _decode(self, container: InputContainer, stream: AudioStream, reader: Reader, step: Step) -> None:
        everything = container.format.name in FILE_LENGTH
        if not everything:
            for other in container.streams:
                if other.index != stream.index:
                    other.discard = av.stream.Discard.all
        begin = (container.start_time or 0) / 1e6
        told = 0
        for packet in packets(container, None if everything else stream):
            if reader.failure is not None:
                raise reader.failure
            if packet is None:
                self.damaged += 1
                continue
            if everything and packet.pts is not None:
                finish = float((packet.pts + (packet.duration or 0)) * packet.time_base) - begin
                self.reached = max(self.reached, finish)
            if packet.stream_index == stream.index:
                self.read = max(self.read, (packet.pos or 0) + packet.size)
                self.packets += bool(packet.size)
                self._take(packet, begin)
            if self.sink.total - told >= RATE:
                step.advance((self.sink.total - told) / RATE)
                told = self.sink.total
        if reader.failure is not None:
            raise reader.failure
        self._pipe.flush()
        step.advance((self.sink.total - told) / RATE)

    def _take(self, packet: Packet[AudioStream], begin: float) -> None:
        try:
            frames = packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            self.first_loss = self.first_loss if self.damaged else self._clock.time
            self.damaged += 1
            self._after_loss = True
            self.lost += float((packet.duration or 0) * packet.time_base)
            return
        for frame in frames:
            gap = self._clock.gap(frame, begin, self._after_loss)
            self._pipe.silence(gap)
            self.gaps += 0.0 if self._after_loss else gap
            self._after_loss = False
            self._pipe.push(frame)
            self._clock.advance(frame)


def _judge(source: SourceFile, run: _Run, promise: Promise, progress: Progress) -> None:
    """Refuse what is mostly damaged or cut off; say what was lost of the rest."""
    name, there = source.name, run.sink.total / RATE
    if run.damaged and (not run.sink.total or run.damaged > run.packets / 2):
        raise AudioError(
            f"{name} is damaged: most of it cannot be decoded.",
            hint="Copy or export the recording again.",
            kind="unreadable",
        )
    reached = max(there, run.reached)
    length, lost = promise.length, run.lost
    if length is not None and promise.whole:
        lost = max(lost, length - reached)
    elif length is not None and length - reached > _SLACK:
        whole = f"it should be {_time(length)} long and" if math.isfinite(length) else "it"
        if run.sink.last is None or there < run.sink.last / RATE:
            raise AudioError(
                f"{name} is cut off: {whole} ends after {_time(there)}.",
                hint=f"Copy or export the recording again, or use what is there: --end {math.floor(there * 10) / 10:g}",
                kind="truncated",
            )
        progress.warn(f"{name} is cut off: {whole} ends after {_time(there)}.")
    if run.damaged and run.read < (1 - _TAIL) * source.size:
        progress.warn(f"{name} is damaged: nothing after {_time(there)} can be read.")
    elif lost > 0.05:
        where = f", the first of it at {_time(run.first_loss)}" if run.damaged else ""
        progress.warn(f"{name} is damaged: {lost:.1f} s of it cannot be decoded{where}.")
    if run.gaps > 0.5:
        progress.note(f"{name} has gaps: {_time(run.gaps)} without any sound are left silent.")


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}" if whole >= 60 else f"{seconds:.1f} s"
