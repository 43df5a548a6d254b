"""How likely what was nominated is what it looks like, 0 to 1. Pure.

A logistic model and trees (`trees.json`) over how it was nominated, what speaks against it (`doubt`), what the turn and
the answers to it do, what stands beside it, and what the language model holds in mind (`probe`): none of these is right
often enough to decide alone. What is likely enough is an item unless it belongs to one (`apart`).

What is wrongly asserted misleads, what is wrongly put aside can still be read there: so an item is listed only if it is
clearly likelier than not.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from meetbot.logistic import logistic
from meetbot.notes.apart import distinct
from meetbot.notes.candidate import Candidate
from meetbot.notes.doubt import HEARD
from meetbot.notes.people import does_something, people_named, titled_names
from meetbot.notes.probe import COLUMNS, EVIDENCE, Likely
from meetbot.notes.scene import Scene
from meetbot.notes.weights import ANOTHER, IS, trees, weights

LISTED = 0.7  # likelihood from which on it is asserted
PUT_ASIDE = 0.4  # and from which on it is worth a look
BY_CUES = 0.6, 0.55  # both where no language model was asked: cues alone tell things less well apart
CLOSE = 4  # turns within which what is put aside is put aside once, for the surest reason
BESIDE = 2  # turns beside one that are about the same thing
APART = 10  # turns within which another thing of the kind is a rival
TERSE = 4  # words of a turn that hardly says what is taken on
SPEECH = 220  # characters of a turn that tells something
NONE = -3.0  # log odds that stand for a turn that is not there
HOW = ("offer", "asked", "weak", "other", "read", "open")
DOES = (
    *("accept", "ask", "claim", "conclude", "consent", "contrast", "due", "established", "first_person", "gave_word"),
    *("left_open", "need", "offer", "open", "other", "past", "perhaps", "promised", "propose", "question", "reject"),
    *("reported", "settle"),
)
OUTSIDE = "outside"  # the name of the model that tells whether somebody who does not speak does it


def judged(
    scene: Scene, likely: Likely | None, possible: Sequence[Candidate], firm: Collection[str], unlike: str
) -> Iterator[Candidate]:
    """Those of `possible` that are worth a look; those not to be asserted are marked with a doubt.

    `firm`: doubts that hold however likely it looks; `unlike`: the doubt about what is not likely enough.
    """
    surely_none = [*_few([one for one in possible if one.doubt in firm])]
    yield from surely_none
    others = [one for one in possible if one.doubt not in firm]
    weighed = [(one, likelihood(scene, likely, one, possible)) for one in others]
    if not weighed:
        return
    listed, put_aside = BY_CUES if likely is None else (LISTED, PUT_ASIDE)
    model = None if likely is None else trees(f"{ANOTHER}_{weighed[0][0].kind}", probe=True)
    for one, sure in distinct(scene, likely, [(one, sure) for one, sure in weighed if sure >= put_aside], model):
        if sure >= listed:
            yield replace(one, doubt=None)
        elif all(abs(one.anchor - other.anchor) > CLOSE for other in surely_none):
            yield replace(one, doubt=one.doubt or unlike)


def _few(found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Those of `found` that stand alone, or first of several that are close."""
    last: Candidate | None = None
    for one in sorted(found, key=lambda one: one.anchor):
        if last is None or one.anchor - last.anchor > CLOSE:
            yield one
            last = one


def likelihood(scene: Scene, likely: Likely | None, one: Candidate, others: Sequence[Candidate]) -> float:
    """How likely `one` is what it is nominated as; `others` are nominated as the same."""
    return trees(f"{IS}_{one.kind}", probe=likely is not None).likelihood(features(scene, likely, one, others))


def outside(scene: Scene, likely: Likely | None, task: Candidate, others: Sequence[Candidate]) -> float:
    """How likely it is that somebody does `task` who only was talked about."""
    return logistic(features(scene, likely, task, others), weights(OUTSIDE, probe=likely is not None))


def features(scene: Scene, likely: Likely | None, one: Candidate, others: Sequence[Candidate]) -> dict[str, float]:
    """What speaks for and against `one`."""
    turn = one.anchor
    answers = list(scene.others(turn, BESIDE))
    said = scene.said[turn].text
    present = {part for label in scene.labels.values() for part in (label, *label.split())}
    named = [name for name in people_named(said, scene.language) if name not in present]
    values = {
        "bias": 1.0,
        **{f"by {how}": float(how in one.why) for how in HOW},
        "twice": float("+" in one.why),
        "told of one": float(one.kind == "action_item" and one.speaker is None),
        **{doubt: float(one.doubt == doubt) for doubt in HEARD},
        **{f"does {cue}": float(scene.does(turn, cue)) for cue in DOES},
        "accepted": float(any(scene.does(other, "accept") for other in answers)),
        "rejected": float(any(scene.does(other, "reject") for other in answers)),
        "terse": float(len(said.split()) < TERSE),
        "speech": float(len(said) > SPEECH),
        "somebody else is named": float(bool(named or titled_names(said))),
        "somebody else does something": float(any(does_something(name, said) for name in named)),
        "conclusion": math.log(one.likely / (1 - one.likely)) if one.kind == "decision" else 0.0,
        # A turn that the model reads in many pieces is one.
        "surer ones": sum(other.likely > one.likely for other in others)
        / math.sqrt(len({piece.id for piece in scene.said})),
    }
    return values if likely is None else values | _thought(likely, one, others)


def _thought(likely: Likely, one: Candidate, others: Sequence[Candidate]) -> dict[str, float]:
    """What the language model's states say of `one`, in log odds."""
    turn, (evidence, told) = one.anchor, EVIDENCE[one.kind]
    odds = getattr(likely, evidence)
    near = range(max(0, turn - BESIDE), min(len(odds), turn + BESIDE + 1))
    rivals = [odds[other.anchor] for other in others if 0 < abs(other.anchor - turn) <= APART]
    elsewhere = [column for column, _ in EVIDENCE.values() if column != evidence]
    return {
        **{f"is {column}": getattr(likely, column)[turn] for column in COLUMNS},
        **{
            f"evidence at {away}": odds[turn + away] if 0 <= turn + away < len(odds) else NONE
            for away in (-3, -2, -1, 1, 2, 3)
        },
        "most evidence near": max(odds[other] for other in near),
        "something near says what": max(getattr(likely, told)[other] for other in near),
        "somebody near takes on": max(likely.taken[other] for other in near),
        "another thing near": max(getattr(likely, column)[other] for column in elsewhere for other in near),
        "rival": max(rivals, default=NONE),
    }
