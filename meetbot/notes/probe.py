"""How likely each turn takes on a task or settles something, by what the language model holds in mind after reading it.

A model of a billion words knows more of how people talk than any list of expressions, and a linear probe on its states
(`llm.probe`) tells it. `meetbot.evaluate.fit_probe` makes one, from written meetings in five languages. For other
models there is none, and cues alone nominate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from meetbot.domain import ItemKind, Transcript, Utterance
from meetbot.llm import LanguageModel, Prompt, neutral
from meetbot.llm.probe import Probe

# What is told of each turn: that it is evidence of a task, a decision, a question left open; that by itself or with few
# others it says what that is; that its speaker takes on a task; that it says when one is due; that it says what was
# decided otherwise later.
COLUMNS = (
    "tasks",
    "decisions",
    "questions",
    "tasks_told",
    "decisions_told",
    "questions_told",
    "taken",
    "due",
    "former",
)
# What a turn is evidence of, and what it says, by kind.
EVIDENCE: dict[ItemKind, tuple[str, str]] = {
    "action_item": ("tasks", "tasks_told"),
    "decision": ("decisions", "decisions_told"),
    "open_question": ("questions", "questions_told"),
}
SYSTEM = (
    "You read the transcript of a meeting, turn by turn, and note after each turn whether in it somebody takes on a "
    "task, the group settles something, or a question is left open."
)
SHARED = "Transcript:\n"


@dataclass(frozen=True, slots=True)
class Likely:
    """Log odds of what COLUMNS say, for every turn of a conversation, and what the turns are about.

    `subjects`: (turns, directions), of length one each; (0, 0) where nothing is known of it.
    """

    tasks: tuple[float, ...]
    decisions: tuple[float, ...]
    questions: tuple[float, ...]
    tasks_told: tuple[float, ...]
    decisions_told: tuple[float, ...]
    questions_told: tuple[float, ...]
    taken: tuple[float, ...]
    due: tuple[float, ...]
    former: tuple[float, ...]
    subjects: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 0), np.float32), compare=False, kw_only=True
    )

    def alike(self, turn: int) -> NDArray[np.float32]:
        """How much each turn is about what `turn` is about, -1 to 1; 0 where nothing is known of it. (turns,)"""
        if not len(self.subjects):
            return np.zeros(len(self.tasks), np.float32)
        near: NDArray[np.float32] = self.subjects @ self.subjects[turn]
        return near


def line(transcript: Transcript, utterance: Utterance) -> str:
    """A turn as the model reads it."""
    return f"{utterance.id} {neutral(transcript.label(utterance.speaker))}: {neutral(utterance.text)}\n"


def likely(
    model: LanguageModel,
    probe: Probe,
    transcript: Transcript,
    utterances: Sequence[Utterance],
    told: Callable[[int], None] = lambda lines: None,
) -> Likely | None:
    """What `model` thinks of `utterances` of `transcript`, or None if it runs elsewhere and does not say."""
    lines = [line(transcript, one) for one in utterances]
    projected = model.project(Prompt(SYSTEM, SHARED, ""), lines, probe.projections(), probe.layers.tolist(), told)
    return None if projected is None else log_odds(np.array(projected, np.float32), probe)


def log_odds(projected: NDArray[np.float32], probe: Probe) -> Likely:
    """`projected`: (turns, 2 columns + directions), the states times the probe's projections."""
    columns = (tuple(float(value) for value in column) for column in probe.log_odds(projected))
    return Likely(**dict(zip(COLUMNS, columns, strict=True)), subjects=probe.subjects(projected))
