"""Recordings that cannot be used are refused with exit code 3, one line and a hint; damaged ones are used."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

import av
import numpy as np
import pytest

from meetbot import audio
from meetbot.errors import AudioError
from meetbot.progress import Silent
from tests.unit.audio.media import encode, tone

Save = Callable[[str, bytes], Path]


class Said(Silent):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def wav(seconds: float = 2.0) -> bytes:
    return encode(tone(seconds, 16_000), "wav", "pcm_s16le", 16_000)


def mp4(**options: str) -> bytes:
    return encode(tone(2.0, 48_000), "mp4", "aac", 48_000, options=options)


def picture(codec: str, container: str) -> bytes:
    with NamedTemporaryFile(suffix="." + container) as target, av.open(target.name, "w", format=container) as output:
        stream = output.add_stream(codec, rate=1)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), format="yuv420p").reformat(
            format=stream.pix_fmt
        )
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        output.close()
        return Path(target.name).read_bytes()


BROKEN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zero_bytes.wav": ("empty", lambda: b""),
    "header_only.wav": ("too_short", lambda: wav().partition(b"data")[0] + b"data\0\0\0\0"),
    "a_moment.wav": ("too_short", lambda: wav(0.05)),
    "no_samples.flac": ("too_short", lambda: encode(np.zeros((1, 1), np.float32), "flac", "flac", 16_000)),
    "half.wav": ("truncated", lambda: half(wav())),
    "half.flac": ("truncated", lambda: half(encode(tone(2.0, 16_000), "flac", "flac", 16_000))),
    "half.mp3": ("truncated", lambda: half(encode(tone(4.0, 44_100), "mp3", "mp3", 44_100))),
    "half.ogg": ("truncated", lambda: half(encode(tone(4.0, 48_000), "ogg", "libopus", 48_000))),
    "half.webm": ("truncated", lambda: half(encode(tone(2.0, 48_000), "webm", "libopus", 48_000))),
    "half.mkv": ("truncated", lambda: half(encode(tone(2.0, 48_000), "matroska", "flac", 48_000))),
    "half.aiff": ("truncated", lambda: half(encode(tone(2.0, 16_000), "aiff", "pcm_s16be", 16_000))),
    "half.flv": ("truncated", lambda: half(encode(tone(2.0, 44_100), "flv", "aac", 44_100))),
    "no_index.mp4": ("truncated", lambda: half(mp4())),
    "index_first_half.mp4": ("truncated", lambda: half(mp4(movflags="faststart"))),
    "picture.jpg": ("no_track", lambda: picture("mjpeg", "mjpeg")),
    "silent_film.mp4": ("no_track", lambda: picture("mpeg4", "mp4")),
    "letter.wav": ("unreadable", lambda: b"Dear all, the meeting is at nine.\n" * 50),
    "notes.txt": ("unreadable", lambda: b"Dear all, the meeting is at nine.\n" * 50),
    "subtitles.srt": ("unreadable", lambda: b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n"),
    "noise.mp3": ("unreadable", lambda: np.random.default_rng(0).bytes(30_000)),
    "noise.aac": ("unreadable", lambda: np.random.default_rng(0).bytes(30_000)),
    "zeros.m4a": ("unreadable", lambda: bytes(30_000)),
    "archive.zip": ("unreadable", lambda: b"PK\3\4" + np.random.default_rng(0).bytes(3000)),
    "magic_alone.wav": ("unreadable", lambda: b"RIFF"),
    "header_of.flac": ("unreadable", lambda: encode(tone(1.0, 16_000), "flac", "flac", 16_000)[:20]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_recordings_are_refused_in_one_line_with_a_hint(name: str, save: Save) -> None:
    kind, make = BROKEN[name]
    with pytest.raises(AudioError) as caught:
        audio.load(save(name, make()))
    error = caught.value
    assert (error.code, error.exit_code) == (f"audio.{kind}", 3)
    assert name in str(error)
    assert "\n" not in str(error)
    assert error.hint


def refused(path: Path) -> str:
    with pytest.raises(AudioError) as caught:
        audio.load(path)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value.code


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to(tmp_path / "gone.wav")
    (tmp_path / "file").write_bytes(b"x")
    assert refused(tmp_path) == "audio.folder"
    assert refused(tmp_path / "gone.wav") == "audio.missing"
    assert refused(tmp_path / "link.wav") == "audio.missing"
    assert refused(tmp_path / "file" / "gone.wav") == "audio.missing"
    assert refused(tmp_path / ("x" * 300)) == "audio.unreadable"
    assert refused(Path(os.devnull)) == "audio.unreadable"


def test_a_recording_that_may_not_be_read(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save("a.wav", wav())

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)  # an administrator may read everything, whatever its mode
    assert refused(path) == "audio.forbidden"


def test_a_disk_without_room(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("meetbot.audio.pipe.Sink.write", full)
    assert refused(save("a.wav", wav())) == "audio.no_space"


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(5, "Input/output error")])
@pytest.mark.parametrize("reads", [0, 3])
def test_what_happens_while_ffmpeg_reads_is_not_swallowed(
    failure: BaseException, reads: int, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg asks Python for bytes, and drops what is raised there: an interrupted load would look cut off."""
    left = iter(range(reads))
    file = wav(60.0)

    class Failing(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if size == 1 << 20 or next(left, None) is not None:  # hashing goes through
                return super().read(size)
            raise failure

    path = save("a.wav", file)
    monkeypatch.setattr(Path, "open", lambda *_: Failing(file))
    with pytest.raises((KeyboardInterrupt, AudioError)) as caught:
        audio.load(path)
    assert isinstance(caught.value, KeyboardInterrupt) == isinstance(failure, KeyboardInterrupt)
    if isinstance(caught.value, AudioError):
        assert "Input/output error" in str(caught.value)


def test_a_playlist_opens_nothing(save: Save) -> None:
    target = save("b.mp4", mp4(movflags="frag_keyframe+empty_moov+default_base_moof"))
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n"
    assert refused(save("a.m3u8", text.encode())) == "audio.unreadable"


def test_what_is_there_of_a_cut_off_recording_can_be_used(save: Save) -> None:
    path = save("a.wav", half(wav()))
    said = Said()
    loaded = audio.load(path, end=0.9, progress=said)
    assert loaded.end == 0.9
    assert "cut off" in said.warnings[0]
    with pytest.raises(AudioError, match="cut off"):
        audio.load(path, end=1.5)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF - 36])
