"""A call with one party a channel: each channel by itself, echoes silenced; and recordings that are no such call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from meetbot.audio.sides import echoes, leaks, load_sides
from meetbot.errors import UsageError
from tests.unit.audio.media import Signal, encode

Save = Callable[[str, bytes], Path]
RATE = 16_000


def chatter(*spans: tuple[float, float], seed: int, seconds: float = 8.0) -> Signal:
    """Noise in syllables of a fifth of a second where somebody speaks, (n,)."""
    rng = np.random.default_rng(seed)
    found = 1e-4 * rng.normal(size=round(seconds * RATE))
    for start, end in spans:
        for at in np.arange(start, end, 0.2):
            first, last = round(at * RATE), round(min(end, at + 0.2) * RATE)
            found[first:last] += rng.uniform(0.05, 0.15) * rng.normal(size=last - first)
    return found.astype(np.float32)


def call(echo: float) -> Signal:
    """Two people, 0 to 3 s and 2 to 8 s, each heard on the other's channel `echo` times as loud, 50 ms later."""
    sides = np.stack([chatter((0, 3), seed=1), chatter((2, 8), seed=2)])
    return sides + echo * np.roll(sides[::-1], round(0.05 * RATE), axis=1)


@pytest.mark.parametrize("echo", [0.0, 0.05, 0.1])
def test_each_channel_has_its_own_person_alone(save: Save, echo: float) -> None:
    path = save("call.flac", encode(call(echo), "flac", "flac", RATE))
    whole, (left, right) = load_sides(path)
    assert whole.channels == 2
    assert len(whole.samples) == len(left.samples) == len(right.samples)
    assert np.abs(left.window(4, 8)).max() < 0.01  # only the other one speaks
    assert np.abs(right.window(0.2, 1.8)).max() < 0.01
    for side in (left, right):  # both speak
        assert np.mean(side.window(2.2, 2.9) != 0) > 0.95
    assert np.std(right.window(4, 8)) > 0.05


def test_a_channel_with_an_echo_and_nothing_else_is_silent(save: Save) -> None:
    sides = np.stack([chatter((0, 3), (4, 8), seed=1)] * 2)
    sides[1] *= 0.1
    _, (left, right) = load_sides(save("echo.flac", encode(sides, "flac", "flac", RATE)))
    assert np.std(left.window(0, 3)) > 0.05
    assert not right.samples.any()


def test_a_silent_channel_is_nobody(save: Save) -> None:
    sides = np.stack([chatter((0, 3), seed=1), np.zeros(8 * RATE, np.float32)])
    _, (left, right) = load_sides(save("one.flac", encode(sides, "flac", "flac", RATE)))
    assert np.std(left.window(0, 3)) > 0.05
    assert not right.samples.any()


def test_the_same_on_both_channels_is_refused(save: Save) -> None:
    sides = np.stack([chatter((0, 3), (4, 8), seed=1)] * 2)
    with pytest.raises(UsageError, match="same people"):
        load_sides(save("dual.flac", encode(0.7 * sides, "flac", "flac", RATE)))


def test_one_channel_is_refused(save: Save) -> None:
    with pytest.raises(UsageError, match="one channel"):
        load_sides(save("mono.flac", encode(chatter((0, 3), seed=1)[None], "flac", "flac", RATE)))


def test_a_part_of_a_call(save: Save) -> None:
    _, (left, right) = load_sides(save("call.flac", encode(call(0.1), "flac", "flac", RATE)), start=4.0, end=6.0)
    assert (left.start, left.end, right.end) == (4.0, 6.0, 6.0)
    assert np.std(right.window(4, 6)) > 0.05


def test_nothing_is_an_echo_where_all_are_equally_near_their_level() -> None:
    levels = np.random.default_rng(0).uniform(-25, -20, (3, 200)).astype(np.float32)
    assert not leaks(levels).any()
    found = echoes(levels)
    assert found is not None
    assert not found.any()
