"""A media file opened for reading: its audio track, its packets, and where each frame belongs in time.

FFmpeg reads the file through Python: it may open nothing else, whatever a playlist inside says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import av

from meetbot.audio.source import SourceFile
from meetbot.errors import AudioError
from meetbot.progress import Progress

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

_GAP = 0.1  # seconds; smaller jumps of the timestamps are rounding
_LOSS = 0.005  # seconds; shorter than any packet, longer than the rounding of timestamps
_LONGEST_GAP = 3600.0  # seconds; a longer one is a broken clock
_GIVE_UP = 50  # failed reads in a row after which nothing more is expected


class Reader:
    """The file as FFmpeg reads it. An interruption inside a callback would be swallowed there, so it is kept."""

    def __init__(self, source: SourceFile) -> None:
        self.name = source.name  # FFmpeg looks at the ending
        self._file = source.file
        self.failure: BaseException | None = None

    def seekable(self) -> bool:
        """True: formats with their index at the end need it."""
        return True

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; none at the end, and none after a failure, which is kept."""
        try:
            return self._file.read(count)
        except BaseException as failure:
            self.failure = failure
            return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to `offset`."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where the next read begins."""
        return self._file.tell()


def open_container(source: SourceFile, reader: Reader) -> InputContainer:
    """`source` as FFmpeg sees it. Raises AudioError (audio.unreadable, .truncated)."""
    source.file.seek(0)
    try:
        # Playlists name other files and addresses; nothing but the recording itself may be opened.
        return av.open(reader, "r", metadata_errors="replace", buffer_size=1 << 18, io_open=_refuse)
    except av.error.FFmpegError as error:
        if reader.failure is not None:
            raise reader.failure from None
        raise _unopened(source) from error


def _refuse(*_: Any) -> NoReturn:
    raise AudioError(
        "This is a playlist: it only names other files.", hint="Give the recordings themselves.", kind="unreadable"
    )


def _unopened(source: SourceFile) -> AudioError:
    source.file.seek(0)
    head = source.file.read(12)
    if head[4:8] == b"ftyp":
        return AudioError(
            f"{source.name} is cut off: the index at the end of the file is missing.",
            hint="Copy or export the recording again; this part of it cannot be played.",
            kind="truncated",
        )
    return _no_media(source.name)


def _no_media(name: str) -> AudioError:
    return AudioError(
        f"{name} is not a recording that can be read.",
        hint="Any audio or video file will do: WAV, FLAC, MP3, M4A, OGG, Opus, WebM, MP4, MKV, MOV.",
        kind="unreadable",
    )


def audio_track(container: InputContainer, name: str, progress: Progress) -> AudioStream:
    """The track a player would choose; said when there are others. Raises AudioError (audio.no_track, .unreadable)."""
    tracks = container.streams.audio
    if not tracks and (not container.streams.video or container.format.name == "tty"):  # text of some kind
        raise _no_media(name)
    if not tracks:
        raise AudioError(
            f"{name} has no audio track.", hint="Is it a picture, or a video without sound?", kind="no_track"
        )
    stream = container.streams.best("audio") or tracks[0]
    if len(tracks) > 1:
        number = 1 + next(index for index, track in enumerate(tracks) if track.index == stream.index)
        progress.note(f"{name} has {len(tracks)} audio tracks; number {number} is used.")
    if getattr(stream, "codec_context", None) is None:
        raise AudioError(
            f"{name} is encoded in a way that cannot be decoded here.",
            hint="Convert it to WAV, FLAC or MP3 with the program that made it.",
            kind="unreadable",
        )
    assert isinstance(stream, av.AudioStream)
    return stream


def packets(container: InputContainer, stream: AudioStream | None) -> Iterator[Packet[Any] | None]:
    """The packets of `stream` (None: of every track), None for each that could not be read.

    The empty ones at the end make the decoder give what it holds back.
    """
    failed = 0
    while failed < _GIVE_UP:
        try:
            for packet in container.demux(stream) if stream is not None else container.demux():
                failed = 0
                yield packet
            return
        except av.error.FFmpegError:
            failed += 1
            yield None


class Clock:
    """Where in the recording the next frame belongs, by the count of samples and by its timestamp."""

    def __init__(self) -> None:
        self.time = 0.0
        self._base = 0.0  # subtracted from timestamps; moves when they jump back, as in joined streams

    def gap(self, frame: AudioFrame, begin: float, lost: bool) -> float:
        """Seconds of silence that belong before `frame`; 0 when timestamps are absent or only jitter.

        `begin` is the recording's first timestamp. After packets that were `lost` small gaps count, too.
        """
        if frame.pts is None or not frame.time_base:
            return 0.0
        stamp = frame.pts * float(frame.time_base) - begin - self._base
        jump = stamp - self.time
        if (_LOSS if lost else _GAP) < jump <= _LONGEST_GAP:
            self.time += jump
            return jump
        if abs(jump) > _GAP:
            self._base += jump
        return 0.0

    def advance(self, frame: AudioFrame) -> None:
        """`frame` has been taken."""
        if frame.sample_rate:
            self.time += frame.samples / frame.sample_rate
