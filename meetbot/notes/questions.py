"""A conversation to what it leaves open. Pure.

Said outright ("that stays open"), or not known to two people in a row, with the question before it; or the language
model holds that a turn leaves something open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from meetbot.notes.candidate import Candidate
from meetbot.notes.doubt import NOT_LEFT_OPEN, Doubts
from meetbot.notes.probe import Likely
from meetbot.notes.scene import REPLY, Scene
from meetbot.notes.weigh import judged

ASKED = 4  # turns before somebody does not know, in which it was asked
OPEN = -1.5  # log odds of an open question without a cue, to be looked at at all


def questions(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """The open questions of `scene`, those that are doubtful marked."""
    possible = unanswered(scene, likely)
    # Of the written meetings' too few are heard by cues alone to weigh them.
    return possible if likely is None else [*judged(scene, likely, possible, (), NOT_LEFT_OPEN)]


def unanswered(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """What `scene` may leave open, each with what the cues speak against it."""
    doubts = Doubts(scene.said, scene.cues, scene.language)
    heard = [replace(one, doubt=doubts.question(one.turns)) for one in _heard(scene)]
    return heard if likely is None else [*heard, *_read(scene, heard, likely.questions)]


def _heard(scene: Scene) -> Iterator[Candidate]:
    """What is left open: said outright, or not known to two people in a row, with the question before it."""
    unsure = [
        index
        for index in range(len(scene.said))
        if scene.real(index) and scene.does(index, "open", "left_open") and not scene.does(index, "retract")
    ]
    runs: list[list[int]] = []
    for index in unsure:
        if runs and index - runs[-1][-1] <= REPLY:
            runs[-1].append(index)
        else:
            runs.append([index])
    for run in runs:
        outright = [index for index in run if scene.does(index, "left_open")]
        if not outright and len({scene.said[index].speaker for index in run}) < 2:
            continue
        anchor = outright[-1] if outright else run[-1]
        asked = [other for other in range(max(0, run[0] - ASKED), run[0] + 1) if scene.does(other, "question")]
        yield Candidate("open_question", anchor, tuple(sorted({*asked[-1:], run[0], anchor})), None, "open")


def _read(scene: Scene, heard: Sequence[Candidate], odds: Sequence[float]) -> Iterator[Candidate]:
    """The turns that the model holds to leave something open, where no cue was heard."""
    known = {one.anchor for one in heard}
    for turn, value in enumerate(odds):
        if value >= OPEN and turn not in known and scene.real(turn):
            yield Candidate("open_question", turn, (turn,), None, "read")
