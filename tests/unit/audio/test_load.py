"""What loading promises for recordings that are as they should be."""

from __future__ import annotations

import hashlib
import io
import math
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetbot import audio
from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.errors import UsageError
from tests.unit.audio.media import encode, tone

Save = Callable[[str, bytes], Path]

# name, container, codec, rate, channels, how far a coder may be from the tone it was given (rms), seconds it may add
FORMATS = [
    ("a.wav", "wav", "pcm_s16le", 44100, 2, 0.001, 0.0),
    ("u8.wav", "wav", "pcm_u8", 8000, 1, 0.01, 0.0),
    ("s24.wav", "wav", "pcm_s24le", 48000, 2, 0.001, 0.0),
    ("s32.wav", "wav", "pcm_s32le", 96000, 1, 0.001, 0.0),
    ("f32.wav", "wav", "pcm_f32le", 22050, 6, 0.001, 0.0),
    ("f64.wav", "wav", "pcm_f64le", 11025, 1, 0.001, 0.0),
    ("alaw.wav", "wav", "pcm_alaw", 8000, 1, 0.02, 0.0),
    ("a.flac", "flac", "flac", 44100, 2, 0.001, 0.0),
    ("a.mp3", "mp3", "mp3", 44100, 2, 0.03, 0.0),
    ("a.m4a", "ipod", "aac", 44100, 2, 0.03, 0.05),
    ("alac.m4a", "ipod", "alac", 44100, 2, 0.001, 0.0),
    ("a.aac", "adts", "aac", 44100, 1, None, 0.1),
    ("a.opus", "ogg", "libopus", 48000, 1, 0.03, 0.01),
    ("a.webm", "webm", "libopus", 48000, 2, 0.03, 0.01),
    ("a.mp4", "mp4", "aac", 48000, 2, 0.03, 0.05),
    ("a.mkv", "matroska", "aac", 44100, 1, 0.03, 0.05),
    ("a.mov", "mov", "pcm_s16be", 44100, 2, 0.001, 0.0),
    ("a.avi", "avi", "mp3", 44100, 2, None, 0.1),
    ("a.aiff", "aiff", "pcm_s16be", 44100, 2, 0.001, 0.0),
    ("a.ts", "mpegts", "aac", 48000, 2, None, 0.1),
    ("a.wv", "wv", "wavpack", 44100, 1, 0.002, 0.0),
]


@pytest.mark.parametrize("form", FORMATS, ids=[form[0] for form in FORMATS])
def test_every_format_becomes_the_same_16_khz_mono(
    form: tuple[str, str, str, int, int, float | None, float], save: Save
) -> None:
    name, container, codec, rate, channels, tolerance, longer = form
    data = encode(tone(2.0, rate, channels), container, codec, rate)
    loaded = audio.load(save(name, data))
    assert loaded.name == name
    assert loaded.sha256 == hashlib.sha256(data).hexdigest()
    assert loaded.samples.dtype == np.int16
    assert loaded.samples.ndim == 1
    assert loaded.duration == len(loaded.samples) / SAMPLE_RATE == loaded.end
    assert -0.001 <= loaded.duration - 2.0 <= longer + 0.001
    middle = loaded.window(0.5, 1.5)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / math.sqrt(2), rel=0.08)  # as loud as it went in
    if tolerance is not None:  # and where it was
        assert np.sqrt(np.mean((middle - tone(2.0, SAMPLE_RATE)[0, 8000:24000]) ** 2)) < tolerance


def test_16_khz_mono_16_bit_is_taken_bit_for_bit(save: Save) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, (1, 50_000)).astype(np.float32)
    wave = np.clip(np.rint(noise[0] * 32768), -32768, 32767).astype(np.int16)
    loaded = audio.load(save("a.flac", encode(noise, "flac", "flac", SAMPLE_RATE)))
    assert np.array_equal(loaded.samples, wave)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 32000, 44100, 48000, 96000])
def test_resampling_is_clean_in_the_band_of_speech(rate: int, save: Save) -> None:
    data = encode(tone(1.0, rate, frequency=3000), "wav", "pcm_f32le", rate)
    window = audio.load(save("a.wav", data)).window(0.1, 0.9)
    error = np.abs(window - tone(1.0, SAMPLE_RATE, frequency=3000)[0, 1600:14400]).max()
    assert error < 1e-4  # -80 dB


def test_what_16_khz_cannot_hold_does_not_fold_back(save: Save) -> None:
    data = encode(tone(1.0, 48000, frequency=10_000), "wav", "pcm_f32le", 48000)
    assert np.abs(audio.load(save("a.wav", data)).window(0.1, 0.9)).max() < 1e-3


