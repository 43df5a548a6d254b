"""Boosted trees: what is read is what was grown, and it tells what a logistic model cannot."""

from __future__ import annotations

import json
import random
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetbot.evaluate import boost
from meetbot.trees import Trees


def test_a_value_at_the_bound_is_below_it() -> None:
    trees = Trees(["a", "b"], [0.0, 0.0], 0.0, [[0, 0.5, -2.0, [1, 1.0, 0.0, 3.0]]])
    assert trees.likelihood({"a": 0.5, "b": 9.0}) == pytest.approx(1 / (1 + np.exp(2)))
    assert trees.likelihood({"a": 0.6, "b": 1.0}) == 0.5
    assert trees.likelihood({"b": 1.1, "a": 0.6}) == pytest.approx(1 / (1 + np.exp(-3)))


def test_weights_count_besides() -> None:
    trees = Trees(["a", "b"], [1.0, -2.0], 0.5, [[0, 0.5, -2.0, 1.0]])
    assert trees.likelihood({"a": 1.0, "b": 1.0}) == pytest.approx(1 / (1 + np.exp(-0.5)))


def test_a_missing_feature_is_not_taken_for_zero() -> None:
    with pytest.raises(KeyError, match="b"):
        Trees(["a", "b"], [0.0, 0.0], 0.0, [[0, 0.5, -2.0, 1.0]]).likelihood({"a": 1.0})


@given(st.lists(st.floats(-50, 50), max_size=8), st.floats(-50, 50))
def test_it_is_always_a_likelihood(leaves: list[float], start: float) -> None:
    assert 0 < Trees([], [], start, leaves).likelihood({}) < 1


def test_one_feature_may_count_only_beside_another() -> None:
    """Either of two but not both: no weights of the two tell that."""
    draw = random.Random(1)
    pairs = [(float(draw.random() < 0.5), float(draw.random() < 0.5)) for _ in range(800)]
    trees = boost.boost([({"one": one, "two": two}, one != two) for one, two in pairs])
    for one, two in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)):
        assert (trees.likelihood({"one": one, "two": two}) > 0.8) == (one != two)


def test_what_is_read_is_what_scikit_learn_grew(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn import ensemble

    kept = []

    class Kept(ensemble.GradientBoostingClassifier):  # type: ignore[misc]
        def __init__(self, **options: object) -> None:
            super().__init__(**options)
            kept.append(self)

    draw = np.random.RandomState(3)
    values = draw.normal(size=(400, 3)).astype(np.float32)
    holds = values[:, 0] * values[:, 1] + 0.3 * draw.normal(size=400) > 0
    monkeypatch.setattr(ensemble, "GradientBoostingClassifier", Kept)
    rows = [
        (dict(zip("abc", map(float, row), strict=True)), bool(held)) for row, held in zip(values, holds, strict=True)
    ]
    trees = Trees(**json.loads(json.dumps(asdict(boost.boost(rows)))))
    wanted = kept[0].predict_proba(values)[:, 1]
    found = [trees.likelihood(features) for features, _ in rows]
    assert np.abs(wanted - found).max() < 0.01  # numbers are kept in four digits
