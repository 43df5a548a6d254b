"""Which of the turns that were found answers the question: answer selection by a linear probe (`llm.probe`).

The language model reads the question first and then the turns, so that what it holds in mind after each turn knows what
was asked. `meetbot.evaluate.fit_select` makes the probe. For other models there is none: they read all that was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meetbot.ask.places import BESIDE, Place, beside
from meetbot.ask.windows import line
from meetbot.domain import Transcript
from meetbot.llm import LanguageModel, Prompt, neutral
from meetbot.llm.probe import Probe, shipped

SYSTEM = (
    "You are given a question about a meeting, then turns of its transcript. Note after each turn whether it answers "
    "the question."
)
LESS = 2.0  # log odds by which a turn may be less likely than the likeliest and is read all the same
MOST = 4  # turns read for their answer


@dataclass(frozen=True)
class Selected:
    """The turns read for an answer, in order of time; `odds`: that the likeliest answers, None if not known."""

    places: list[Place]
    odds: float | None


def select(
    model: LanguageModel, question: str, meetings: Sequence[tuple[str, Transcript]], places: Sequence[Place]
) -> Selected:
    """Those of `places` that may answer `question`, and those beside them; all, if `model` has no probe."""
    probe = shipped("meetbot.ask", model.identity)
    if probe is None:
        return Selected(list(places), None)
    turns = lines(meetings, places)
    projected = model.project(asking(question), turns, probe.projections(), probe.layers.tolist())
    if projected is None:
        return Selected(list(places), None)
    odds = judged(np.array(projected, np.float32), probe)
    return Selected(beside(meetings, likeliest(places, odds), BESIDE), max(odds))


def judged(projected: NDArray[np.float32], probe: Probe) -> list[float]:
    """The log odds of turns from their states times the probe's projections, (turns, 2)."""
    return [float(value) for value in probe.log_odds(projected)[0]]


def asking(question: str) -> Prompt:
    """What the model reads ahead of the turns."""
    return Prompt(SYSTEM, f"Question: {neutral(question)}\nTranscript:\n", "")


def lines(meetings: Sequence[tuple[str, Transcript]], places: Sequence[Place]) -> list[str]:
    """The turns as the model reads them after the question."""
    return [f"{line(meetings[place.meeting][1], place.utterance)}\n" for place in places]


def likeliest(places: Sequence[Place], odds: Sequence[float]) -> list[Place]:
    """Those of `places` that may answer, in order of time."""
    best = sorted(range(len(places)), key=lambda index: -odds[index])[:MOST]
    return [places[index] for index in sorted(best) if odds[index] >= max(odds) - LESS]