@pytest.fixture(scope="module")
def speechlike(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Audio]:
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 44_100 * 3)).astype(np.float32)
    path = tmp_path_factory.mktemp("audio") / "a.m4a"
    path.write_bytes(encode(noise, "ipod", "aac", 44_100))
    return path, audio.load(path)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.floats(0, 2.5), length=st.floats(0.11, 5))
def test_a_part_equals_that_part_of_the_whole(speechlike: tuple[Path, Audio], start: float, length: float) -> None:
    path, whole = speechlike
    part = audio.load(path, start=start, end=start + length)
    assert part.duration == whole.duration
    assert part.sha256 == whole.sha256
    first = round(start * SAMPLE_RATE)
    assert np.array_equal(part.samples, whole.samples[first : round((start + length) * SAMPLE_RATE)])
    assert np.array_equal(part.window(0, 99), part.window(part.start, part.end))
    assert np.array_equal(part.window(1.0, 2.0), whole.window(max(1.0, part.start), min(2.0, part.end)))


@given(start=st.floats(-3, 12), end=st.floats(-3, 12), offset=st.integers(0, 40_000))
def test_a_window_is_the_slice_at_those_times(start: float, end: float, offset: int) -> None:
    samples = np.random.default_rng(2).integers(-32768, 32767, 100_000).astype(np.int16)
    loaded = Audio("a", "0", 10.0, offset / SAMPLE_RATE, samples)
    window = loaded.window(start, end)
    assert window.dtype == np.float32
    first = min(max(round(start * SAMPLE_RATE) - offset, 0), len(samples))
    last = max(first, min(max(round(end * SAMPLE_RATE) - offset, 0), len(samples)))
    assert np.array_equal(window * 32768, samples[first:last])


@pytest.mark.parametrize(
    ("start", "end"),
    [(-1.0, None), (1.0, 1.0), (2.0, 1.0), (math.nan, None), (0.0, math.nan), (math.inf, None), (3.1, None)],
)
def test_a_range_that_cannot_be_is_a_usage_error(
    speechlike: tuple[Path, Audio], start: float, end: float | None
) -> None:
    with pytest.raises(UsageError) as caught:
        audio.load(speechlike[0], start=start, end=end)
    assert caught.value.code == "usage.bad_range"
    assert caught.value.hint


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(tone(1.0, 16_000), "ipod", "aac", 16_000)  # its index is at the end: stdin cannot go there
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    loaded = audio.load("-")
    assert (loaded.name, loaded.sha256) == ("stdin", hashlib.sha256(data).hexdigest())
    assert loaded.duration == pytest.approx(1.0, abs=0.1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    data = encode(tone(1.0, 8000), "wav", "pcm_s16le", 8000)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    loaded = audio.load(pipe)
    writer.join()
    assert loaded.sha256 == hashlib.sha256(data).hexdigest()
    assert loaded.duration == 1.0


def test_samples_that_were_let_go_come_again(speechlike: tuple[Path, Audio]) -> None:
    whole = speechlike[1]
    before = whole.window(0.0, 1.0)
    whole.let_go()
    assert np.array_equal(whole.window(0.0, 1.0), before)


def test_silence_is_a_recording(save: Save) -> None:
    loaded = audio.load(save("a.flac", encode(np.zeros((2, 16_000), np.float32), "flac", "flac", 16_000)))
    assert loaded.duration == 1.0
    assert not loaded.samples.any()


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, None),
        ({"creation_time": "2026-11-20T09:30:00Z"}, datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ({"creation_time": "2026-11-20T09:30:00+0200"}, datetime(2026, 11, 20, 7, 30, tzinfo=UTC)),
        ({"creation_time": "1970-01-01T00:00:00Z"}, None),
        ({"creation_time": "yesterday"}, None),
        ({"date": "2026"}, None),
    ],
)
def test_when_it_was_recorded(metadata: dict[str, str], expected: datetime | None, save: Save) -> None:
    data = encode(tone(0.5, 16_000), "flac", "flac", 16_000, metadata=metadata)
    assert audio.load(save("a.flac", data)).recorded == expected


def test_a_date_without_zone_is_this_machines(save: Save) -> None:
    data = encode(tone(0.5, 16_000), "flac", "flac", 16_000, metadata={"date": "2026-11-20"})
    recorded = audio.load(save("a.flac", data)).recorded
    assert recorded == datetime(2026, 11, 20).astimezone()
    assert recorded is not None
    assert isinstance(recorded.utcoffset(), timedelta)


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Save) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    loaded = audio.load(save("a.wav", encode(tone(1.0, 16_000), "wav", "pcm_s16le", 16_000)))
    assert not list(temporary.iterdir())  # while the samples are still in use: a killed process leaves nothing either
    assert loaded.samples.any()
