"""A conversation to exchanges in which the group may settle something. Pure.

A decision is a conclusion that others agree with, or that follows their agreement: `conclude` says by cues how much a
turn looks like one, `probe` what the language model thinks; how likely it is one, in what stands around it, `weigh`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from meetbot.logistic import logistic
from meetbot.notes.candidate import Candidate
from meetbot.notes.conclude import likelihoods
from meetbot.notes.doubt import AGENDA, LEFT_OPEN, NOT_SETTLED, Doubts
from meetbot.notes.overtaken import doubted
from meetbot.notes.probe import Likely
from meetbot.notes.scene import Scene
from meetbot.notes.weigh import judged

NEAR = 5  # turns around a conclusion that may belong to it
POSSIBLE = 0.12  # of a conclusion, to be looked at at all
FIRM = (AGENDA, LEFT_OPEN)  # doubts that hold however likely it looks
SETTLING = {"cues": 0.6, "states": 0.8, "bias": 0.5}  # how much cues and the model count, and what is added


def decisions(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """The decisions of `scene`, those that are doubtful marked."""
    return doubted(scene, likely, [*judged(scene, likely, conclusions(scene, likely), FIRM, NOT_SETTLED)])


def conclusions(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """Where `scene` may settle something, each with what the cues speak against it."""
    doubts = Doubts(scene.said, scene.cues, scene.language)
    return [
        replace(one, doubt=doubts.decision(one.anchor, one.likely))
        for one in _possible(scene, _settling(scene, likely))
    ]


def _settling(scene: Scene, thought: Likely | None) -> list[float]:
    """How much each turn looks like settling something, 0 to 1, by cues and by what the model thinks."""
    likely = likelihoods(scene.said, scene.cues)
    if thought is None:
        return likely
    return [
        logistic({"cues": math.log(one / (1 - one)), "states": other, "bias": 1.0}, SETTLING)
        for one, other in zip(likely, thought.decisions, strict=True)
    ]


def _possible(scene: Scene, likely: Sequence[float]) -> Iterator[Candidate]:
    """The turns that may settle something, each with the two near it that most look like it; `likely` says how much."""
    for index, sure in enumerate(likely):
        if sure < POSSIBLE or scene.does(index, "greeting", "agenda") or not scene.real(index):
            continue
        near = (other for other in range(max(0, index - NEAR), min(len(likely), index + NEAR)) if other != index)
        turns = tuple(sorted([index, *sorted(near, key=lambda other: -likely[other])[:2]]))
        yield Candidate("decision", index, turns, None, "likely", likely=sure)
