"""How much each turn looks like the settling of something, 0 to 1. Pure.

A logistic model over what a turn does and what the turns around it do: whether it sums up, repeats what was said just
before (a conclusion restates; a new subject does not), whether others agree before and after. None of it depends on a
language but the cues themselves. `WEIGHTS` were fitted on the tuning half of `samples/meetings`
(`python -m meetbot.evaluate.fit samples/meetings/tune`) and are kept to one decimal: there is no more in them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from meetbot.domain import Utterance
from meetbot.notes.people import calendar_words
from meetbot.words import alike, content, numbers

BEFORE = 4  # turns in which others may have agreed already
AFTER = 4  # turns in which they may agree
RESTATED = 7  # turns back that a conclusion may restate

WEIGHTS = {
    "bias": -4.7,
    "conclude": 0.2,
    "settle": 0.8,
    "both": 0.7,
    "agreed after": 1.1,
    "agreed before": 0.5,
    "voices after": 0.6,
    "voices before": 0.9,
    "agrees itself": 0.9,
    "answers a question": 0.4,
    "short": -0.1,
    "open": -0.5,
    "taken back": -1.7,
    "task": -0.6,
    "restates": 0.6,
    "restated words": 1.0,
    "restates in conclusion": 1.3,
    "repeated after": 1.0,
    "recalls": -1.4,
    "reported": -0.9,
    "consent": 0.4,
    "contrast": 0.4,
    "figures": 0.6,
    "speech": -0.4,
    "concluded after": 0.7,
}


def likelihoods(said: Sequence[Utterance], cues: Sequence[frozenset[str]]) -> list[float]:
    """For each turn of a conversation, how likely it settles something."""
    words = [set(content(one.text)) | numbers(one.text) for one in said]
    return [_logistic(features(said, cues, words, index)) for index in range(len(said))]


def features(
    said: Sequence[Utterance], cues: Sequence[frozenset[str]], words: Sequence[set[str]], index: int
) -> dict[str, float]:
    """What speaks for and against the turn at `index`, each 0 to 1."""

    def does(other: int, *names: str) -> bool:
        return 0 <= other < len(said) and any(name in cues[other] for name in names)

    def agreeing(places: range) -> list[int]:
        return [
            other
            for other in places
            if said[other].speaker != speaker and does(other, "accept") and not does(other, "reject")
        ]

    speaker = said[index].speaker
    after = agreeing(range(index + 1, min(len(said), index + 1 + AFTER)))
    before = agreeing(range(max(0, index - BEFORE), index))
    mine = words[index]
    earlier = set[str]().union(*words[max(0, index - RESTATED) : index])
    later = set[str]().union(
        *(words[other] for other in range(index + 1, min(len(said), index + 4)) if said[other].speaker != speaker)
    )
    restated = sum(any(alike(word, other) for other in earlier) for word in mine)
    repeated = sum(any(alike(word, other) for other in later) for word in mine)
    sums_up = does(index, "conclude") or does(index, "settle")
    return {
        "bias": 1.0,
        "conclude": float(does(index, "conclude")),
        "settle": float(does(index, "settle")),
        "both": float(does(index, "conclude") and does(index, "settle")),
        "agreed after": min(len(after), 3) / 3,
        "agreed before": min(len(before), 3) / 3,
        "voices after": min(len({said[other].speaker for other in after}), 2) / 2,
        "voices before": min(len({said[other].speaker for other in before}), 2) / 2,
        "agrees itself": float(does(index, "accept")),
        "answers a question": float(does(index - 1, "question")),
        "short": float(len(mine) < 2),
        "open": float(does(index, "open")),
        "taken back": float(does(index, "retract")),
        "task": float(does(index, "offer", "ask") and not does(index, "settle")),
        "restates": restated / max(1, len(mine)),
        "restated words": min(restated, 4) / 4,
        "restates in conclusion": min(restated, 4) / 4 * sums_up,
        "repeated after": min(repeated, 2) / 2,
        "recalls": float(does(index, "established")),
        "reported": float(does(index, "reported")),
        "consent": float(does(index, "consent")),
        "contrast": float(does(index, "contrast")),
        "figures": float(bool(figures(mine) & earlier)),
        "speech": float(len(said[index].text) > 220),
        "concluded after": float(
            any(does(other, "conclude") and does(other, "settle") for other in range(index + 1, index + 4))
        ),
    }


def figures(words: set[str]) -> set[str]:
    """Those of `words` that say when or how much."""
    return {word for word in words if word[0].isdigit() or word in calendar_words()}


def _logistic(values: dict[str, float]) -> float:
    return 1.0 / (1.0 + math.exp(-sum(WEIGHTS[name] * value for name, value in values.items())))
