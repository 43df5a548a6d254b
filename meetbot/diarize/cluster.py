"""Voice vectors to people: how many there are and who is who. Pure.

Agglomerative clustering (average cosine) of the vectors that hold enough clean speech, cut low enough that nobody
is mixed with anybody; then the groups, whose means are far surer than single vectors, are merged by a second,
stricter look; groups with too little speech to be a person are dissolved; and every vector goes to the nearest mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import linear_sum_assignment

Vectors = NDArray[np.float32]


class Find(Protocol):
    """What `people` does: voices (n, dimension) and their seconds of clean speech to one mean voice a person."""

    def __call__(
        self, vectors: Vectors, seconds: NDArray[np.float64], *, fewest: int = 1, most: int | None = None
    ) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Cosines are of unit vectors; speech in seconds. Tuned on development data only: see docs/diarization.md."""

    join: float = 0.55
    """Vectors join a group while their average cosine to it is at least this …"""
    merge: float = 0.8
    """… and groups become one person while their means' cosine, made good for little speech, is at least this."""
    doubt: float = 3.0
    """A mean of this many seconds is half noise: two of one person's are then less alike than their voices are."""
    clean: float = 0.65
    """A vector with this much clean speech takes part in finding the people."""
    person: float = 3.5
    """A group with less clean speech than this is a ghost …"""
    brief: float = 0.03
    """… but one that is unlike everybody who is a person is one, too, if it has this share of all clean speech …"""
    least: float = 0.8
    """… and at least this much …"""
    unlike: tuple[float, float] = (0.3, 0.5)
    """… its mean's cosine to each of theirs being below the first; from there to the second it needs ever more speech,
    up to `person`."""
    share: float = 0.003
    """In a long recording a group with less than this share of all clean speech is a ghost, whatever it is like."""
    most: int = 4000
    """With more vectors than this, people are looked for in an even sample of them (memory grows with the square)."""


def people(
    vectors: Vectors,
    seconds: NDArray[np.float64],
    options: ClusterOptions = ClusterOptions(),
    *,
    fewest: int = 1,
    most: int | None = None,
) -> Vectors:
    """The mean voice of each person, unit length, (people, dimension): between `fewest` and `most` of them.

    `vectors` (n, dimension) of unit length and how much clean speech each holds, n > 0. Fewer than `fewest` come
    back only when there are fewer vectors.
    """
    chosen = sure(seconds, options, fewest)
    vectors, seconds = vectors[chosen], seconds[chosen]
    if len(vectors) == 1 or most == 1:
        return mean_voices(vectors, seconds, np.zeros(len(vectors), np.int64))
    tree = linkage(vectors, method="average", metric="cosine")
    groups = fcluster(tree, 1 - options.join, criterion="distance") - 1
    groups = _merged(vectors, seconds, groups, options)
    groups = without_ghosts(vectors, seconds, groups, options)
    found = int(groups.max()) + 1
    if found < fewest:
        groups = _exactly(tree, min(fewest, len(vectors)), seconds, options)
    elif most is not None and found > most:
        groups = _at_most(vectors, seconds, groups, most)
    means = mean_voices(vectors, seconds, groups)
    for _ in range(3):
        nearest = np.argmax(vectors @ means.T, axis=1)
        if len(np.unique(nearest)) < len(means):
            break
        groups, means = nearest, mean_voices(vectors, seconds, nearest)
    # With every vector where it belongs, two groups can turn out to be one person who sounded unlike himself at first.
    once_more = _merged(vectors, seconds, groups, options)
    return mean_voices(vectors, seconds, once_more) if fewest <= once_more.max() + 1 <= groups.max() else means


def assign(vectors: Vectors, means: Vectors, slack: float = 0.35) -> NDArray[np.int64]:
    """Who each local speaker is: `vectors` (windows, speakers, dimension), NaN where unknown, to (windows, speakers).

    Two speakers of one window are two people, unless that would send one of them to a mean that is further away
    than the nearest by more than `slack` (then the segmentation heard one person as two). Unknown ones are -1.
    """
    known = np.isfinite(vectors.sum(axis=2))
    likeness = np.nan_to_num(vectors) @ means.T
    people = np.where(known, likeness.argmax(axis=2), -1)
    for window in range(len(vectors)):
        rows = np.flatnonzero(known[window])
        if len(rows) < 2 or len(set(people[window, rows].tolist())) == len(rows):
            continue
        score = likeness[window, rows]
        chosen, columns = linear_sum_assignment(score, maximize=True)
        for row, column in zip(chosen.tolist(), columns.tolist(), strict=True):
            if score[row, column] >= score[row].max() - slack:
                people[window, rows[row]] = column
    return people


