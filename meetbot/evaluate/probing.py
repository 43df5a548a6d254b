"""States of a language model and what is true of the lines they follow, to a linear probe (`meetbot.llm.probe`).

The states are reduced to what varies most (principal components), and penalised logistic regression tells the lines of
which a column holds from the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meetbot.evaluate.fit import newton
from meetbot.llm.probe import Probe

STEPS = 8


@dataclass(frozen=True)
class Reduction:
    """What turns states, those at the end of a line and the means over it, into components of one variance.

    `mean`: (2 widths,); `ends`, `means`: (widths, components).
    """

    mean: NDArray[np.float64]
    ends: NDArray[np.float64]
    means: NDArray[np.float64]

    def features(self, states: NDArray[np.float32]) -> NDArray[np.float64]:
        """(lines, 3 components) of one text: each line's end, the next one's, and the line's mean."""
        width = len(self.ends)
        ends, means = (states[:, :width] - self.mean[:width]) @ self.ends, self.about(states)
        return np.concatenate([ends, np.append(ends[1:], np.zeros((1, ends.shape[1])), axis=0), means], axis=1)

    def about(self, states: NDArray[np.float32]) -> NDArray[np.float64]:
        """(lines, components) of the lines' means."""
        found: NDArray[np.float64] = (states[:, len(self.ends) :] - self.mean[len(self.ends) :]) @ self.means
        return found


def reduction(states: Sequence[NDArray[np.float32]], components: int) -> Reduction:
    """The reduction of all `states`, each (lines, 2 widths), to `components` each of ends and means."""
    every = np.concatenate(states)
    width = every.shape[1] // 2
    mean = every.mean(axis=0, dtype=np.float64)
    reduce = []
    for part in (slice(0, width), slice(width, 2 * width)):
        centred = every[:, part] - mean[part]
        scale = centred.std(axis=0) + 1e-3
        variance, axes = np.linalg.eigh((centred / scale).T @ (centred / scale) / len(every))
        reduce.append(axes[:, ::-1][:, :components] / np.sqrt(variance[::-1][:components]) / scale[:, None])
    return Reduction(mean, *reduce)


def probe(
    layers: Sequence[int],
    states: Sequence[NDArray[np.float32]],
    marked: NDArray[np.bool_],
    counts: NDArray[np.bool_],
    reduced: Reduction,
    *,
    penalty: float,
    subject: NDArray[np.float64] | None = None,
) -> Probe:
    """The probe that tells what is `marked`, (columns, all lines), from what is not, of the lines that count."""
    width, columns = len(reduced.ends), len(marked)
    rows = np.concatenate([reduced.features(one) for one in states])
    weights, bias, last = np.zeros((2 * width, 2 * columns)), np.zeros(columns), np.zeros(columns)
    for column in range(columns):
        found = _logistic(rows[counts[column]], marked[column][counts[column]], penalty)
        here, after, about = np.split(found[:-1], 3)
        weights[:width, 2 * column] = reduced.ends @ here
        weights[width:, 2 * column] = reduced.means @ about
        weights[:width, 2 * column + 1] = reduced.ends @ after
        last[column] = reduced.mean[:width] @ weights[:width, 2 * column + 1]
        bias[column] = found[-1] - reduced.mean @ weights[:, 2 * column] - last[column]
    directions = np.zeros((width, 0)) if subject is None else subject
    parts = (one.astype(np.float32) for one in (weights, bias, last, directions))
    return Probe(np.array(layers), *parts)


def average_precision(likely: NDArray[np.float64], evidence: NDArray[np.bool_]) -> float:
    """The mean precision at every line that is evidence, likeliest first."""
    right = evidence[np.argsort(-likely, kind="stable")]
    return float((np.cumsum(right) / np.arange(1, len(right) + 1))[right].mean())


def _logistic(rows: NDArray[np.float64], wanted: NDArray[np.bool_], penalty: float) -> NDArray[np.float64]:
    """The weights of `rows`, and a bias behind them, which alone is not penalised."""
    rows = np.append(rows, np.ones((len(rows), 1)), axis=1)
    return newton(rows, wanted, np.append(np.full(rows.shape[1] - 1, penalty), 1e-6), STEPS)
