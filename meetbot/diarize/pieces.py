"""Where to cut a recording so that, as far as anyone can tell yet, one voice fills each piece. Pure.

CAM++ weighs every frame by the mean of its surroundings (arXiv 2303.00332, section 2.2), so who else speaks nearby
changes a voice's frames. The windows of the segmentation say where voices change before anyone knows whose they are:
cutting there gives each voice surroundings of its own, and leaves out silence, which needs no frames at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

LONGEST = 3.0
"""Seconds; the network was trained on three, and longer pieces cost no less."""
SHORTEST = 1.2
"""Seconds of sound the network sees at least: a shorter piece borrows from both sides."""
CHANGE = 0.4
"""A voice changes where this share of the windows over a moment says so …"""
JITTER = 0.1
"""… give or take this many seconds."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames `start` to `end` are to be had; the network sees `first` to `last` around them. In segmentation frames."""

    start: int
    end: int
    first: int
    last: int


def votes(active: NDArray[np.bool_], offsets: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Per frame of the recording, the share of windows that hear anybody, and that hear a voice change after it.

    `active` is (windows, frames, speakers); window w begins at frame `offsets[w]` of the recording.
    """
    windows, frames, _ = active.shape
    total = int(offsets[-1]) + frames if windows else 0
    cover, speech, changes = (np.zeros(total, np.float32) for _ in range(3))
    for window, offset in zip(active, offsets, strict=True):
        cover[offset : offset + frames] += 1
        speech[offset : offset + frames] += window.any(axis=1)
        changes[offset : offset + frames - 1] += (window[1:] != window[:-1]).any(axis=1)
    cover = np.maximum(cover, 1)
    speech /= cover
    changes /= cover
    return speech, changes


def alone(active: NDArray[np.bool_], begins: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Per frame of the recording, whether most windows over it hear exactly one voice."""
    _, frames, _ = active.shape
    cover, single = (np.zeros(int(begins[-1]) + frames, np.int32) for _ in range(2))
    for window, begin in zip(active, begins, strict=True):
        cover[begin : begin + frames] += 1
        single[begin : begin + frames] += window.sum(axis=1) == 1
    return 2 * single > cover


def cut(speech: NDArray[np.float32], changes: NDArray[np.float32], rate: float) -> list[Piece]:
    """The pieces, in order, that hold all speech. `rate` is frames a second."""
    reach = max(1, round(JITTER * rate))
    near = np.convolve(changes, np.ones(2 * reach + 1, np.float32), mode="same")
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (speech > 0).astype(np.int8), [0]])))
    pieces: list[Piece] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        bounds = [start, *_peaks(near, start, end, reach), end]
        for left, right in pairwise(bounds):
            pieces += between(left, right, len(speech), rate)
    return pieces


def between(start: int, end: int, total: int, rate: float) -> list[Piece]:
    """Pieces of equal length, none longer than LONGEST, that fill frames `start` to `end` of `total`."""
    parts = max(1, -(-(end - start) // round(LONGEST * rate)))
    marks = np.linspace(start, end, parts + 1).round().astype(int).tolist()
    return [_seen(first, last, total, rate) for first, last in pairwise(marks)]


def _seen(first: int, last: int, total: int, rate: float) -> Piece:
    borrow = max(0, -(-(round(SHORTEST * rate) - (last - first)) // 2))
    return Piece(first, last, max(0, first - borrow), min(total, last + borrow))


def _peaks(near: NDArray[np.float32], start: int, end: int, reach: int) -> list[int]:
    """Frames inside [start, end), away from both ends, with the most votes for a change within reach."""
    first, last = start + 2 * reach, end - 2 * reach
    if first >= last:
        return []
    found, _ = find_peaks(near[first:last], height=CHANGE, distance=2 * reach + 1)
    return [int(index) + first + 1 for index in found]
