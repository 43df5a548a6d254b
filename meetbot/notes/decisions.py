"""A conversation to exchanges in which the group may settle something. Pure.

A decision is a conclusion that others agree with, or that follows their agreement: `conclude` says by cues how much a
turn looks like one, `probe` what the language model thinks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from meetbot.notes.candidate import Candidate
from meetbot.notes.conclude import likelihoods
from meetbot.notes.doubt import Doubts
from meetbot.notes.probe import Likely
from meetbot.notes.scene import Scene
from meetbot.words import alike, content

CLOSE = 4  # turns within which there are no conclusions about two things
APART = 5  # turns within which only a sure conclusion that shares no word is about another thing
SURE = 0.7  # of a conclusion, for it to stand so near another
LIKELY = 0.25  # of a conclusion, to be looked at at all
BELIEVED = 0.5  # of a conclusion, for it to stand whatever cues speak against it: they are right in one of six then
# Conclusions of a conversation of n turns: at most so many times the root of n, as in the keys of the written meetings
# (an hour of talk has more of them than ten minutes, but not six times as many). Who talks without the cue words has
# low likelihoods throughout, and then the highest of them count.
A_ROOT = 0.6
CUES, STATES, BOTH = 0.6, 0.8, 0.5  # how much cues and the model count, and what is added


def decisions(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """The decisions of `scene`, those that are doubtful marked."""
    doubts = Doubts(scene.said, scene.cues, scene.language)
    settling = _settling(scene, likely)
    return [
        one
        if likely is not None and one.likely >= BELIEVED
        else replace(one, doubt=doubts.decision(one.anchor, one.likely))
        for one in _decisions(scene, settling)
    ]


def _settling(scene: Scene, thought: Likely | None) -> list[float]:
    """How much each turn looks like settling something, 0 to 1, by cues and by what the model thinks."""
    likely = likelihoods(scene.said, scene.cues)
    if thought is None:
        return likely
    odds = (
        CUES * math.log(one / (1 - one)) + STATES * other + BOTH
        for one, other in zip(likely, thought.decisions, strict=True)
    )
    return [1 / (1 + math.exp(-value)) for value in odds]


def _decisions(scene: Scene, likely: Sequence[float]) -> Iterator[Candidate]:
    """The turns that most look like settling something, none near a better one; `likely` says how much they do."""
    chosen: list[int] = []
    enough = _enough(scene, likely)
    for index in sorted(range(len(likely)), key=lambda index: (-likely[index], index)):
        if likely[index] < enough:
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


def _enough(scene: Scene, likely: Sequence[float]) -> float:
    """The likelihood from which on a turn counts: that of as many peaks as a conversation so long may have."""
    peaks = (one for index, one in enumerate(likely) if one == max(likely[max(0, index - CLOSE) : index + CLOSE + 1]))
    most = sorted(peaks, reverse=True)[: round(A_ROOT * math.sqrt(len(likely)))]
    return max(LIKELY, most[-1]) if most else LIKELY


def _one_thing(scene: Scene, one: int, other: int, likely: Sequence[float]) -> bool:
    """Whether `one` is no second conclusion beside `other`: close by; or near, unsure or with a word in common."""
    apart = abs(one - other)
    if apart <= CLOSE or apart > APART:
        return apart <= CLOSE
    words = [set(content(scene.said[index].text)) for index in (one, other)]
    return likely[one] < SURE or any(alike(word, also) for word in words[0] for also in words[1])
