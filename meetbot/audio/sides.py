"""A recording with one party a channel: every channel by itself, without what leaks into it from the others.

A microphone hears the loudspeaker beside it, a telephone line echoes: the other party is then on both channels, and
quieter on the wrong one. So a moment of a channel is silenced where another channel, each measured against the level
of its own speech, is much louder. Two people who talk at once are both near their own level, and both stay.
Concedes: an echo that is less than 10 dB below the voice itself is taken for a voice.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from meetbot import audio
from meetbot.audio import Audio
from meetbot.audio.source import anonymous_file, opened
from meetbot.errors import UsageError
from meetbot.progress import Progress, Silent

FRAME = 320
"""Samples a level is taken of: 20 ms."""
FLOOR = -90.0
"""dB below full scale: less is silence."""
SPEECH = 95
"""Percentile of the levels at which a channel's own speech lies."""
LEAK = 10.0
"""Another channel is this many dB nearer to its level of speech: what this one has is an echo of it."""
NEAR = 15
"""Frames (0.3 s) over which a level is held: the pause inside a word is no pause, and an echo comes late."""
ACTIVE = 15.0
"""A channel is active less than this many dB below its level of speech."""
ALIKE = 0.8
"""Channels whose levels go up and down together (their correlation while any is active) hold the same sound."""
ECHO = 12.0
"""A channel that holds another one's sound, and nothing else, is its echo if it is this many dB quieter."""
ENOUGH = 50
"""Active frames (1 s) below which nothing is said about a pair of channels."""

Levels = NDArray[np.float32]


def load_sides(
    source: str | Path,
    *,
    start: float = 0.0,
    end: float | None = None,
    progress: Progress = Silent(),  # noqa: B008 - stateless
) -> tuple[Audio, tuple[Audio, ...]]:
    """The mixture of `source`, and each of its channels without the others' echo. For the rest, see `audio.load`.

    Raises UsageError (audio.one_channel) for a recording with one channel, or with the same people on several, and
    whatever `audio.load` raises.
    """
    with opened(source) as file:
        whole = audio.decoded(file, start=start, end=end, progress=progress)
        if whole.channels < 2:
            raise _one_channel(f"{file.name} has one channel: there is nothing to split.")
        sides = [
            audio.decoded(file, start=start, end=end, progress=Silent(), channel=channel)
            for channel in range(whole.channels)
        ]
    levels = np.stack([loudness(side.samples) for side in sides])
    alone = echoes(levels)
    if alone is None:
        raise _one_channel(f"The channels of {file.name} hold the same people.")
    silent = alone[:, None] | leaks(levels)
    return whole, tuple(_silenced(side, mute) for side, mute in zip(sides, silent, strict=True))


def loudness(samples: NDArray[np.int16]) -> Levels:
    """(n,) samples to the level of every frame, in dB below full scale."""
    frames = len(samples) // FRAME
    found = np.empty(frames, np.float32)
    block = 30_000  # frames: ten minutes
    for first in range(0, frames, block):
        last = min(frames, first + block)
        part = np.asarray(samples[first * FRAME : last * FRAME], np.float32).reshape(-1, FRAME) / np.float32(32768)
        found[first:last] = 10 * np.log10((part * part).mean(axis=1) + 10 ** (FLOOR / 10))
    return found


def leaks(levels: Levels) -> NDArray[np.bool_]:
    """(channels, frames): where a channel has but the echo of a louder one. `levels` in dB, (channels, frames)."""
    held = maximum_filter1d(levels - _speech(levels)[:, None], NEAR, axis=1)
    others = [np.delete(held, channel, axis=0).max(axis=0) for channel in range(len(held))]
    silent: NDArray[np.bool_] = np.stack(others) - held > LEAK
    return silent


def echoes(levels: Levels) -> NDArray[np.bool_] | None:
    """(channels,): which have nothing but the echo of another one. None when two hold the same, equally loud."""
    speech = _speech(levels)
    active = levels > np.maximum(speech[:, None] - ACTIVE, FLOOR + 20)
    found = np.zeros(len(levels), bool)
    for one in range(len(levels)):
        for other in range(one):
            either = active[one] | active[other]
            pair = levels[[one, other]][:, either]
            # A level that does not move (silence, a hum) goes with nothing.
            if either.sum() < ENOUGH or (pair.std(axis=1) < 1).any() or _together(*pair) < ALIKE:
                continue
            if abs(speech[one] - speech[other]) < ECHO:
                return None
            found[one if speech[one] < speech[other] else other] = True
    return found


def _speech(levels: Levels) -> Levels:
    """(channels,): how loud speech is on each, at least a little above silence."""
    loud = np.percentile(levels, SPEECH, axis=1) if levels.shape[1] else np.full(len(levels), FLOOR)
    found: Levels = np.maximum(loud, FLOOR + 30).astype(np.float32)
    return found


def _together(one: Levels, other: Levels) -> float:
    """The correlation of two levels, (frames,) each."""
    one, other = one - one.mean(), other - other.mean()
    return float(np.dot(one, other) / (np.linalg.norm(one) * np.linalg.norm(other)))


def _silenced(side: Audio, mute: NDArray[np.bool_]) -> Audio:
    """`side` with the frames of `mute` silent, in a file without a name."""
    if not mute.any():
        return side
    with anonymous_file() as file:
        samples = np.memmap(file, np.int16, "w+", shape=side.samples.shape)
        block = 30_000
        for first in range(0, len(mute) + 1, block):
            part = np.array(side.samples[first * FRAME : (first + block) * FRAME])
            off = np.repeat(mute[first : first + block], FRAME)
            part[: len(off)][off] = 0
            samples[first * FRAME : first * FRAME + len(part)] = part
    return replace(side, samples=samples)


def _one_channel(message: str) -> UsageError:
    return UsageError(message, hint="Leave --channels split out.", kind="one_channel")
