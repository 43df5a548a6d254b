"""Channels mixed so that nothing is lost, and times that agree with a player's."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

from meetbot import audio
from meetbot.audio.mix import Mixer
from tests.unit.audio.media import Signal, encode, tone

Save = Callable[[str, bytes], Path]


def level(path: Path) -> float:
    """The root mean square of a second in the middle."""
    return float(np.sqrt(np.mean(audio.load(path).window(0.5, 1.5) ** 2)))


def test_a_silent_channel_does_not_make_the_other_quiet(save: Save) -> None:
    sides = tone(2.0, 48_000, 2)
    sides[1] = 0
    assert level(save("a.flac", encode(sides, "flac", "flac", 48_000))) == pytest.approx(0.3536, rel=0.01)
    sides[1] = 1e-4 * np.random.default_rng(0).normal(size=sides.shape[1])  # nor one with only a preamplifier's hiss
    assert level(save("b.flac", encode(sides, "flac", "flac", 48_000))) == pytest.approx(0.3536, rel=0.01)


def test_one_voice_of_six_channels(save: Save) -> None:
    sides = np.zeros((6, 96_000), np.float32)
    sides[2] = tone(2.0, 48_000)[0]
    assert level(save("a.flac", encode(sides, "flac", "flac", 48_000))) == pytest.approx(0.3536, rel=0.01)


def test_sixteen_channels_of_a_microphone_array(tmp_path: Path) -> None:
    wave = np.tile(tone(1.0, 16_000), (16, 1)).T
    wavfile.write(tmp_path / "a.wav", 16_000, wave)
    assert np.abs(audio.load(tmp_path / "a.wav").window(0, 1) - wave[:, 0]).max() < 1e-4


def test_channels_of_opposite_polarity_do_not_cancel(save: Save) -> None:
    sides = tone(2.0, 48_000, 2)
    sides[1] *= -0.9
    assert level(save("a.flac", encode(sides, "flac", "flac", 48_000))) > 0.3


def test_two_people_on_two_channels_are_both_heard(save: Save) -> None:
    sides = tone(2.0, 16_000, 2)
    sides[0, 16_000:] = 0
    sides[1, :16_000] = 0
    loaded = audio.load(save("a.flac", encode(sides, "flac", "flac", 16_000)))
    for start in (0.2, 1.2):
        assert np.abs(loaded.window(start, start + 0.5)).max() == pytest.approx(0.25, rel=0.01)


@pytest.mark.parametrize("scale", [2.2, 32768.0])
def test_floats_beyond_full_scale_are_scaled_not_clipped(scale: float, save: Save) -> None:
    data = encode(tone(2.0, 16_000) * np.float32(scale), "wav", "pcm_f32le", 16_000)
    loaded = audio.load(save("a.wav", data))
    assert np.abs(loaded.window(0.5, 1.5) - 2 * tone(2.0, 16_000)[0, 8000:24_000]).max() < 1e-3


def test_broken_numbers_are_silence_and_overshoot_is_limited(save: Save) -> None:
    signal = tone(2.0, 16_000)
    signal[0, 1000], signal[0, 2000], signal[0, 3000], signal[0, 4000] = np.nan, np.inf, 1e30, 1.5
    loaded = audio.load(save("a.wav", encode(signal, "wav", "pcm_f32le", 16_000)))
    assert [int(loaded.samples[at]) for at in (1000, 2000, 3000, 4000)] == [0, 0, 0, 32767]
    assert np.abs(loaded.window(1.0, 2.0) - signal[0, 16_000:]).max() < 1e-4


@given(channels=st.integers(1, 8), seed=st.integers(0, 1000))
def test_the_average_cannot_clip_and_is_kept_for_ordinary_recordings(channels: int, seed: int) -> None:
    block = np.random.default_rng(seed).uniform(-1, 1, (channels, 2000)).astype(np.float32)
    mixer = Mixer(channels)
    mixed = mixer.mix(block)
    assert np.abs(mixed).max() <= 1
    assert np.allclose(mixed, block.mean(axis=0), atol=1e-6)
    assert mixer.better() is None


def packets(parts: list[tuple[float, Signal]], container: str = "matroska") -> bytes:
    """Parts of sound that begin at the given seconds of one 16 kHz track."""
    with NamedTemporaryFile() as target, av.open(target.name, "w", format=container) as output:
        stream: Any = output.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for start, part in parts:
            for at in range(0, part.shape[1], 1600):
                block = np.rint(part[:, at : at + 1600] * 32767).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="s16", layout="mono")
                frame.sample_rate, frame.time_base = 16_000, Fraction(1, 16_000)
                frame.pts = round(start * 16_000) + at
                output.mux(stream.encode(frame))
        output.close()
        return Path(target.name).read_bytes()


def test_a_gap_in_the_timestamps_is_silence(save: Save) -> None:
    sound = tone(1.0, 16_000)
    loaded = audio.load(save("a.mkv", packets([(0.0, sound), (2.5, sound)])))
    assert loaded.duration == pytest.approx(3.5, abs=0.01)
    assert np.abs(loaded.window(1.05, 2.45)).max() == 0
    assert np.abs(loaded.window(2.6, 3.4) - sound[0, 1600:14_400]).max() < 0.05


def test_sound_that_begins_after_the_picture(save: Save) -> None:
    assert audio.load(save("a.mkv", film(sound_from=1.5, sound_for=1.0))).duration == pytest.approx(2.5, abs=0.01)


def test_joined_streams_follow_each_other(save: Save) -> None:
    data = encode(tone(2.0, 48_000), "ogg", "libopus", 48_000)
    loaded = audio.load(save("a.ogg", data + data))
    assert loaded.duration == pytest.approx(4.0, abs=0.05)
    assert np.sqrt(np.mean(loaded.window(2.5, 3.5) ** 2)) == pytest.approx(0.35, rel=0.05)


def test_a_change_of_channels_on_the_way(save: Save) -> None:
    plain = {"write_xing": "0", "id3v2_version": "0"}
    mono = encode(tone(2.0, 44_100, 1), "mp3", "mp3", 44_100, options=plain)
    stereo = encode(tone(2.0, 44_100, 2), "mp3", "mp3", 44_100, options=plain)
    loaded = audio.load(save("a.mp3", mono + stereo))
    assert loaded.duration == pytest.approx(4.08, abs=0.1)
    assert np.sqrt(np.mean(loaded.window(2.5, 3.5) ** 2)) == pytest.approx(0.35, rel=0.1)


def film(sound_from: float, sound_for: float) -> bytes:
    """Four seconds of picture, and sound for a part of them."""
    with NamedTemporaryFile() as target, av.open(target.name, "w", format="matroska") as output:
        video: Any = output.add_stream("mpeg4", rate=5)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        sound: Any = output.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for index in range(20):
            picture = av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), format="yuv420p")
            picture.pts, picture.time_base = index, Fraction(1, 5)
            output.mux(video.encode(picture))
        output.mux(video.encode(None))
        block = np.ones((1, round(16_000 * sound_for)), np.int16)
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16_000, round(16_000 * sound_from), Fraction(1, 16_000)
        output.mux(sound.encode(frame))
        output.close()
        return Path(target.name).read_bytes()


def test_sound_that_ends_before_the_picture_is_not_cut_off(save: Save) -> None:
    assert audio.load(save("a.mkv", film(sound_from=0.0, sound_for=1.0))).duration == 1.0
