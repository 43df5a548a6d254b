"""Who speaks in each frame, from what the windows hear and what the pieces sound like. Pure.

The segmentation follows up to three speakers through ten seconds, and where voices are alike, or turns follow each
other quickly, it takes two people for one. So a speaker of a window is not believed as a whole: in every piece that he
has to himself, the piece's own voice has its say, the more the longer it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from meetbot.diarize import cluster
from meetbot.diarize.voices import Voices

EVEN = 1.0
"""Seconds of clean speech at which a piece's own voice counts as much as that of the speaker it belongs to."""
OWN = 0.6
"""A piece belongs to one speaker of a window who is alone for this share of his time in it."""


def means(heard: Voices, find: cluster.Find, *, fewest: int, most: int | None) -> NDArray[np.float32] | None:
    """The mean voice of each person, (people, dimension), or None when no voice is clear enough for any.

    `find` is `cluster.people` or what is compared with it.
    """
    for vectors, seconds in ((heard.stretches, heard.stretch_seconds), (heard.tracks, heard.track_seconds)):
        known = ~np.isnan(vectors).any(axis=-1)
        if known.any():
            return find(cluster.unit(vectors[known]), seconds[known], fewest=fewest, most=most)
    return None


def by_piece(
    heard: Voices, active: NDArray[np.bool_], tracks: NDArray[np.int64], means: NDArray[np.float32], step: int
) -> NDArray[np.int64]:
    """(windows, frames, speakers): who each speaker of each window is, piece by piece; negative is nobody.

    `tracks` (windows, speakers) is who they are as a whole; windows begin every `step` frames.
    """
    windows, frames, speakers = active.shape
    pieces = np.nan_to_num(cluster.unit(heard.stretches)) @ means.T
    whole = np.nan_to_num(cluster.unit(heard.tracks)) @ means.T
    weight = heard.stretch_seconds / (heard.stretch_seconds + EVEN)
    weight[np.isnan(heard.stretches).any(axis=1)] = 0
    who = np.repeat(tracks[:, None, :], frames, axis=1)
    for window in range(windows):
        at = heard.piece_at[window * step : window * step + frames]
        starts = np.flatnonzero(np.diff(at, prepend=-2))
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(at)], strict=True):
            piece = int(at[start])
            if piece < 0 or weight[piece] == 0:
                continue
            mine = active[window, start:end]
            lonely = mine.sum(axis=1) == 1
            for speaker in range(speakers):
                time = mine[:, speaker].sum()
                if time and (mine[:, speaker] & lonely).sum() >= OWN * time:
                    # A track without a vector of its own has nothing to say.
                    own = weight[piece] if tracks[window, speaker] >= 0 else 1.0
                    likeness = own * pieces[piece] + (1 - own) * whole[window, speaker]
                    who[window, start:end, speaker] = likeness.argmax()
    return who


def votes(
    active: NDArray[np.bool_], who: NDArray[np.int64], length: int, people: int, step: int
) -> NDArray[np.float32]:
    """(length, people): how many windows hear each person in each frame. `who` as from `by_piece`."""
    heard = np.zeros((length, people), np.float32)
    frames = active.shape[1]
    for window, (persons, speaking) in enumerate(zip(who, active, strict=True)):
        begin = window * step
        hears = np.zeros((frames, people), bool)
        for speaker in range(speaking.shape[1]):
            rows = np.flatnonzero(speaking[:, speaker] & (persons[:, speaker] >= 0))
            hears[rows, persons[rows, speaker]] = True
        heard[begin : begin + frames] += hears[: max(0, length - begin)]
    return heard


def strongest(heard: NDArray[np.float32], count: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(frames, people): the `count` (frames, 1) people heard most in each frame, of those who are heard at all."""
    order = np.argsort(-heard, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(heard.shape[1])[None], axis=1)
    # Somebody whom no window hears is not made up to fill the count.
    chosen: NDArray[np.bool_] = (rank < count) & (heard > 0)
    return chosen
