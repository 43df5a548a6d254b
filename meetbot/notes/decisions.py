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
from meetbot.notes.probe import Likely
from meetbot.notes.scene import Scene
from meetbot.notes.weigh import judged
from meetbot.words import alike, content

CLOSE = 4  # turns within which there are no conclusions about two things
APART = 5  # turns within which only a sure conclusion that shares no word is about another thing
SURE = 0.7  # of a conclusion, for it to stand so near another
POSSIBLE = 0.12  # of a conclusion, to be looked at at all
FIRM = (AGENDA, LEFT_OPEN)  # doubts that hold however likely it looks
SETTLING = {"cues": 0.6, "states": 0.8, "bias": 0.5}  # how much cues and the model count, and what is added


def decisions(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """The decisions of `scene`, those that are doubtful marked."""
    return [*judged(scene, likely, conclusions(scene, likely), FIRM, NOT_SETTLED)]


def conclusions(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """Where `scene` may settle something, each with what the cues speak against it."""
    doubts = Doubts(scene.said, scene.cues, scene.language)
    return [
        replace(one, doubt=doubts.decision(one.anchor, one.likely)) for one in _peaks(scene, _settling(scene, likely))
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


def _peaks(scene: Scene, likely: Sequence[float]) -> Iterator[Candidate]:
    """The turns that most look like settling something, none near a better one; `likely` says how much they do."""
    chosen: list[int] = []
    for index in sorted(range(len(likely)), key=lambda index: (-likely[index], index)):
        if likely[index] < POSSIBLE:
            break
        if scene.does(index, "greeting", "agenda"):
            continue
        if scene.real(index) and not any(_one_thing(scene, index, other, likely) for other in chosen):
            chosen.append(index)
            near = range(max(0, index - APART), min(len(scene.said), index + APART))
            turns = sorted(
                [*sorted((other for other in near if other != index), key=lambda other: -likely[other])[:2], index]
            )
            yield Candidate("decision", index, tuple(turns), None, "likely", likely=likely[index])


def _one_thing(scene: Scene, one: int, other: int, likely: Sequence[float]) -> bool:
    """Whether `one` is no second conclusion beside `other`: close by; or near, unsure or with a word in common."""
    apart = abs(one - other)
    if apart <= CLOSE or apart > APART:
        return apart <= CLOSE
    words = [set(content(scene.said[index].text)) for index in (one, other)]
    return likely[one] < SURE or any(alike(word, also) for word in words[0] for also in words[1])