def unit(vectors: Vectors) -> Vectors:
    """`vectors` scaled to length one along the last axis."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return scaled


def sure(seconds: NDArray[np.float64], options: ClusterOptions, fewest: int) -> NDArray[np.int64]:
    """The vectors to find people with: enough clean speech, or the best there are; an even sample of too many."""
    chosen = np.flatnonzero(seconds >= options.clean)
    if len(chosen) < max(3, fewest):
        chosen = np.sort(np.argsort(-seconds, kind="stable")[: max(3, fewest)])
    if len(chosen) > options.most:
        chosen = chosen[np.linspace(0, len(chosen) - 1, options.most).round().astype(np.int64)]
    return chosen


def mean_voices(vectors: Vectors, seconds: NDArray[np.float64], groups: NDArray[np.int64]) -> Vectors:
    """The mean of each of `groups` (n,), numbered from 0: (groups, dimension), unit length, long vectors for more."""
    weighted = vectors * np.maximum(seconds, 1e-3)[:, None]
    return unit(np.stack([weighted[groups == group].sum(axis=0) for group in range(int(groups.max()) + 1)]))


def _merged(
    vectors: Vectors, seconds: NDArray[np.float64], groups: NDArray[np.int64], options: ClusterOptions
) -> NDArray[np.int64]:
    """`groups` with the most alike pair merged again and again, while it is alike enough.

    Cosines are divided by what noise alone leaves of them (Spearman's correction for attenuation): a mean of s
    seconds is reliable to s / (s + doubt). Else one threshold would split people who say little, or join the others.
    """
    while groups.max() > 0:
        means = mean_voices(vectors, seconds, groups)
        speech = np.bincount(groups, seconds)
        reliable = np.sqrt(speech / (speech + options.doubt))
        likeness = np.triu(means @ means.T / np.outer(reliable, reliable), 1)
        first, second = np.unravel_index(int(likeness.argmax()), likeness.shape)
        if likeness[first, second] < options.merge:
            break
        groups = np.where(groups == second, first, groups)
        groups = np.unique(groups, return_inverse=True)[1]
    return groups


def without_ghosts(
    vectors: Vectors, seconds: NDArray[np.float64], groups: NDArray[np.int64], options: ClusterOptions
) -> NDArray[np.int64]:
    """The groups that are people; members of the others go to the nearest of them.

    Half a second of a voice is already much nearer to its owner's mean than to anybody else's (docs/diarization.md): a
    group that resembles nobody is somebody, one that resembles somebody a little may be that person, badly heard.
    """
    speech = np.bincount(groups, seconds)
    total = speech.sum()
    means = mean_voices(vectors, seconds, groups)
    strange = min(options.person, max(options.least, options.brief * total))
    first, *others = np.argsort(-speech, kind="stable").tolist()
    real = [first]
    for group in others:
        likeness = float((means[real] @ means[group]).max())
        needed = np.interp(likeness, options.unlike, (strange, options.person))
        if speech[group] >= max(needed, options.share * total):
            real.append(group)
    real.sort()
    return np.where(np.isin(groups, real), np.searchsorted(real, groups), np.argmax(vectors @ means[real].T, axis=1))


def _at_most(vectors: Vectors, seconds: NDArray[np.float64], groups: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    while groups.max() + 1 > most:
        means = mean_voices(vectors, seconds, groups)
        likeness = means @ means.T
        np.fill_diagonal(likeness, -2)
        first, second = np.unravel_index(int(likeness.argmax()), likeness.shape)
        groups = np.unique(np.where(groups == second, first, groups), return_inverse=True)[1]
    return groups


def _exactly(
    tree: NDArray[np.float64], count: int, seconds: NDArray[np.float64], options: ClusterOptions
) -> NDArray[np.int64]:
    """`count` groups from the tree: the highest cut whose `count` largest groups all have a person's speech."""
    size = len(tree) + 1
    best = fcluster(tree, count, criterion="maxclust") - 1
    for wanted in range(count, min(size, 6 * count) + 1):
        groups = fcluster(tree, wanted, criterion="maxclust") - 1
        speech = np.bincount(groups, seconds)
        if len(speech) >= count and np.sort(speech)[-count] >= options.person:
            best = groups
            break
    speech = np.bincount(best, seconds)
    large = np.argsort(-speech)[:count]
    # The small ones join whichever large group they merge with first; re-assignment sorts them out.
    place = {int(group): index for index, group in enumerate(large)}
    return np.array([place.get(int(group), 0) for group in best])
