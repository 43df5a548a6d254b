"""How likely something is, by a logistic model: features and weights in, 0 to 1 out. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

FARTHEST = 30.0  # log odds


def logistic(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """How likely it is, 0 to 1, given the features `values`; one without a weight does not count."""
    return probability(sum(weights.get(name, 0.0) * value for name, value in values.items()))


def probability(odds: float) -> float:
    """The probability whose log odds are `odds`."""
    return 1 / (1 + math.exp(-max(-FARTHEST, min(FARTHEST, odds))))
