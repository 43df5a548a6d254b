"""How much each turn looks like the settling of something, 0 to 1. Pure.

A logistic model over what a turn does and what the turns around it do: whether it sums up, repeats what was said just
before (a conclusion restates; a new subject does not), whether others agree before and after, whether it is the chair
who speaks. None of it depends on a language but the cues themselves. `WEIGHTS` are those that
`python -m meetbot.evaluate.fit samples/meetings/tune` prints, to one decimal: there is no more in them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from meetbot.domain import Utterance
from meetbot.notes.people import calendar_words
from meetbot.words import alike, content, numbers

BEFORE = 4  # turns in which others may have agreed already
AFTER = 4  # turns in which they may agree
RESTATED = 7  # turns back that a conclusion may restate
TALKED = 6  # turns back in which several people have had their say
BRIEF = 4  # words of a reply that can only agree or not

WEIGHTS = {
    "bias": -5.0,
    "both": 0.7,
    "chair": 0.6,
    "chair settles": 0.6,
    "agreed after": 0.7,
    "voices after": 0.9,
    "voices before": 0.8,
    "brief after": 0.6,
    "agrees itself": 0.8,
    "rejected before": 0.4,
    "rejected after": -0.3,
    "answers a question": 0.4,
    "asked after": 0.4,
    "open": -0.8,
    "taken back": -0.7,
    "unreal": -0.7,
    "past": -0.3,
    "task": -1.1,
    "task after": 0.5,
    "offer": 0.5,
    "due": -0.3,
    "restates": 0.7,
    "restated words": 1.0,
    "restates in conclusion": 1.4,
    "repeated after": 1.0,
    "recalls": -0.3,
    "reported": -1.3,
    "consent": 1.2,
    "contrast": 0.5,
    "a figure": 0.4,
    "talked over": 0.5,
    "speech": -1.2,
    "concluded after": 0.4,
}


def likelihoods(said: Sequence[Utterance], cues: Sequence[frozenset[str]]) -> list[float]:
    """For each turn of a conversation, how likely it settles something."""
    return [_logistic(values) for values in every_feature(said, cues)]


def every_feature(said: Sequence[Utterance], cues: Sequence[frozenset[str]]) -> list[dict[str, float]]:
    """The features of every turn of a conversation."""
    words = [set(content(one.text)) | numbers(one.text) for one in said]
    leads = chair(said, cues)
    return [features(said, cues, words, index, leads) for index in range(len(said))]


def chair(said: Sequence[Utterance], cues: Sequence[frozenset[str]]) -> str:
    """Who leads: the speaker with the most turns that sum up, ask for something or put a question."""
    led = Counter[str]()
    for one, does in zip(said, cues, strict=True):
        led[one.speaker] += 2 * len(does & {"conclude", "ask"}) + len(does & {"question"})
    return max(led, key=lambda speaker: led[speaker], default="")


def features(
    said: Sequence[Utterance], cues: Sequence[frozenset[str]], words: Sequence[set[str]], index: int, leads: str
) -> dict[str, float]:
    """What speaks for and against the turn at `index`, each 0 to 1; `leads` is who chairs."""

    def does(other: int, *names: str) -> bool:
        return 0 <= other < len(said) and any(name in cues[other] for name in names)

    def any_does(places: range, *names: str) -> bool:
        return any(does(other, *names) for other in places)

    def brief(other: int) -> bool:
        return (
            0 <= other < len(said)
            and said[other].speaker != speaker
            and len(said[other].text.split()) <= BRIEF
            and not does(other, "question")
        )

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
        "both": float(does(index, "conclude") and does(index, "settle")),
        "chair": float(speaker == leads),
        "chair settles": float(speaker == leads and does(index, "settle")),
        "agreed after": min(len(after), 3) / 3,
        "voices after": min(len({said[other].speaker for other in after}), 2) / 2,
        "voices before": min(len({said[other].speaker for other in before}), 2) / 2,
        "brief after": float(brief(index + 1)),
        "agrees itself": float(does(index, "accept")),
        "rejected before": float(any_does(range(index - BEFORE, index), "reject")),
        "rejected after": float(any_does(range(index + 1, index + 3), "reject")),
        "answers a question": float(does(index - 1, "question")),
        "asked after": float(does(index + 1, "question")),
        "open": float(does(index, "open")),
        "taken back": float(does(index, "retract")),
        "unreal": float(does(index, "hypothetical", "machine", "joke")),
        "past": float(does(index, "past")),
        "task": float(does(index, "offer", "ask") and not does(index, "settle")),
        "task after": float(any_does(range(index + 1, index + 3), "offer", "ask")),
        "offer": float(does(index, "offer")),
        "due": float(does(index, "due")),
        "restates": restated / max(1, len(mine)),
        "restated words": min(restated, 4) / 4,
        "restates in conclusion": min(restated, 4) / 4 * sums_up,
        "repeated after": min(repeated, 2) / 2,
        "recalls": float(does(index, "established")),
        "reported": float(does(index, "reported")),
        "consent": float(does(index, "consent")),
        "contrast": float(does(index, "contrast")),
        "a figure": float(bool(figures(mine))),
        "talked over": min(len({one.speaker for one in said[max(0, index - TALKED) : index]}), 4) / 4,
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
