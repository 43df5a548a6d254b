"""Dry voices in, a recording in: what a microphone on the table of a small room would hear of them.

Everything is mild and comes from a seed: a voice keeps its place, its tone and its loudness through a recording.
Limits of speech are taken from the dry voice, before the room: a reverberant tail is not speech.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

SAMPLE_RATE = 16_000
SPEECH_DBFS = -23.0
NOISE_DBFS = -68.0
DECAY_SECONDS = 0.28  # RT60 of a carpeted meeting room
CRITICAL_DISTANCE = 2.2  # metres at which room and voice are equally loud
FULL_SCALE = 0.98

Samples = NDArray[np.float32]


def decibels(value: float) -> float:
    """An amplitude factor: 0.5 for -6.02 dB."""
    return float(10.0 ** (value / 20.0))


def loudness(speech: Samples) -> float:
    """RMS (linear) of the 30 ms frames that hold speech, that is of the louder half of the dynamic range."""
    frames = speech[: len(speech) // 480 * 480].reshape(-1, 480)
    rms = np.sqrt(np.mean(frames**2, axis=1)) if len(frames) else np.sqrt(np.mean(speech**2, keepdims=True))
    return float(np.sqrt(np.mean(rms[rms > 0.1 * rms.max()] ** 2)))


class Seat:
    """A place at the table. `sound` gives a dry line as it is heard from there, with the room's tail after it."""

    def __init__(self, *, level: float, distance: float, rng: np.random.Generator) -> None:
        self.level = level
        self.tilt = float(rng.uniform(-2.5, 1.5))
        tail = np.arange(int(DECAY_SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
        reflections = rng.standard_normal(len(tail)) * np.exp(-6.91 * tail / DECAY_SECONDS)
        reflections[: int(0.004 * SAMPLE_RATE)] = 0.0  # nothing comes back before the nearest wall is reached
        reflections *= distance / CRITICAL_DISTANCE / np.sqrt(np.sum(reflections**2))
        reflections[0] = 1.0
        self.response = reflections.astype(np.float32)

    def sound(self, dry: Samples) -> Samples:
        """(n,) dry to (n + tail,) at the seat's loudness."""
        level = decibels(SPEECH_DBFS + self.level) / loudness(dry)
        # A first-order tilt around 1 kHz: the high part is turned by `tilt` decibels.
        low = lfilter(*butter(1, 1000, fs=SAMPLE_RATE), dry)
        toned = low + decibels(self.tilt) * (dry - low)
        heard: Samples = (level * fftconvolve(toned, self.response)).astype(np.float32)
        return heard


def floor(samples: int, rng: np.random.Generator) -> Samples:
    """The noise of an empty room: (samples,), falling by 3 to 6 dB an octave, no rumble."""
    white = rng.standard_normal(samples)
    pinkish = lfilter([1.0], [1.0, -0.85], white)
    quiet = sosfilt(butter(2, 60, "highpass", fs=SAMPLE_RATE, output="sos"), pinkish)
    noise: Samples = (decibels(NOISE_DBFS) / np.sqrt(np.mean(quiet**2)) * quiet).astype(np.float32)
    return noise


def mix(parts: list[tuple[int, Samples]], samples: int, rng: np.random.Generator) -> Samples:
    """All lines at their first samples, over the room's noise: (samples,). Turned down as a whole if it would clip."""
    recording = floor(samples, rng)
    for first, heard in parts:
        end = min(first + len(heard), samples)
        recording[first:end] += heard[: end - first]
    peak = float(np.abs(recording).max())
    return recording * np.float32(min(1.0, FULL_SCALE / peak))
