"""Names given to voices, scored: false and missing names in a meeting, and the equal error rate of a comparison.

Every speaker found is taken for the reference's speaker with whom he shares most time. A false name is worse than
none: both are counted, apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from meetbot.domain import Turn
from meetbot.evaluate.scores import Score


@dataclass(frozen=True, slots=True)
class EqualError:
    """Where as many genuine comparisons fall below `threshold` as impostors reach it: `rate` of each."""

    rate: float
    threshold: float


def names(
    reference: Sequence[Turn], hypothesis: Sequence[Turn], given: Mapping[str, str | None], enrolled: Collection[str]
) -> tuple[Score, Score]:
    """False names of the names given, and missing names of the speakers found who are `enrolled`.

    `reference` is labelled with people's names; `given` has the name of every speaker of `hypothesis`, or None.
    """
    truly = {speaker: person(speaker, reference, hypothesis) for speaker in {turn.speaker for turn in hypothesis}}
    named = [speaker for speaker in truly if given.get(speaker)]
    known = [speaker for speaker, person in truly.items() if person in enrolled]
    false = sum(given[speaker] != truly[speaker] for speaker in named)
    missing = sum(not given.get(speaker) for speaker in known)
    return Score("false names", false, len(named)), Score("missing names", missing, len(known))


def equal_error(genuine: Sequence[float], impostor: Sequence[float]) -> EqualError:
    """The equal error rate of similarities: of the same person's voices, and of different people's.

    Between two thresholds the mean of both rates is taken where they are closest.
    """
    same, other = np.sort(np.asarray(genuine, float)), np.sort(np.asarray(impostor, float))
    if not len(same) or not len(other):
        raise ValueError("both kinds of comparison are needed")
    thresholds = np.unique(np.concatenate([same, other]))
    thresholds = np.append(thresholds, np.nextafter(thresholds[-1], np.inf))
    rejected = np.searchsorted(same, thresholds, side="left") / len(same)
    accepted = 1 - np.searchsorted(other, thresholds, side="left") / len(other)
    best = int(np.abs(rejected - accepted).argmin())
    return EqualError(float((rejected[best] + accepted[best]) / 2), float(thresholds[best]))


def person(speaker: str, reference: Sequence[Turn], hypothesis: Sequence[Turn]) -> str | None:
    """Whom of `reference` the turns of `speaker` share most time with; None when with nobody."""
    shared: dict[str, float] = {}
    for turn in hypothesis:
        if turn.speaker == speaker:
            for true in reference:
                time = min(turn.end, true.end) - max(turn.start, true.start)
                if time > 0:
                    shared[true.speaker] = shared.get(true.speaker, 0.0) + time
    return max(shared, key=lambda person: shared[person]) if shared else None
