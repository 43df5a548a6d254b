"""Pooling: errors are added up before they are divided; intervals cover what they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetbot.evaluate.scores import Score, difference, pool, relative_change


def test_errors_are_pooled_not_rates_averaged() -> None:
    rows = [[Score("WER", 1, 1)], [Score("WER", 10, 99, {"deletions": 10})]]
    (pooled,) = pool(rows)
    assert pooled.rate == pytest.approx(0.11)
    assert (pooled.errors, pooled.total, pooled.recordings, pooled.detail) == (11, 100, 2, {"deletions": 10})


def test_recordings_without_a_metric_are_left_out_of_it() -> None:
    found = {one.metric: one for one in pool([[Score("WER", 1, 10), Score("DER", 2, 4)], [Score("DER", 2, 4)]])}
    assert (found["WER"].recordings, found["DER"].recordings) == (1, 2)
    assert found["WER"].low is None


def test_the_interval_is_the_same_every_time_and_covers_the_truth() -> None:
    generator = np.random.default_rng(0)
    inside = 0
    for seed in range(40):
        rows = [[Score("WER", int(generator.binomial(50, 0.2)), 50)] for _ in range(30)]
        (pooled,) = pool(rows, seed=seed)
        assert pool(rows, seed=seed) == (pooled,)
        assert pooled.low is not None
        assert pooled.high is not None
        inside += pooled.low <= 0.2 <= pooled.high
    assert inside >= 34  # of 40, at 95 %


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 50)), min_size=2, max_size=20))
def test_the_rate_lies_between_the_extremes(counts: list[tuple[int, int]]) -> None:
    (pooled,) = pool([[Score("WER", *count)] for count in counts])
    rates = [errors / total for errors, total in counts]
    assert pooled.rate is not None
    assert pooled.low is not None
    assert pooled.high is not None
    assert min(rates) - 1e-9 <= pooled.low <= pooled.high <= max(rates) + 1e-9
    assert min(rates) - 1e-9 <= pooled.rate <= max(rates) + 1e-9


def test_nothing_to_be_right_about() -> None:
    assert Score("WER", 0, 0).rate == 0
    assert Score("WER", 3, 0).rate == math.inf
    (pooled,) = pool([[Score("WER", 3, 0)]])
    assert pooled.rate is None


def test_a_change_is_measured_on_the_same_recordings() -> None:
    """Every recording is exactly a third better, however different they are: no doubt about the change."""
    before = [[Score("cpWER", errors, 100)] for errors in (3, 30, 90)]
    after = [[Score("cpWER", errors * 2 / 3, 100)] for errors in (3, 30, 90)]
    change = relative_change(before, after, "cpWER")
    assert (change.change, change.low, change.high) == pytest.approx((-1 / 3, -1 / 3, -1 / 3))


def test_a_difference_is_measured_on_the_same_recordings() -> None:
    """Every recording is exactly five points worse, however different they are: no doubt about the difference."""
    before = [[Score("WER", errors, 100)] for errors in (3, 30, 90)]
    after = [[Score("WER", errors + 5, 100)] for errors in (3, 30, 90)]
    found = difference(before, after, "WER")
    assert (found.difference, found.low, found.high) == pytest.approx((0.05, 0.05, 0.05))


def test_a_difference_pools_errors_and_its_interval_covers_what_recordings_say() -> None:
    before, after = [[Score("WER", 10, 100)], [Score("WER", 1, 10)]], [[Score("WER", 30, 100)], [Score("WER", 0, 10)]]
    found = difference(before, after, "WER")
    assert (found.difference, found.low, found.high) == pytest.approx((19 / 110, -0.1, 0.2))


def test_one_recording_has_a_difference_without_an_interval() -> None:
    found = difference([[Score("WER", 1, 10)]], [[Score("WER", 2, 10)]], "WER")
    assert found.difference == pytest.approx(0.1)
    assert (found.low, found.high) == (None, None)
    assert difference([[Score("WER", 1, 0)]], [[Score("WER", 0, 0)]], "WER").difference is None
