"""What the language model holds in mind after a turn, and what it does to candidates."""

import numpy as np
import pytest

from meetbot.llm import DEFAULT
from meetbot.llm.probe import Probe, shipped
from meetbot.notes.candidate import Candidate
from meetbot.notes.doubt import JEST, NOT_SETTLED, UNLIKE
from meetbot.notes.due import due
from meetbot.notes.narrow import as_spoken
from meetbot.notes.nominate import nominate
from meetbot.notes.probe import COLUMNS, Likely, log_odds
from tests.unit.notes.people import conversation

QUIET = -5.0  # log odds of a turn in which nothing is taken on or settled


def nominated(*lines: str, tasks: dict[int, float], decisions: dict[int, float] | None = None) -> list[Candidate]:
    """The candidates of a conversation of which the model thinks what is said by turn."""
    talk = conversation(*lines)
    labels = {speaker.id: speaker.label for speaker in talk.speakers}
    return nominate(talk.utterances, "en", labels, thought(len(lines), tasks, decisions or {}))


def thought(
    turns: int, tasks: dict[int, float], decisions: dict[int, float], due: dict[int, float] | None = None
) -> Likely:
    """What the model thinks of a conversation, by turn: the same of a task's being there, said and taken on."""
    said = {"tasks": tasks, "tasks_told": tasks, "taken": tasks, "due": due or {}}
    said |= {"decisions": decisions, "decisions_told": decisions}
    return Likely(*(tuple(said.get(column, {}).get(turn, QUIET) for turn in range(turns)) for column in COLUMNS))


def test_the_state_after_the_next_turn_counts_too() -> None:
    columns = len(COLUMNS)
    weights, bias, last = (
        np.zeros((2, 2 * columns), np.float32),
        np.full(columns, 0.5, np.float32),
        np.full(columns, 10.0),
    )
    probe = Probe(np.array([1]), weights, bias, last, np.zeros((1, 0), np.float32))
    projected = np.array([[1, 2] * columns, [5, 6] * columns], np.float32)
    assert log_odds(projected, probe) == Likely(*[(1 + 6 + 0.5, 5 + 10 + 0.5)] * columns)


def test_turns_about_one_thing_are_alike_whatever_all_of_the_meeting_is_about() -> None:
    columns = len(COLUMNS)
    odds = (np.zeros((2, 2 * columns), np.float32), np.zeros(columns, np.float32), np.zeros(columns, np.float32))
    probe = Probe(np.array([1]), *odds, np.eye(1, 2, dtype=np.float32))
    about = np.array([[11, 10], [12, 10], [9, 10], [8, 10]], np.float32)
    found = log_odds(np.concatenate([np.zeros((4, 2 * columns), np.float32), about], axis=1), probe)
    assert found.alike(0).tolist() == pytest.approx([1, 1, -1, -1], abs=1e-4)
    assert probe.projections().shape == (2, 2 * columns + 2)


def test_nothing_is_alike_where_nothing_is_known_of_it() -> None:
    assert thought(3, {}, {}).alike(1).tolist() == [0, 0, 0]


def test_a_task_that_no_cue_tells_is_found_with_who_takes_it_on() -> None:
    talk = ("Ana: Somebody has to go and see the harbour master.", "Ben: My boat's there anyway.", "Ana: Lovely.")
    assert [one for one in nominated(*talk, tasks={}) if one.kind == "action_item"] == []
    task = next(one for one in nominated(*talk, tasks={1: 2.0}) if one.kind == "action_item")
    assert (task.anchor, task.speaker, task.doubt) == (1, "S2", None)


def test_a_cue_that_the_model_does_not_believe_is_doubted() -> None:
    offer = "Ben: I'll take the stage then, thank you, it is an honour."
    (before,) = nominated(offer, tasks={0: 2.0})
    (after,) = nominated(offer, tasks={0: 0.0})
    assert (before.doubt, after.doubt) == (None, UNLIKE)
    assert nominated(offer, tasks={0: QUIET}) == []


def test_a_doubt_falls_where_the_model_is_sure_but_a_jest_stays_one() -> None:
    told = ("Ana: It's Moira Kettle.", "Ben: She'll ask about carbon, Moira Kettle.")
    assert None not in [one.doubt for one in nominated(*told, tasks={1: -1.0})]
    assert [one.doubt for one in nominated(*told, tasks={1: 3.0})] == [None]
    jest = "Ben: I'll bring a helicopter for everyone and fly it."
    assert [one.doubt for one in nominated(jest, tasks={0: 3.0})] == [JEST]


def test_a_day_that_the_model_holds_to_be_of_something_else_is_not_when() -> None:
    talk = conversation(
        "Ana: The tool set is missing.",
        "Ben: I'll order the tool set.",
        "Ana: Lovely. The apprentice starts with us on Thursday and needs a desk by the window.",
    )
    sure = {1: 3.0}
    found = [
        next(
            one for one in nominate(talk.utterances, "en", {}, thought(3, sure, {}, said)) if one.kind == "action_item"
        )
        for said in ({1: -3.0}, {2: 4.0})
    ]
    assert [due(talk.utterances, one, "en") for one in found] == [None, "on Thursday"]


def test_a_conclusion_is_weighed_by_both() -> None:
    talk = ("Ana: Blue or green?", "Ben: The blue tiles look warm.", "Cal: They do.", "Ana: Blue tiles it shall be.")
    likely = [
        {one.anchor: one.likely for one in nominated(*talk, tasks={}, decisions={3: odds})}.get(3, 0.0)
        for odds in (-8.0, 4.0)
    ]
    assert likely[0] < likely[1]


def test_the_default_model_has_a_probe_and_others_have_none() -> None:
    probe = shipped("meetbot.notes", DEFAULT)
    assert probe is not None
    assert probe.weights.shape == (2 * len(probe.layers) * 1536, 2 * len(COLUMNS))
    assert shipped("meetbot.notes", "smollm2-135m") is None


@pytest.mark.parametrize("name", ["../cues", "model.gguf 12 34"])
def test_a_name_that_is_no_catalogue_id_has_no_probe(name: str) -> None:
    assert shipped("meetbot.notes", name) is None


def test_what_is_hardly_settled_is_put_aside() -> None:
    talk = (
        "Ana: Blue or green?",
        "Ben: Blue, I'd say.",
        "Ana: Okay, so we take the blue one then.",
        "Cal: Fine, blue.",
    )
    doubts = {
        odds: [one.doubt for one in nominated(*talk, tasks={}, decisions={2: odds})] for odds in (QUIET, 0.5, 4.0)
    }
    assert doubts == {QUIET: [], 0.5: [NOT_SETTLED], 4.0: [None]}


def test_who_was_only_talked_about_does_it() -> None:
    talk = conversation("Ana: The flue has to be looked at.", "Ben: I rang Joanne Pike, she'll look at it on Monday.")
    said = {"tasks": 3.0, "tasks_told": 3.0, "due": 2.0}
    likely = Likely(*((QUIET, said.get(column, QUIET)) for column in COLUMNS))
    labels = {speaker.id: speaker.label for speaker in talk.speakers}
    (task,) = [one for one in nominate(talk.utterances, "en", labels, likely) if one.kind == "action_item"]
    assert as_spoken(talk, talk.utterances, task).owner == "Joanne Pike"
