"""The models of notes, which `meetbot.evaluate.fit_weights` makes: logistic ones, and boosted trees. Pure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from meetbot.trees import Trees

IS = "is"  # with the kind: models that tell whether it is an item
ANOTHER = "another"  # and whether it is another one than what is near it
OVERTAKES = "overtaken"  # whether a decision is decided otherwise later
SAYS = "says"  # with what is asked of a turn near it (`told`)


def weights(name: str, *, probe: bool) -> Mapping[str, float]:
    """The weights of the logistic model `name`, for features with those of a probe or without: `weights.toml`."""
    return _tables()["probe" if probe else "cues"][name]


def trees(name: str, *, probe: bool) -> Trees:
    """The trees of the model `name`, for features with those of a probe or without: `trees.json`."""
    return _grown()["probe" if probe else "cues"][name]


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    return tomllib.loads((files("meetbot.notes") / "weights.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _grown() -> Mapping[str, Mapping[str, Trees]]:
    known = json.loads((files("meetbot.notes") / "trees.json").read_text(encoding="utf-8"))
    return {by: {name: Trees(**one) for name, one in models.items()} for by, models in known.items()}
