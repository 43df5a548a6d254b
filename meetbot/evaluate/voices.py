"""Meetings in which people come back, scored: who is named rightly, wrongly or not at all, and how far voices agree.

Everybody is enrolled in the first meeting they are heard in, with the voice that diarization found, and is to be known
in later ones. Every speaker found is compared with every profile, so strangers count, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from meetbot.domain import Diarization, Turn
from meetbot.evaluate.identification import EqualError, equal_error, names, person
from meetbot.evaluate.scores import Pooled, Score, pool
from meetbot.voices.profiles import Profiles
from meetbot.voices.recognise import CLEAN, recognise, samples


@dataclass(frozen=True)
class MeetingNames:
    """One meeting: the names given ({speaker: name}), who they truly are, and the scores."""

    name: str
    given: dict[str, str]
    truly: dict[str, str | None]
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class VoicesReport:
    """Meetings one by one and pooled; `equal_error` over all comparisons, None without some of either kind."""

    pooled: tuple[Pooled, ...]
    meetings: tuple[MeetingNames, ...]
    equal_error: EqualError | None
    schema_version: int = 1


@dataclass
class Acquaintance:
    """Who has been met so far, in how many comparisons, and how each meeting went."""

    profiles: Profiles = field(default_factory=Profiles)
    meetings: list[MeetingNames] = field(default_factory=list)
    same: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)

    def meet(self, name: str, reference: Sequence[Turn], found: Diarization) -> None:
        """Take part in meeting `name`, whose `reference` is labelled with people: recognise, then enrol who is new."""
        heard = samples(found, source=name)
        matches = recognise(heard, self.profiles)
        given = {speaker: match.name for speaker, match in matches.items() if match.certain}
        truly = {speaker: person(speaker, reference, found.turns) for speaker in found.speakers}
        known = {one.name for one in self.profiles.people}
        scores = names(reference, found.turns, given, known)
        self.meetings.append(MeetingNames(name, given, truly, scores))
        for speaker, sample in heard.items():
            for one in self.profiles.people:
                likeness = float(np.dot(sample.vector, one.voice))
                (self.same if one.name == truly[speaker] else self.other).append(likeness)
        for speaker in sorted(heard, key=lambda one: -heard[one].seconds):
            who = truly[speaker]
            if who and who not in known and heard[speaker].seconds >= CLEAN:
                self.profiles = self.profiles.enrolled(who, [heard[speaker]])
                known.add(who)

    def report(self) -> VoicesReport:
        """What all meetings so far come to."""
        rate = equal_error(self.same, self.other) if self.same and self.other else None
        return VoicesReport(pool([one.scores for one in self.meetings]), tuple(self.meetings), rate)
