"""What a media file says about itself: how long it is meant to be, and when it was recorded.

FFmpeg guesses a duration from the file's size where there is none, and a guess cannot show that something is missing.
So only lengths that a recorder wrote down count here, and headers that FFmpeg overrules are read directly.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

# Formats whose audio track has a written length in FFmpeg's reading of it.
_TRACK_LENGTH = frozenset({"flac", "aiff", "au", "tta", "wv", "ape", "mov,mp4,m4a,3gp,3g2,mj2"})
# Formats with one length for the whole file, which another track may be what reaches.
FILE_LENGTH = frozenset({"matroska,webm", "asf", "flv"})
# Recorders that write to a pipe cannot know the length and put one of these in its place.
_UNKNOWN_BYTES = 0x7FFF_0000


@dataclass(frozen=True)
class Promise:
    """`length` in seconds, None when the file claims none. `whole`: as many bytes are there as there should be, so
    that what is missing is missing inside, not at the end."""

    length: float | None
    whole: bool = False


def promised(container: InputContainer, stream: AudioStream, file: BinaryIO) -> Promise:
    """What the file itself claims. `file` is left where it was."""
    before = file.tell()
    whole = False
    try:
        match container.format.name:
            case "wav":
                length = _riff_length(file)
            case "mp3":
                length, whole = _xing_length(file)
            case "ogg":
                length = _ogg_length(file)
            case "caf" if stream.codec_context.name.startswith("pcm"):
                length = stream.frames / stream.codec_context.sample_rate
            case kind if kind in FILE_LENGTH:
                length = (container.duration or 0) / 1e6
            case kind if kind in _TRACK_LENGTH and stream.time_base:
                length = float((stream.duration or 0) * stream.time_base)
            case _:
                length = None
    finally:
        file.seek(before)
    return Promise(length or None, whole)


def _riff_length(file: BinaryIO) -> float | None:
    """The data chunk's size over the bytes a second, from the RIFF or RF64 header."""
    file.seek(0)
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        return None
    size64 = rate = 0
    while len(chunk := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", chunk)
        if name == b"data":
            size = size64 if head[:4] == b"RF64" and size == 0xFFFFFFFF else size
            known = size64 == size or size < _UNKNOWN_BYTES
            return size / rate if size and known and rate else None
        body = file.read(min(size, 64))
        if name == b"ds64" and len(body) >= 16:
            size64 = struct.unpack_from("<Q", body, 8)[0]
        elif name == b"fmt " and len(body) >= 12:
            rate = struct.unpack_from("<I", body, 8)[0]
        file.seek(size - len(body) + size % 2, 1)
    return None


def _xing_length(file: BinaryIO) -> tuple[float | None, bool]:
    """The frame count that encoders put into an MP3's first frame (the "Xing" or "Info" header).

    Also whether the file has the number of bytes given there.
    """
    file.seek(0)
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3":
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(start)
    block = file.read(8192)
    found = re.search(rb"\xff[\xe2-\xff]..", block, re.DOTALL)
    if not found:
        return None, False
    frame = found.start()
    version, rate_index, mono = block[frame + 1] >> 3 & 3, block[frame + 2] >> 2 & 3, block[frame + 3] >> 6 == 3
    mpeg1 = version == 3
    tag = frame + 4 + ((17 if mono else 32) if mpeg1 else (9 if mono else 17))
    if block[tag : tag + 4] not in (b"Xing", b"Info") or len(block) < tag + 16 or version == 1 or rate_index == 3:
        return None, False
    flags, *numbers = struct.unpack_from(">III", block, tag + 4)
    rate = (44100, 48000, 32000)[rate_index] >> {3: 0, 2: 1, 0: 2}[version]
    length = numbers.pop(0) * (1152 if mpeg1 else 576) / rate if flags & 1 else None
    size = numbers.pop(0) if flags & 2 else math.inf
    return length, file.seek(0, 2) >= start + frame + size


def _ogg_length(file: BinaryIO) -> float | None:
    """An Ogg file says nowhere how long it is, but its last page says how many bytes it has.

    A last page that is not all there promises one moment more than can be decoded: infinity, for want of a number.
    """
    file.seek(0, 2)
    size = file.tell()
    start = max(0, size - (1 << 17))  # a page is at most 65,307 bytes
    file.seek(start)
    tail = file.read()
    last = tail.rfind(b"OggS")
    if last < 0:
        return None
    header = tail[last : last + 27]
    if len(header) < 27:
        return float("inf")
    segments = tail[last + 27 : last + 27 + header[26]]
    whole = len(segments) == header[26] and last + 27 + header[26] + sum(segments) <= len(tail)
    return None if whole else float("inf")


def recorded(container: InputContainer, stream: AudioStream) -> datetime | None:
    """When the recording was made, with a time zone, or None.

    Apple's tag has the place's own time; `creation_time` is UTC; broadcast WAV has a date and a time of this place.
    Clocks that were never set (1904, 1970) do not count.
    """
    tags = {key.lower(): value.strip() for key, value in (*stream.metadata.items(), *container.metadata.items())}
    candidates = [tags.get("com.apple.quicktime.creationdate"), tags.get("creation_time")]
    if (day := tags.get("date")) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        candidates += [f"{day}T{tags.get('creation_time', '')}", day]
    for text in candidates:
        moment = _moment(text)
        if moment is not None and moment.year > 1990:
            return moment
    return None


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    try:
        return moment if moment.tzinfo else moment.astimezone()
    except (OverflowError, OSError, ValueError):
        return moment.replace(tzinfo=UTC)
