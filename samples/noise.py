"""A seed in, half an hour without a word out: silence, room noise, mains hum, keyboard and music, five minutes of each.

    uv run --group samples python -m samples.noise noise.flac            # 30 minutes; --minutes 5 for a short one

For measuring invented text: every word in the transcript of this is wrong. Writes the FLAC and, beside it, an empty
STM and RTTM. All of it is synthesised here; the music is chords, bass and a plucked tune, without a voice.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from samples.room import decibels, floor

SAMPLE_RATE = 16_000
BLOCK_SECONDS = 30  # kinds change every half minute, so that each is met in every context

Samples = NDArray[np.float32]
Source = Callable[[int, np.random.Generator], Samples]


def silence(samples: int, rng: np.random.Generator) -> Samples:
    """Digital silence, with the last bit dithered as converters do."""
    return (rng.integers(-1, 2, samples) / 32768).astype(np.float32)


def room(samples: int, rng: np.random.Generator) -> Samples:
    """An air conditioner: broad noise at about -45 dBFS whose level and colour drift slowly."""
    drift = 1 + 0.4 * np.sin(2 * np.pi * np.arange(samples) / SAMPLE_RATE / rng.uniform(4, 9) + rng.uniform(0, 6))
    rumble = sosfilt(butter(2, [80, 900], "bandpass", fs=SAMPLE_RATE, output="sos"), rng.standard_normal(samples))
    air: Samples = (decibels(-45) * drift * rumble / np.std(rumble) + 4 * floor(samples, rng)).astype(np.float32)
    return air


def hum(samples: int, rng: np.random.Generator) -> Samples:
    """50 or 60 Hz mains with odd harmonics at about -35 dBFS, as a bad cable brings it."""
    mains = rng.choice([50.0, 60.0])
    time = np.arange(samples) / SAMPLE_RATE
    waves = sum(np.sin(2 * np.pi * mains * odd * time + rng.uniform(0, 6)) / odd for odd in (1, 3, 5, 7, 9))
    buzz: Samples = (decibels(-35) * waves + floor(samples, rng)).astype(np.float32)
    return buzz


def keyboard(samples: int, rng: np.random.Generator) -> Samples:
    """Somebody types: bursts of 3 to 9 keys a second, each key a click down and a softer one up."""
    typed = floor(samples, rng).astype(np.float64)
    time = rng.uniform(0, 1)
    while time < samples / SAMPLE_RATE - 0.2:
        for _ in range(rng.integers(3, 40)):
            for delay, loudness in ((0.0, 1.0), (rng.uniform(0.06, 0.11), 0.45)):
                first = int((time + delay) * SAMPLE_RATE)
                length = min(400, samples - first)
                if length <= 0:
                    break
                decay = np.exp(-np.arange(length) / rng.uniform(25, 70))
                click = lfilter([1, -0.7], [1], rng.standard_normal(length)) * decay
                typed[first : first + length] += decibels(-20) * loudness * rng.uniform(0.4, 1) * click
            time += rng.uniform(0.11, 0.33)
        time += rng.uniform(0.5, 4)
    return typed.astype(np.float32)


def music(samples: int, rng: np.random.Generator) -> Samples:
    """Four chords over and over, a bass, and a tune of plucked strings (Karplus and Strong 1983)."""
    beat = 60 / rng.uniform(84, 126)
    key = rng.integers(45, 57)
    chords = rng.permutation([(0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14)])
    scale = np.array([0, 2, 4, 7, 9, 12, 14, 16]) + 12
    song = floor(samples, rng).astype(np.float64)
    for number in range(int(samples / SAMPLE_RATE / beat) + 1):
        chord = chords[number // 4 % 4]
        first = int(number * beat * SAMPLE_RATE)
        if number % 4 == 0:
            for note in chord:
                _add(song, first, 0.05 * _organ(key + note, 4 * beat))
        _add(song, first, 0.12 * _string(key + chord[0] - 12, beat, rng))
        if rng.random() < 0.8:
            _add(song, first, 0.10 * _string(key + rng.choice(scale), 2 * beat, rng))
        if rng.random() < 0.4:
            _add(song, first + int(beat / 2 * SAMPLE_RATE), 0.08 * _string(key + rng.choice(scale), beat, rng))
    return np.clip(song, -0.98, 0.98).astype(np.float32)


SOURCES: dict[str, Source] = {"silence": silence, "room": room, "hum": hum, "keyboard": keyboard, "music": music}


def without_words(seconds: float, seed: int, kinds: tuple[str, ...] = tuple(SOURCES)) -> Samples:
    """`seconds` of the `kinds` in turn, half a minute of each at a time: (n,) float32 at 16 kHz."""
    rng = np.random.default_rng(seed)
    blocks: list[Samples] = []
    left = round(seconds * SAMPLE_RATE)
    while left > 0:
        size = min(left, BLOCK_SECONDS * SAMPLE_RATE)
        blocks.append(SOURCES[kinds[len(blocks) % len(kinds)]](size, rng))
        left -= size
    return np.concatenate(blocks)


def _add(song: NDArray[np.float64], first: int, note: NDArray[np.float64]) -> None:
    end = min(first + len(note), len(song))
    if first < end:
        song[first:end] += note[: end - first]


def _frequency(note: int) -> float:
    """Of a MIDI note number, Hz."""
    return float(440 * 2 ** ((note - 69) / 12))


def _organ(note: int, seconds: float) -> NDArray[np.float64]:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = sum(np.sin(2 * np.pi * _frequency(note) * harmonic * time) / harmonic**1.5 for harmonic in range(1, 6))
    envelope = np.minimum(1, np.minimum(time / 0.08, (seconds - time) / 0.12))
    return np.asarray(tone * envelope, dtype=np.float64)


def _string(note: int, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A delay line of one period, filled with noise, that loses its treble with every round."""
    period = round(SAMPLE_RATE / _frequency(note))
    pluck = np.zeros(int(seconds * SAMPLE_RATE))
    pluck[:period] = rng.uniform(-1, 1, period)
    loop = np.zeros(period + 2)
    loop[0], loop[period], loop[period + 1] = 1.0, -0.498, -0.498
    return np.asarray(lfilter([1.0], loop, pluck) * np.linspace(1, 0, len(pluck)), dtype=np.float64)


def main() -> None:
    """Write the recording named on the command line."""
    import soundfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=30)
    parser.add_argument("--only", choices=list(SOURCES), help="one kind instead of all in turn")
    arguments = parser.parse_args()
    kinds = (arguments.only,) if arguments.only else tuple(SOURCES)
    recording = without_words(60 * arguments.minutes, arguments.seed, kinds)
    soundfile.write(arguments.output, recording, SAMPLE_RATE, subtype="PCM_16")
    for suffix in (".stm", ".rttm"):
        arguments.output.with_suffix(suffix).write_text("", encoding="utf-8")
    print(f"{arguments.output}: {len(recording) / SAMPLE_RATE:.0f} s, no words")


if __name__ == "__main__":
    main()