def test_a_wav_written_to_a_pipe_does_not_know_its_length(size: int, save: Save) -> None:
    data = bytearray(wav())
    at = data.index(b"data") + 4
    data[at : at + 4] = data[4:8] = struct.pack("<I", size)
    assert audio.load(save("a.wav", bytes(data))).duration == 2.0


def test_live_recordings_without_a_length(save: Save) -> None:
    webm = encode(tone(2.0, 48_000), "webm", "libopus", 48_000, options={"live": "1"})
    assert audio.load(save("a.webm", webm)).duration == pytest.approx(2.0, abs=0.03)
    assert audio.load(save("b.webm", webm[: len(webm) * 3 // 4])).duration == pytest.approx(1.5, abs=0.1)
    fragments = mp4(movflags="frag_keyframe+empty_moov+default_base_moof", frag_duration="200000")
    assert audio.load(save("a.mp4", fragments)).duration == pytest.approx(2.0, abs=0.05)


def test_when_nothing_after_the_damage_can_be_read_it_is_said(save: Save) -> None:
    fragments = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "500000"}
    data = bytearray(encode(tone(10.0, 48_000), "mp4", "aac", 48_000, options=fragments))
    noise = np.random.default_rng(0)
    for part in range(20):
        at = int(len(data) * (0.3 + 0.3 * part / 20))
        data[at : at + 500] = noise.bytes(500)
    said = Said()
    assert audio.load(save("a.mp4", bytes(data)), progress=said).duration < 9
    assert any("nothing after" in warning for warning in said.warnings)


@pytest.mark.parametrize(("name", "container", "codec"), [("a.mp3", "mp3", "mp3"), ("a.wv", "wv", "wavpack")])
def test_damage_in_the_middle_costs_only_what_is_damaged(name: str, container: str, codec: str, save: Save) -> None:
    data = bytearray(encode(tone(6.0, 44_100), container, codec, 44_100))
    middle = len(data) // 2
    data[middle : middle + 4000] = np.random.default_rng(3).bytes(4000)
    said = Said()
    loaded = audio.load(save(name, bytes(data)), progress=said)
    assert loaded.duration == pytest.approx(6.0, abs=0.6)  # an MP3 has no timestamps to tell how long the damage is
    assert len(said.warnings) == 1
    assert "cannot be decoded" in said.warnings[0]
    original = tone(6.0, 16_000)[0]
    for start in (1.0, 4.5):  # what follows is still where it belongs
        window = loaded.window(start, start + 0.5)
        assert np.sqrt(np.mean(window**2)) == pytest.approx(0.35, rel=0.1)
    if codec == "wavpack":
        assert np.abs(loaded.window(4.5, 5.5) - original[72_000:88_000]).max() < 0.01
