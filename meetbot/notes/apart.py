"""Which of the turns that look like an item are one by themselves, and which belong to another. Pure.

A task is asked for, offered, agreed to and dated in several turns, each of which looks like it; and in two turns one
after the other two tasks may be taken on. So the likeliest is kept first, and of whatever is near it a model
(`weights.ANOTHER`) says how likely it is something else: by how far it is, who speaks, what both turns do and what the
language model holds in mind after them, and whether they are about the same thing. Where no language model was asked,
rules say so: cues alone do not tell it better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from meetbot.notes.candidate import Candidate
from meetbot.notes.probe import COLUMNS, EVIDENCE, Likely
from meetbot.notes.scene import Scene
from meetbot.trees import Trees
from meetbot.words import alike, content

REACH = 6  # turns within which one may belong to another
CLOSE = 4  # by rules, turns within which it does
SURE = 0.7  # by rules, of a conclusion that is one by itself just outside them
LEAST = 0.3  # likelihood of being something else, from which on it is
JOINED = 3  # turns within which what belongs to an item is part of its exchange
NOTHING = 4.0  # log odds that stand for the turns between two that have none between them
LONG = 40  # words, from which on it does not matter how many
DOES = (
    *("accept", "ask", "claim", "conclude", "consent", "contrast", "due", "established", "need", "offer", "propose"),
    *("question", "reject", "settle"),
)
HOW = ("offer", "asked", "weak", "other", "read")

Weighed = tuple[Candidate, float]
"""What may be an item, and how likely it is one."""


def distinct(scene: Scene, likely: Likely | None, weighed: Sequence[Weighed], model: Trees | None) -> list[Weighed]:
    """Those of `weighed` that are items of their own, in order, with the turns of what belongs to them.

    They are of one kind; `model` is the one named ANOTHER and the kind, None where no language model was asked.
    """
    kept: list[Weighed] = []
    for one, sure in sorted(weighed, key=lambda item: (-item[1], item[0].anchor)):
        near = [
            (
                float(not _one_thing(scene, known[0], one))
                if likely is None or model is None
                else model.likelihood(features(scene, likely, known, (one, sure))),
                place,
            )
            for place, known in enumerate(kept)
            if abs(known[0].anchor - one.anchor) <= REACH
        ]
        least, place = min(near, default=(1.0, 0))
        if least >= LEAST:
            kept.append((one, sure))
        elif abs(kept[place][0].anchor - one.anchor) <= JOINED:
            whole, surer = kept[place]
            kept[place] = replace(whole, turns=tuple(sorted({*whole.turns, *one.turns}))), surer
    return sorted(kept, key=lambda item: item[0].anchor)


def _one_thing(scene: Scene, kept: Candidate, other: Candidate) -> bool:
    """Whether `other` belongs to `kept`, by rules: one person's offers; conclusions close by, or unsure, or alike."""
    apart = abs(kept.anchor - other.anchor)
    if kept.kind != "decision":
        return kept.speaker == other.speaker and apart <= CLOSE
    if apart <= CLOSE or apart > CLOSE + 1:
        return apart <= CLOSE
    words = [set(content(scene.said[one.anchor].text)) for one in (kept, other)]
    return other.likely < SURE or any(alike(word, also) for word in words[0] for also in words[1])


def features(scene: Scene, likely: Likely, kept: Weighed, other: Weighed) -> dict[str, float]:
    """What speaks for and against `other` being something else than `kept`, which is likelier."""
    (first, surer), (second, sure) = kept, other
    here, there = first.anchor, second.anchor
    return {
        "away": float(there - here),
        "apart": float(abs(there - here)),
        "same speaker": float(scene.said[here].speaker == scene.said[there].speaker),
        "likely, kept": surer,
        "likely": sure,
        "in what is kept": float(there in first.turns),
        "has what is kept": float(here in second.turns),
        "turns in common": float(bool(set(first.turns) & set(second.turns))),
        "words, kept": float(min(len(scene.said[here].text.split()), LONG)),
        "words": float(min(len(scene.said[there].text.split()), LONG)),
        **{f"does {cue}, kept": float(scene.does(here, cue)) for cue in DOES},
        **{f"does {cue}": float(scene.does(there, cue)) for cue in DOES},
        **{f"by {how}, kept": float(how in first.why) for how in HOW},
        **{f"by {how}": float(how in second.why) for how in HOW},
        **_thought(likely, first, second),
    }


def _thought(likely: Likely, kept: Candidate, other: Candidate) -> dict[str, float]:
    here, there = kept.anchor, other.anchor
    odds = getattr(likely, EVIDENCE[kept.kind][0])
    return {
        "about the same": float(likely.alike(here)[there]),
        "least between": min((odds[turn] for turn in range(min(here, there) + 1, max(here, there))), default=NOTHING),
        **{f"{column}, kept": getattr(likely, column)[here] for column in COLUMNS},
        **{column: getattr(likely, column)[there] for column in COLUMNS},
    }
