"""A conversation to exchanges in which somebody may take on a task. Pure.

It is taken on by an offer ("I'll call them"), by agreeing to a request ("can you…" – "sure"), or is reported of
somebody outside ("she said she'd send it"); or the language model holds that it is, where no cue is heard. What is
refused, taken back, imagined, or said to the recorder is none; how likely the others are tasks is for `weigh` to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from meetbot.notes.candidate import Candidate
from meetbot.notes.doubt import BACK, IMAGINED, JEST, UNLIKE, Doubts
from meetbot.notes.probe import Likely
from meetbot.notes.scene import Scene
from meetbot.notes.weigh import judged, outside

THOUGHT = -1.5  # log odds of evidence for a turn without a cue to be looked at
ELSEWHERE = 0.5  # likelihood that somebody does it who does not speak
FIRM = (JEST, IMAGINED, BACK)  # doubts that hold however likely it looks


def tasks(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """The tasks of `scene`, those that are none marked with a doubt."""
    possible = exchanges(scene, likely)
    return [
        one if one.doubt else replace(one, speaker=_owner(scene, likely, one, possible))
        for one in judged(scene, likely, possible, FIRM, UNLIKE)
    ]


def _owner(scene: Scene, likely: Likely | None, task: Candidate, possible: Sequence[Candidate]) -> str | None:
    """Who takes on `task`; None if it is somebody who does not speak."""
    if outside(scene, likely, task, possible) >= ELSEWHERE:
        return None
    return task.speaker or scene.said[task.anchor].speaker


def exchanges(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """Where `scene` may have tasks, each with what the cues speak against it."""
    doubts = Doubts(scene.said, scene.cues, scene.language)
    heard = _merged([one if one.doubt else _doubted(one, doubts) for one in _heard(scene)])
    return heard if likely is None else [*heard, *_read(scene, heard, likely.tasks)]


def _heard(scene: Scene) -> Iterator[Candidate]:
    """What cues tell of."""
    for index, utterance in enumerate(scene.said):
        if (unreal := scene.unreal(index)) is not None:
            if scene.does(index, "offer") and not scene.does(index, "machine"):
                yield Candidate("action_item", index, (index,), utterance.speaker, "offer", unreal)
            continue
        if scene.promised(index) and not scene.does(index, "question"):
            yield Candidate("action_item", index, (index,), None, "other")
        if scene.does(index, "offer"):
            yield Candidate("action_item", index, (index,), utterance.speaker, "offer")
            continue
        if scene.does(index, "weak_offer") and not scene.does(index, "reject", "question"):
            taken = next((other for other in scene.others(index, 2) if scene.does(other, "accept", "ask")), None)
            if taken is not None and not scene.does(taken, "reject"):
                yield Candidate("action_item", index, (index, taken), utterance.speaker, "weak")
                continue
        taker = scene.taker(index)
        if taker is not None:
            yield Candidate("action_item", taker, (index, taker), scene.said[taker].speaker, "asked")
        if (
            scene.does(index, "other")
            and scene.outsider(index)
            and not scene.promised(index)
            and not scene.does(index, "question")
        ):
            yield Candidate("action_item", index, (index,), None, "other")


def _read(scene: Scene, heard: Sequence[Candidate], odds: Sequence[float]) -> Iterator[Candidate]:
    """The turns in which the model holds that a task may be taken on, where no cue was heard."""
    known = {one.anchor for one in heard}
    for turn, value in enumerate(odds):
        if value < THOUGHT or turn in known or scene.unreal(turn):
            continue
        told = scene.does(turn, "other", "promised", "gave_word") and not scene.does(turn, "first_person")
        speaker = None if told else scene.said[turn].speaker
        yield Candidate("action_item", turn, (turn,), speaker, "other" if told else "read")


def _doubted(task: Candidate, doubts: Doubts) -> Candidate:
    first, last = task.turns[0], task.turns[-1]
    other = {"asked": first, "weak": last}.get(task.why)
    return replace(task, doubt=doubts.task(task.anchor, other, task.why))


def _merged(tasks: Sequence[Candidate]) -> list[Candidate]:
    """One candidate for each turn in which something is taken on."""
    kept: dict[int, Candidate] = {}
    for task in tasks:
        other = kept.get(task.anchor, task)
        surer = task if other.doubt and not task.doubt else other
        if other is not task:
            turns = tuple(sorted({*other.turns, *task.turns}))
            surer = replace(surer, turns=turns, why=f"{other.why}+{task.why}")
        kept[task.anchor] = surer
    return list(kept.values())
