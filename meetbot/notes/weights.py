"""The weights of the logistic models of notes: `weights.toml`, which `meetbot.evaluate.fit_weights` makes. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files


def weights(name: str, *, probe: bool) -> Mapping[str, float]:
    """The weights of the model `name`, for features with those of a probe or without."""
    return _tables()["probe" if probe else "cues"][name]


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    return tomllib.loads((files("meetbot.notes") / "weights.toml").read_text(encoding="utf-8"))
