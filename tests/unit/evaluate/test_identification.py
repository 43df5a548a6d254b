"""Names and comparisons of voices, counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetbot.domain import Turn
from meetbot.evaluate.identification import equal_error, names

TRUTH = [Turn("Ana", 0, 10), Turn("Ben", 10, 20), Turn("Cem", 20, 30)]
FOUND = [Turn("S1", 0, 11), Turn("S2", 11, 20), Turn("S3", 20, 30)]


def test_false_and_missing_names() -> None:
    false, missing = names(TRUTH, FOUND, {"S1": "Ana", "S2": None, "S3": "Ben"}, {"Ana", "Ben"})
    assert (false.errors, false.total) == (1, 2)  # S3 is Cem, who is not enrolled
    assert (missing.errors, missing.total) == (1, 2)  # S2 is Ben


def test_nobody_named_and_nobody_known() -> None:
    false, missing = names(TRUTH, FOUND, {}, set())
    assert (false.rate, missing.rate) == (0, 0)


def test_equal_error_rate() -> None:
    assert equal_error([0.8, 0.9], [0.1, 0.2]).rate == 0
    found = equal_error([0.3, 0.7, 0.8, 0.9], [0.1, 0.2, 0.4, 0.75])
    assert found.rate == 0.25
    assert 0.4 < found.threshold <= 0.7 or found.threshold == 0.75
    assert equal_error([0.1], [0.9]).rate == 1
    with pytest.raises(ValueError, match="both"):
        equal_error([], [0.5])


@given(st.lists(st.floats(-1, 1), min_size=1), st.lists(st.floats(-1, 1), min_size=1))
def test_the_rate_is_a_rate(same: list[float], other: list[float]) -> None:
    assert 0 <= equal_error(same, other).rate <= 1
