"""What is put aside because it was decided otherwise later was quoted by the task beside it instead."""

from __future__ import annotations

import pytest

from meetbot.notes import nominate, overtaken
from meetbot.notes.doubt import OVERTAKEN
from meetbot.trees import Trees
from tests.unit.notes.people import conversation
from tests.unit.notes.test_probe import thought

TALK = conversation(
    "Ana: Good, so the release moves to Monday, the twenty third.",
    "Ben: And I'll have that fixed by Wednesday.",
    *["Ana: And the parking is a mess."] * 8,
)


@pytest.mark.parametrize("odds", [-5.0, 5.0])
def test_a_task_leaves_to_a_decision_what_is_said_of_it(monkeypatch: pytest.MonkeyPatch, odds: float) -> None:
    monkeypatch.setattr(overtaken, "trees", lambda name, *, probe: Trees([], [], odds, []))
    likely = thought(len(TALK.utterances), {0: -1.0, 1: 3.0}, {0: 4.0})
    labels = {one.id: one.label for one in TALK.speakers}
    found = nominate.nominate(TALK.utterances, "en", labels, likely)
    decision = next(one for one in found if one.kind == "decision")
    task = next(one for one in found if one.kind == "action_item")
    assert decision.doubt == (OVERTAKEN if odds > 0 else None)
    assert 0 not in task.told
