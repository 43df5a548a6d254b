"""Other ways from voices to people, to compare `diarize.cluster` with: plain average link, spectral, VBx. Pure.

Each takes what `cluster.people` takes and leaves out the same ghosts, so that only the finding differs. Spectral after
Ng, Jordan and Weiss (2001) with the number of people from the largest gap of the Laplacian's eigenvalues; VBx after
Landini et al. (2022, arXiv 2012.14952), by pyannote's implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.cluster.vq import kmeans2
from scipy.linalg import eigh

from meetbot.audio import SAMPLE_RATE
from meetbot.diarize.cluster import ClusterOptions, Find, Vectors, mean_voices, sure, unit, without_ghosts
from meetbot.diarize.voices import Voices
from meetbot.diarize.windows import FRAME
from meetbot.domain import Turn

Groups = NDArray[np.int64]

OPTIONS = ClusterOptions()
SHRUNK = 0.2
"""How far the within-person covariance of few people is drawn towards a sphere."""
PURE = 0.8
"""A piece of which the reference gives this share to one person, and hardly any to others, teaches the PLDA."""


def average(join: float) -> Find:
    """Average link alone, cut where the mean cosine falls below `join`."""
    return _finder(lambda vectors: fcluster(linkage(vectors, "average", "cosine"), 1 - join, "distance") - 1)


def spectral(neighbours: float, most: int = 15) -> Find:
    """k-means of the eigenvectors of a graph in which everybody keeps this share of `neighbours`."""

    def group(vectors: Vectors) -> Groups:
        count = len(vectors)
        if count < 3:
            return np.zeros(count, np.int64)
        likeness = vectors @ vectors.T
        least = np.sort(likeness, axis=1)[:, -max(2, int(count * neighbours))]
        graph = np.where(likeness >= least[:, None], np.maximum(likeness, 0), 0)
        graph = (graph + graph.T) / 2
        np.fill_diagonal(graph, 0)
        values, axes = np.linalg.eigh(np.diag(graph.sum(axis=1)) - graph)
        people = int(np.diff(values[: min(most, count - 1) + 1]).argmax()) + 1
        if people == 1:
            return np.zeros(count, np.int64)
        found: Groups = kmeans2(axes[:, :people], people, minit="++", seed=0)[1].astype(np.int64)
        return found

    return _finder(group)


@dataclass(frozen=True, slots=True)
class PLDA:
    """`mean` (192,), `axes` (192, k) that whiten what differs within a person, `between` (k,) variance of people."""

    mean: NDArray[np.float64]
    axes: NDArray[np.float64]
    between: NDArray[np.float64]


def learn(vectors: Vectors, people: Sequence[str], most: int = 12) -> PLDA:
    """Two covariances of unit `vectors` (n, 192) of known `people`. Raises ValueError for fewer than three people."""
    names = [name for name in dict.fromkeys(people) if list(people).count(name) >= 3]
    if len(names) < 3:
        raise ValueError(f"a PLDA needs three people with three pieces each, not {len(names)}")
    mean, which, size = vectors.mean(axis=0), np.array(people), vectors.shape[1]
    within, between, count = np.zeros((size, size)), np.zeros((size, size)), 0
    for name in names:
        mine = vectors[which == name]
        centre = mine.mean(axis=0)
        within += (mine - centre).T @ (mine - centre)
        between += np.outer(centre - mean, centre - mean)
        count += len(mine)
    within /= count
    within = (1 - SHRUNK) * within + SHRUNK * np.trace(within) / size * np.eye(size)
    values, axes = eigh(between / len(names), within)
    kept = min(most, len(names) - 1)
    return PLDA(mean, axes[:, ::-1][:, :kept], values[::-1][:kept])


def vbx(plda: PLDA, init: float = 0.5, fa: float = 0.1, fb: float = 1.0) -> Find:
    """VBx from the groups of average link cut at `init`."""

    def group(vectors: Vectors) -> Groups:
        from pyannote.audio.utils.vbx import cluster_vbx

        begun = fcluster(linkage(vectors, "average", "cosine"), 1 - init, "distance") - 1
        projected = (vectors - plda.mean) @ plda.axes
        shares, priors = cluster_vbx(begun, projected, plda.between, fa, fb)  # type: ignore[no-untyped-call]
        found: Groups = shares[:, priors > 1e-7].argmax(axis=1)
        return found

    return _finder(group)


def labelled(heard: Voices, turns: Sequence[Turn]) -> tuple[Vectors, list[str]]:
    """The pieces of a recording that are one person's by its reference `turns`, and whose."""
    chosen, people = [], []
    for piece, seconds in enumerate(heard.stretch_seconds):
        frames = np.flatnonzero(heard.piece_at == piece) * FRAME / SAMPLE_RATE
        if seconds < OPTIONS.clean or not len(frames) or np.isnan(heard.stretches[piece]).any():
            continue
        start, end = frames[0], frames[-1]
        shared: dict[str, float] = {}
        for turn in turns:
            time = min(end, turn.end) - max(start, turn.start)
            if time > 0:
                shared[turn.speaker] = shared.get(turn.speaker, 0.0) + time
        most = max(shared.values(), default=0.0)
        if most >= PURE * (end - start) and sum(shared.values()) - most < 0.1 * (end - start):
            chosen.append(piece)
            people.append(max(shared, key=lambda name: shared[name]))
    return unit(heard.stretches[chosen]), people


def _finder(group: Callable[[Vectors], Groups]) -> Find:
    def find(vectors: Vectors, seconds: NDArray[np.float64], *, fewest: int = 1, most: int | None = None) -> Vectors:
        chosen = sure(seconds, OPTIONS, fewest)
        vectors, seconds = vectors[chosen], seconds[chosen]
        groups = group(vectors) if len(vectors) > 1 else np.zeros(1, np.int64)
        groups = np.unique(groups, return_inverse=True)[1]
        groups = np.unique(without_ghosts(vectors, seconds, groups, OPTIONS), return_inverse=True)[1]
        return mean_voices(vectors, seconds, groups)

    return find
