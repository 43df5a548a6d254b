"""What people in a meeting are called, from what is said there: "I'm Ana", "Ben, can you …?" – "Sure." Pure.

Every name heard is held against every speaker (`evidence.py`) and weighed by a logistic model. A name that is likely
enough is asserted, with the turns that say so; below that it is only suggested. docs/voices.md says how often it is
right, and how the weights were made (`python -m meetbot.evaluate.fit_names`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from meetbot.domain import Transcript
from meetbot.logistic import logistic
from meetbot.names.calls import key
from meetbot.names.evidence import Claim, claims

__all__ = ["ASSERTED", "SUGGESTED", "TALK", "Heard", "heard", "likely", "named"]

TALK = "talk"
"""The `source` of a name that was heard in what was said."""
ASSERTED = 0.6
"""Likelihood from which on a name is asserted if it was heard in two turns or somebody gives it himself …"""
SUGGESTED = 0.5
"""… and from which on it is suggested in any case."""
GIVEN = 0.9
"""How likely a name is that somebody gives himself: in the tuning meetings seven of eight are right, one is a joke."""
WEIGHTS: Mapping[str, float] = {
    "bias": -0.46,
    "first, speaks next": 1.13,
    "last, speaks next": 0.2,
    "greeted, speaks next": 0.58,
    "asked, speaks next": 1.14,
    "first, spoke before": -0.82,
    "last, spoke before": 0.34,
    "greeted, spoke before": 1.26,
    "both": -0.23,
    "neither": -0.56,
    "twice": 2.06,
    "others as often": -1.47,
    "calls it himself": -1.23,
    "speaks of it": -2.29,
    "spoken of": 0.28,
    "one of few": 0.27,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a speaker seems to be called, how likely (0 to 1), the `turns` that say so; `certain`: may be asserted."""

    name: str
    confidence: float
    turns: tuple[str, ...]
    certain: bool


def heard(transcript: Transcript) -> Mapping[str, Heard]:
    """What each speaker of `transcript` is called in it, by the speaker's id; nobody whose name is unlikely.

    A name is one speaker's only, and not that of somebody who is known by it already.
    """
    language = transcript.language
    taken = {key(one.name, language) for one in transcript.speakers if one.name}
    found: dict[str, Heard] = {}
    for confidence, claim in sorted(((likely(one), one) for one in claims(transcript)), key=lambda pair: -pair[0]):
        name = key(claim.name, language)
        if confidence < SUGGESTED or claim.speaker in found or name in taken:
            continue
        # German writes every noun with a capital: what looks like a name there may be a thing.
        twice = len(claim.turns) > 1 and language != "de"
        certain = confidence >= ASSERTED and (twice or claim.given)
        found[claim.speaker] = Heard(claim.name, round(confidence, 3), claim.turns, certain)
        taken.add(name)
    return found


def named(transcript: Transcript) -> tuple[Transcript, Mapping[str, Heard]]:
    """`transcript` with the certain names for those who have none, and the names that are only suggested."""
    nameless = {one.id for one in transcript.speakers if not one.name}
    found = {who: own for who, own in heard(transcript).items() if who in nameless}
    speakers = tuple(
        replace(one, name=own.name, confidence=own.confidence, source=TALK, said_in=own.turns)
        if (own := found.get(one.id)) and own.certain
        else one
        for one in transcript.speakers
    )
    return replace(transcript, speakers=speakers), {who: own for who, own in found.items() if not own.certain}


def likely(claim: Claim, weights: Mapping[str, float] = WEIGHTS) -> float:
    """How likely `claim` is right, 0 to 1."""
    called = logistic(claim.values, weights)
    return max(called, GIVEN) if claim.given else called
