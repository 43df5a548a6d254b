"""How likely a nominated task is one, 0 to 1. Pure.

A logistic model over how it was nominated, what speaks against it (`doubt`), what the turn and the answers to it do,
and what the language model holds in mind (`probe`): none of these is right often enough to decide alone. Its weights
are in `weights.toml`.
"""

from __future__ import annotations

from meetbot.notes.candidate import Candidate
from meetbot.notes.doubt import AT_ONCE, BACK, IMAGINED, JEST, NOT_TAKEN_ON, PERHAPS, PROPOSED, TOLD
from meetbot.notes.probe import Likely
from meetbot.notes.scene import Scene
from meetbot.notes.weights import logistic, weights

BESIDE = 2  # turns beside one that are about the same task
TERSE = 4  # words of a turn that hardly says what is taken on
SPEECH = 220  # characters of a turn that tells something
NONE = -3.0  # log odds that stand for a turn that is not there
HOW = ("offer", "asked", "weak", "other", "read")
DOUBTS = (AT_ONCE, BACK, IMAGINED, JEST, NOT_TAKEN_ON, PERHAPS, PROPOSED, TOLD)


def likelihood(scene: Scene, likely: Likely | None, task: Candidate) -> float:
    """How likely `task` is one."""
    return logistic(features(scene, likely, task), weights("task", probe=likely is not None))


def features(scene: Scene, likely: Likely | None, task: Candidate) -> dict[str, float]:
    """What speaks for and against `task`."""
    turn = task.anchor
    answers = list(scene.others(turn, BESIDE))
    values = {
        "bias": 1.0,
        **{how: float(how in task.why) for how in HOW},
        "twice": float("+" in task.why),
        **{doubt: float(task.doubt == doubt) for doubt in DOUBTS},
        "says when": float(scene.does(turn, "due")),
        "question": float(scene.does(turn, "question")),
        "past": float(scene.does(turn, "past")),
        "first person": float(scene.does(turn, "first_person")),
        "claims": float(scene.does(turn, "claim")),
        "accepted": float(any(scene.does(other, "accept") for other in answers)),
        "rejected": float(any(scene.does(other, "reject") for other in answers)),
        "terse": float(len(scene.said[turn].text.split()) < TERSE),
        "speech": float(len(scene.said[turn].text) > SPEECH),
    }
    if likely is None:
        return values
    near = range(max(0, turn - BESIDE), min(len(scene.said), turn + BESIDE + 1))
    return values | {
        "evidence": likely.tasks[turn],
        "most evidence near": max(likely.tasks[other] for other in near),
        "evidence before": likely.tasks[turn - 1] if turn else NONE,
        "evidence after": likely.tasks[turn + 1] if turn + 1 < len(scene.said) else NONE,
        "says what": likely.tasks_told[turn],
        "something near says what": max(likely.tasks_told[other] for other in near),
        "takes on": likely.taken[turn],
        "settles": likely.decisions[turn],
        "leaves open": likely.questions[turn],
    }
