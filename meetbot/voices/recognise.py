"""Whose voice is this? Speakers of a diarization to known people, asserted, suggested or left unknown. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from meetbot.domain import Diarization, Transcript
from meetbot.errors import UsageError
from meetbot.voices.profiles import Profiles, Sample

THRESHOLD = 0.60
"""A voice is named when its cosine to a profile is at least this …"""
MARGIN = 0.12
"""… that much above the second best …"""
CLEAN = 4.0
"""… and at least this many seconds of it are clean speech."""
ONLY = 0.8
"""A clip is of one person when they have this share of its speech."""
SUGGEST = 0.45
"""A voice that is at least this much alike is suggested, never asserted."""
SLOPE = 14.0
"""How steeply confidence rises around EVEN: a logistic curve through the dev pairs (docs/voices.md)."""
EVEN = 0.48
"""The cosine at which same and different are equally likely."""


@dataclass(frozen=True, slots=True)
class Match:
    """The best candidate for a speaker. `certain` is whether it may be asserted."""

    name: str
    likeness: float
    second: float
    seconds: float
    certain: bool

    @property
    def confidence(self) -> float:
        """How sure, 0 to 1, that the name is right: lower for a weak voice, a close second or little speech."""
        alike = 1 / (1 + math.exp(-SLOPE * (self.likeness - EVEN)))
        apart = 1 / (1 + math.exp(-SLOPE * (self.likeness - self.second - MARGIN / 2)))
        return round(alike * apart * min(1.0, self.seconds / CLEAN), 3)


def clean_seconds(diarization: Diarization) -> Mapping[str, float]:
    """How long each speaker is alone, in seconds."""
    edges = sorted({edge for turn in diarization.turns for edge in (turn.start, turn.end)})
    starts: dict[float, list[str]] = {}
    ends: dict[float, list[str]] = {}
    for turn in diarization.turns:
        starts.setdefault(turn.start, []).append(turn.speaker)
        ends.setdefault(turn.end, []).append(turn.speaker)
    alone = dict.fromkeys(diarization.speakers, 0.0)
    talking: list[str] = []
    for edge, following in pairwise(edges):
        for speaker in ends.get(edge, ()):
            talking.remove(speaker)
        talking += starts.get(edge, [])
        if len(set(talking)) == 1:
            alone[talking[0]] += following - edge
    return alone


def only_speaker(diarization: Diarization, name: str) -> str:
    """The one person heard in the clip called `name`. Raises UsageError for none, and for more than one."""
    talk = dict.fromkeys(diarization.speakers, 0.0)
    for turn in diarization.turns:
        talk[turn.speaker] += turn.duration
    if not talk:
        raise UsageError(f"Nobody speaks in {name}.", hint="A few seconds of clear speech are needed.", kind="no_voice")
    speaker = max(talk, key=talk.__getitem__)
    if talk[speaker] < ONLY * sum(talk.values()):
        hint = "Enrol from a clip of one person, or name a speaker of a meeting: meetbot speakers name."
        raise UsageError(f"More than one person speaks in {name}.", hint=hint, kind="many_voices")
    return speaker


def samples(diarization: Diarization, *, source: str = "") -> Mapping[str, Sample]:
    """The voice of each speaker who has one, with the seconds that he is alone."""
    seconds = clean_seconds(diarization)
    return {
        speaker: Sample(vector, round(seconds.get(speaker, 0.0), 1), source)
        for speaker, vector in diarization.voices.items()
    }


def enough(sample: Sample | None) -> Sample:
    """`sample`, to be enrolled. Raises UsageError when too little of it is clean speech."""
    if sample is None or sample.seconds < CLEAN:
        raise UsageError(
            f"Only {sample.seconds if sample else 0:.1f} s of clean speech: too little to know a voice by.",
            hint=f"{CLEAN:g} s of one person alone are needed.",
            kind="too_little_speech",
        )
    return sample


def recognise(heard: Mapping[str, Sample], profiles: Profiles) -> Mapping[str, Match]:
    """The best candidate of each speaker who is at all like somebody known. A name is asserted for one speaker only.

    Speakers whose voices are alike compete: the surest takes the name, the others keep it as a suggestion.
    """
    known = [(person.name, person.voice) for person in profiles.people]
    found: dict[str, Match] = {}
    for speaker, sample in heard.items():
        scores = sorted(((_cosine(sample.vector, voice), name) for name, voice in known), reverse=True)
        if not scores or scores[0][0] < SUGGEST:
            continue
        likeness, name = scores[0]
        second = scores[1][0] if len(scores) > 1 else -1.0
        certain = likeness >= THRESHOLD and likeness - second >= MARGIN and sample.seconds >= CLEAN
        found[speaker] = Match(name, likeness, max(second, 0.0), sample.seconds, certain)
    for speaker, match in found.items():
        rivals = [other for other in found.values() if other is not match and other.name == match.name]
        if match.certain and any(other.likeness > match.likeness for other in rivals):
            found[speaker] = replace(match, certain=False)
    return found


def named(transcript: Transcript, matches: Mapping[str, Match]) -> Transcript:
    """`transcript` with certain names and how sure they are. Names that somebody gave by hand stay."""
    speakers = tuple(
        replace(speaker, name=match.name, confidence=match.confidence, source="voice")
        if (match := matches.get(speaker.id)) and match.certain and speaker.name is None
        else speaker
        for speaker in transcript.speakers
    )
    return replace(transcript, speakers=speakers)


def _cosine(left: tuple[float, ...], right: tuple[float, ...]) -> float:
    return math.fsum(a * b for a, b in zip(left, right, strict=True))
