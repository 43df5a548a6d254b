"""Channels to one. In: blocks of (channels, n) float samples. Out: their mixture, and whether it was a good one.

The mixture is the plain average, which can never clip. Three kinds of recordings deserve better, and whether one is
at hand is known only at its end (`Mixer.better`), so the file is then decoded a second time with other weights:
a channel that is silent throughout (a headset on one side) must not make the rest quiet: it is left out;
channels that cancel each other (a microphone wired with opposite polarity): the loudest alone is taken;
floating-point samples far beyond full scale (integers written as floats): the whole is scaled to fit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SILENT = 1e-3  # a channel whose peak is 60 dB below the loudest channel's says nothing
CANCELLED = 0.01  # the mixture's power as a part of the channels' mean power; unrelated voices give 1/channels
OVER = 0.02  # the part of samples beyond full scale that overshoot and glitches of a decoder never reach
WILD = 2.0**33  # beyond every integer scale: not sound but broken bits


class Mixer:
    """Mixes a stream of blocks with the same number of channels and remembers what its weights did to them."""

    def __init__(self, channels: int, weights: NDArray[np.float32] | None = None) -> None:
        self.weights = np.full(channels, 1 / channels, np.float32) if weights is None else weights
        self._peaks = np.zeros(channels)
        self._powers = np.zeros(channels)
        self._power = 0.0
        self._over = 0
        self._count = 0

    def mix(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """(channels, n) to (n,), not yet limited to [-1, 1]."""
        peaks = np.array([max(channel.max(initial=0.0), -channel.min(initial=0.0)) for channel in block])
        if not (peaks <= WILD).all():  # NaN compares false, too
            block = np.where(np.abs(block) <= WILD, block, np.float32(0))
            peaks = np.abs(block).max(axis=1, initial=0.0)
        mixed = block[0] * self.weights[0] if len(block) == 1 else self.weights @ block
        self._peaks = np.maximum(self._peaks, peaks)
        self._powers += [float(np.dot(channel, channel)) for channel in block]
        self._power += float(np.dot(mixed, mixed))
        if (peaks > 1).any():
            self._over += int((np.abs(mixed) > 1).sum())
        self._count += len(mixed)
        return np.asarray(mixed, np.float32)

    def better(self) -> NDArray[np.float32] | None:
        """Weights that suit what was heard better than the average did, or None."""
        heard = self._peaks > SILENT * self._peaks.max(initial=0.0)
        if not self._count or not heard.any():
            return None
        weights = np.where(heard, 1 / heard.sum(), 0.0)
        power = self._power / float(heard.mean()) ** 2  # what the mixture without the silent channels would have
        if heard.sum() > 1 and power < CANCELLED * float(self._powers[heard].mean()):
            weights = np.zeros(len(weights))
            weights[int(self._powers.argmax())] = 1.0
        if self._over > OVER * self._count:
            weights /= float(self._peaks.max())
        changed = weights.astype(np.float32)
        return None if np.array_equal(changed, self.weights) else changed
