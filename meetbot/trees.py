"""How likely something is, by boosted regression trees: features in, 0 to 1 out. Pure.

Gradient boosting (Friedman 2001, Annals of Statistics 29) that begins with a logistic model: every tree asks a few
features one after the other and adds what its leaf says to the log odds. So trees say only what a sum of features does
not, that one may count only beside another; and what no tree has seen is still judged by the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meetbot.logistic import probability

Node = Sequence[Any] | float
"""A leaf's log odds; or a feature's place, a bound, and the nodes for values up to the bound and above it."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Features in the order in which nodes number them, their weights, the log odds of no feature, and the trees."""

    names: Sequence[str]
    weights: Sequence[float]
    start: float
    trees: Sequence[Node]

    def likelihood(self, values: Mapping[str, float]) -> float:
        """How likely it is, given the features `values`. Raises KeyError for one that is missing."""
        row = [values[name] for name in self.names]
        odds = self.start + sum(weight * value for weight, value in zip(self.weights, row, strict=True))
        return probability(odds + sum(_leaf(tree, row) for tree in self.trees))


def _leaf(node: Node, row: Sequence[float]) -> float:
    while not isinstance(node, float):
        feature, bound, below, above = node
        node = below if row[feature] <= bound else above
    return node
