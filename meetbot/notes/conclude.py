"""How much each turn looks like the settling of something, 0 to 1. Pure.

A logistic model over what a turn does and what the turns around it do: whether it sums up, repeats what was said just
before (a conclusion restates; a new subject does not), whether others agree before and after, whether it is the chair
who speaks. None of it depends on a language but the cues themselves. `WEIGHTS` are those that
`python -m meetbot.evaluate.fit` printed for 85 of `samples/meetings/tune`, to one decimal: there is no more in them.
All of its meetings give slightly others, which were not measured.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from meetbot.domain import Utterance
from meetbot.notes.people import calendar_words
from meetbot.words import alike, content, numbers

BEFORE = 4  # turns in which others may have agreed already
AFTER = 4  # turns in which they may agree
RESTATED = 7  # turns back that a conclusion may restate
TALKED = 6  # turns back in which several people have had their say
BRIEF = 4  # words of a reply that can only agree or not
TERSE = 3  # words of a turn that hardly says what is settled
OPENING = 5  # turns in which nothing is settled yet, whatever the chair says
PART = 12  # of a conversation: one of so many turns is all that its opening may have
SHORT = 14  # words in which a conclusion is mostly said
PROPOSED = 6  # turns back in which it may have been proposed

WEIGHTS = {
    "bias": -3.1,
    "opening": -1.9,
    "both": 0.5,
    "chair": 0.2,
    "chair settles": 0.8,
    "agreed after": 0.2,
    "voices after": 0.6,
    "voices before": -0.1,
    "brief after": 0.2,
    "agrees itself": 0.8,
    "rejected before": 0.0,
    "rejected after": -0.4,
    "answers a question": 0.1,
    "asked after": 0.2,
    "open": -0.7,
    "taken back": -0.4,
    "unreal": -0.6,
    "past": -0.7,
    "task": -0.6,
    "task after": 0.5,
    "offer": 0.0,
    "due": 0.0,
    "restates": 0.5,
    "restated words": 1.0,
    "restates in conclusion": 1.5,
    "repeated after": 1.1,
    "recalls": -1.2,
    "reported": -0.9,
    "consent": 0.9,
    "contrast": -0.2,
    "a figure": 0.4,
    "talked over": 0.8,
    "speech": -1.2,
    "terse": 0.0,
    "short": 0.1,
    "proposes": 0.6,
    "proposed before": 0.1,
    "replies after": 0.1,
    "echoed after": 0.2,
    "opinions before": -0.2,
    "goes on": -0.1,
    "moves on": -0.6,
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
    length = len(said[index].text.split())
    replies = [other for other in range(index + 1, index + 4) if brief(other)]
    opinions = {
        said[other].speaker
        for other in range(max(0, index - TALKED), index)
        if said[other].speaker != speaker and (brief(other) or does(other, "accept", "propose"))
    }
    until_now = set[str]().union(*words[max(0, index - RESTATED) : index + 1])
    ahead = set[str]().union(*words[index + 2 : index + 6])
    moves_on = sum(not shares({word}, until_now) for word in ahead) / max(1, len(ahead))
    restated = sum(any(alike(word, other) for other in earlier) for word in mine)
    repeated = sum(any(alike(word, other) for other in later) for word in mine)
    sums_up = does(index, "conclude") or does(index, "settle")
    return {
        "bias": 1.0,
        # A turn that the model reads in many pieces is one.
        "opening": float(index < OPENING and index < len({one.id for one in said}) // PART),
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
        "terse": float(length <= TERSE),
        "short": float(TERSE < length <= SHORT),
        "proposes": float(does(index, "propose")),
        "proposed before": float(any_does(range(index - PROPOSED, index), "propose")),
        "replies after": min(len(replies), 2) / 2,
        "echoed after": float(
            any(len(words[other]) <= BRIEF and shares(words[other], mine) for other in replies if words[other])
        ),
        "opinions before": min(len(opinions), 3) / 3,
        "goes on": float(index + 1 < len(said) and said[index + 1].speaker == speaker),
        "moves on": moves_on,
        "concluded after": float(
            any(does(other, "conclude") and does(other, "settle") for other in range(index + 1, index + 4))
        ),
    }


def shares(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether a word of `one` is alike one of `other`."""
    return any(alike(word, also) for word in one for also in other)


def figures(words: set[str]) -> set[str]:
    """Those of `words` that say when or how much."""
    return {word for word in words if word[0].isdigit() or word in calendar_words()}


def _logistic(values: dict[str, float]) -> float:
    return 1.0 / (1.0 + math.exp(-sum(WEIGHTS[name] * value for name, value in values.items())))
