"""Errors counted, pooled and given an interval: the arithmetic that every metric shares.

A rate of several recordings is the sum of their errors over the sum of their totals, never the mean of their rates:
half a second of speech must not weigh as much as an hour. The interval is a bootstrap over recordings (Bisani and
Ney 2004): resampled with replacement, seeded, the 2.5th and 97.5th percentile of the pooled rate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Score:
    """`errors` of `total` (words, characters, seconds, speakers) by one metric; `detail` splits the errors."""

    metric: str
    errors: float
    total: float
    detail: Mapping[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Errors over total; infinite when there is nothing to be right about, 0 when that was respected."""
        if self.total:
            return self.errors / self.total
        return math.inf if self.errors else 0.0


@dataclass(frozen=True, slots=True)
class Pooled:
    """One metric over `recordings`; `low` and `high` bound the rate with 95 % confidence, None for one recording.

    `rate` is None when there was nothing to be right about and something was said all the same.
    """

    metric: str
    rate: float | None
    low: float | None
    high: float | None
    errors: float
    total: float
    recordings: int
    detail: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """How much lower (negative) or higher a rate is than another's, relative to it, with its 95 % interval."""

    metric: str
    change: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a rate is lower (negative) or higher than another's, as a rate, with its 95 % interval."""

    metric: str
    difference: float | None
    low: float | None
    high: float | None


def pool(rows: Sequence[Sequence[Score]], *, resamples: int = RESAMPLES, seed: int = 0) -> tuple[Pooled, ...]:
    """Every metric over the recordings (rows) that have it, in order of first appearance."""
    metrics = dict.fromkeys(score.metric for row in rows for score in row)
    return tuple(_pooled(metric, _scores(rows, metric), resamples, seed) for metric in metrics)


def relative_change(
    before: Sequence[Sequence[Score]],
    after: Sequence[Sequence[Score]],
    metric: str,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Change:
    """The pooled rate of `after` against that of `before` on the same recordings, row by row.

    Both are resampled together, so what is hard for both does not widen the interval.
    """
    olds, news = _paired(before, after, metric)
    old, new = _rates(olds, resamples, seed), _rates(news, resamples, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = new / old - 1
    low, high = _interval(changes, len(olds))
    base = _sum(metric, olds).rate
    return Change(metric, _sum(metric, news).rate / base - 1 if base else None, low, high)


def difference(
    before: Sequence[Sequence[Score]],
    after: Sequence[Sequence[Score]],
    metric: str,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """The pooled rate of `after` minus that of `before`, resampled together like `relative_change`."""
    olds, news = _paired(before, after, metric)
    with np.errstate(invalid="ignore"):
        low, high = _interval(_rates(news, resamples, seed) - _rates(olds, resamples, seed), len(olds))
    whole = _sum(metric, news).rate - _sum(metric, olds).rate
    return Difference(metric, whole if math.isfinite(whole) else None, low, high)


def _paired(
    before: Sequence[Sequence[Score]], after: Sequence[Sequence[Score]], metric: str
) -> tuple[list[Score], list[Score]]:
    """The scores of the recordings (rows) that have `metric` both before and after."""
    pairs = [
        (first, second)
        for one, other in zip(before, after, strict=True)
        for first in one
        for second in other
        if first.metric == second.metric == metric
    ]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def rise(
    before: Sequence[Score], after: Sequence[Score], *, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float | None, float | None]:
    """The 95 % interval of the pooled rate of `after` minus that of `before`, score by score the same recordings."""
    return _interval(_rates(after, resamples, seed) - _rates(before, resamples, seed), len(before))


def _scores(rows: Sequence[Sequence[Score]], metric: str) -> list[Score]:
    return [score for row in rows for score in row if score.metric == metric]


def _sum(metric: str, scores: Sequence[Score]) -> Score:
    details = dict.fromkeys(key for score in scores for key in score.detail)
    return Score(
        metric,
        sum(score.errors for score in scores),
        sum(score.total for score in scores),
        {key: sum(score.detail.get(key, 0.0) for score in scores) for key in details},
    )


def _pooled(metric: str, scores: Sequence[Score], resamples: int, seed: int) -> Pooled:
    whole = _sum(metric, scores)
    low, high = _interval(_rates(scores, resamples, seed), len(scores))
    rate = whole.rate if math.isfinite(whole.rate) else None
    return Pooled(metric, rate, low, high, whole.errors, whole.total, len(scores), whole.detail)


def _rates(scores: Sequence[Score], resamples: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(resamples,): the pooled rate of as many recordings drawn with replacement."""
    drawn = np.random.default_rng(seed).integers(0, max(len(scores), 1), (resamples, len(scores)))
    errors = np.array([score.errors for score in scores])[drawn].sum(axis=1)
    totals = np.array([score.total for score in scores])[drawn].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(errors / totals)


def _interval(
    rates: np.ndarray[tuple[int], np.dtype[np.float64]], recordings: int
) -> tuple[float | None, float | None]:
    finite = rates[np.isfinite(rates)]
    if recordings < 2 or not len(finite):
        return None, None
    low, high = np.percentile(finite, (2.5, 97.5))
    return float(low), float(high)
