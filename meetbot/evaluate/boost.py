"""Examples to a logistic model with boosted trees: scikit-learn grows them, `meetbot.trees` reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from meetbot.evaluate.fit import newton
from meetbot.logistic import FARTHEST
from meetbot.trees import Node, Trees

PENALTY = 20.0  # of the logistic model that the trees begin with
STEPS = 12
TREES = 100
RATE = 0.06  # how much of a tree's advice is followed
LEAVES = 8
FEWEST = 30  # examples of a leaf
LOOKED_AT = 0.3  # of the features, when a node is divided
DRAWN = 0.5  # of the examples, for each tree
DIGITS = 4  # significant ones of a bound or a leaf


def boost(rows: Sequence[tuple[Mapping[str, float], bool]], trees: int = TREES) -> Trees:
    """A model of so many trees that tells how likely what `rows` say holds, from features and whether it does."""
    from sklearn.ensemble import GradientBoostingClassifier

    names = list(rows[0][0])
    values = np.array([[features[name] for name in names] for features, _ in rows], np.float32)
    holds = np.array([held for _, held in rows])
    if not trees:
        *weights, start = map(_short, _Sum().fit(values, holds.astype(np.float64)).weights)
        return Trees(names, weights, start, [])
    grown = GradientBoostingClassifier(
        n_estimators=trees,
        learning_rate=RATE,
        max_depth=None,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=FEWEST,
        max_features=LOOKED_AT,
        subsample=DRAWN,
        random_state=0,
        init=_Sum(),
    ).fit(values, holds)
    *weights, start = map(_short, grown.init_.weights)
    return Trees(names, weights, start, [_node(one.tree_) for one in grown.estimators_[:, 0]])


class _Sum:
    """A penalised logistic model, as scikit-learn wants one to begin with."""

    weights: NDArray[np.float64]
    classes_ = np.array([False, True])

    def get_params(self, deep: bool = True) -> dict[str, object]:
        return {}

    def fit(self, values: NDArray[np.float32], holds: NDArray[np.float64], sample_weight: object = None) -> _Sum:
        rows = np.c_[values.astype(np.float64), np.ones(len(values))]
        self.weights = newton(rows, holds > 0, np.append(np.full(values.shape[1], PENALTY), 1e-6), STEPS)
        return self

    def predict_proba(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        odds = np.c_[values.astype(np.float64), np.ones(len(values))] @ self.weights
        likely = 1 / (1 + np.exp(-np.clip(odds, -FARTHEST, FARTHEST)))
        both: NDArray[np.float64] = np.c_[1 - likely, likely]
        return both


def _node(tree: object, place: int = 0) -> Node:
    """The node at `place` of a tree of scikit-learn's, with all below it."""
    left, right = tree.children_left[place], tree.children_right[place]  # type: ignore[attr-defined]
    if left == right:  # a leaf
        return _short(RATE * float(tree.value[place, 0, 0]))  # type: ignore[attr-defined]
    feature, bound = int(tree.feature[place]), _short(float(tree.threshold[place]))  # type: ignore[attr-defined]
    return [feature, bound, _node(tree, left), _node(tree, right)]


def _short(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")
