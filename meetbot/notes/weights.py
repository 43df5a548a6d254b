"""The weights of the logistic models of notes: `weights.toml`, which `meetbot.evaluate.fit_weights` makes. Pure."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

FARTHEST = 30.0  # log odds


def logistic(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """How likely it is, 0 to 1, given the features `values`; one without a weight does not count."""
    odds = sum(weights.get(name, 0.0) * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(-FARTHEST, min(FARTHEST, odds))))


def weights(name: str, *, probe: bool) -> Mapping[str, float]:
    """The weights of the model `name`, for features with those of a probe or without."""
    return _tables()["probe" if probe else "cues"][name]


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    return tomllib.loads((files("meetbot.notes") / "weights.toml").read_text(encoding="utf-8"))
