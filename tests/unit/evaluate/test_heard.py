"""Notes of a meeting that was spoken and heard again, put back to the turns of its script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from meetbot import codec
from meetbot.domain import ActionItem, AudioInfo, Decision, Notes, Speaker, Transcript, Utterance
from meetbot.errors import UsageError
from meetbot.evaluate import heard, material
from meetbot.evaluate.references import Said
from meetbot.evaluate.script import ExpectedDecision, ExpectedTask, Script, load

TALK = """+++
title = "Kitchen"
date = 2026-11-23
language = "en"
names = "known"
style = "clean"
speakers = ["Ana", "Ben"]
+++

[#island] Ana: The peninsula, then.
Ben: Mm-hm.
[#lamp] Ana: And the lamp?
[#call] Ben: I'll ring the electrician.
"""
SAID = (
    Said("S1", 0.0, 4.0, "The peninsula, then."),
    Said("S2", 3.0, 3.5, "Mm-hm."),
    Said("S1", 4.5, 6.0, "And the lamp?"),
    Said("S2", 6.5, 9.0, "I'll ring the electrician."),
)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    (tmp_path / "kitchen.txt").write_text(TALK)
    parts = "decisions", "action_items", "open_questions", "topics", "questions", "traps"
    (tmp_path / "kitchen.toml").write_text("\n".join(f"{part} = []" for part in parts))
    return load(tmp_path / "kitchen.txt")


def utterance(id_: str, speaker: str, start: float, end: float) -> Utterance:
    return Utterance(id_, speaker, start, end, "what was heard")


HEARD = Transcript(
    AudioInfo("kitchen.flac", "", 10.0),
    "en",
    (Speaker("S1"), Speaker("S2")),
    # Two turns of Ana are one, and Ben's first is lost; he is the first speaker here.
    (utterance("T1", "S2", 0.1, 6.0), utterance("T2", "S1", 6.4, 9.1)),
)


def test_turns_are_found_by_what_was_said_and_by_whom(script: Script) -> None:
    turns = heard.spoken_turns(script, SAID)
    assert {turn: one.start for turn, one in turns.items()} == {"T1": 0.0, "T2": 3.0, "T3": 4.5, "T4": 6.5}


def test_a_recording_of_something_else_is_refused(script: Script) -> None:
    with pytest.raises(UsageError, match="lacks its turn T4"):
        heard.spoken_turns(script, SAID[:3])


def test_what_is_cited_becomes_the_turns_in_which_it_was_said(script: Script) -> None:
    turns = heard.spoken_turns(script, SAID)
    people = heard.people(turns, HEARD)
    assert people == {"S1": "S2", "S2": "S1"}
    task = ActionItem("ring", "S1", None, None, None, ("T2",), 6.4, True, context=("T1",))
    notes = Notes("", "", "en", 10.0, (), "", (), (Decision("peninsula", ("T1",), 0.1, True),), (task,))
    back = heard.as_written(notes, HEARD, turns, people)
    assert back.decisions[0].turns == ("T1", "T3"), "Ben's word in between is not Ana's"
    assert (back.action_items[0].turns, back.action_items[0].context) == (("T4",), ("T1", "T3"))
    assert back.action_items[0].owner == "S2"


def test_a_speaker_of_nobody_owns_nothing(script: Script) -> None:
    turns = heard.spoken_turns(script, SAID)
    alone = replace(
        HEARD, speakers=(*HEARD.speakers, Speaker("S3")), utterances=(*HEARD.utterances, utterance("T3", "S3", 20, 21))
    )
    people = heard.people(turns, alone)
    task = ActionItem("ring", "S3", None, None, None, ("T3",), 20.0, True)
    back = heard.as_written(Notes("", "", "en", 10.0, (), "", (), (), (task,)), alone, turns, people)
    assert back.action_items[0].owner is None
    assert back.action_items[0].turns == ("T4",), "the turn that is nearest"


def test_names_are_those_that_the_script_tells(script: Script) -> None:
    turns = heard.spoken_turns(script, SAID)
    named = heard.introduced(script, HEARD, heard.people(turns, HEARD))
    assert [one.name for one in named.speakers] == ["Ben", "Ana"]


def test_a_key_is_put_to_what_was_heard(script: Script) -> None:
    wanted = replace(
        script,
        key=replace(
            script.key,
            action_items=(ExpectedTask("ring", ("T2", "T4"), (("ring",),), owner="S2", says=("T4",)),),
            decisions=(ExpectedDecision("peninsula", ("T1",), (), history=(ExpectedDecision("none", ("T3",), ()),)),),
        ),
    )
    stranger = replace(HEARD, speakers=(*HEARD.speakers, Speaker("S3")))
    made = heard.as_heard(wanted, stranger, SAID)
    assert [(one.id, one.speaker) for one in made.transcript.utterances] == [("T1", "S1"), ("T2", "S2")]
    assert [(one.id, one.name) for one in made.transcript.speakers] == [
        ("S2", "Ben"),
        ("S1", "Ana"),
        ("S3, nobody", None),
    ]
    task, decision = made.key.action_items[0], made.key.decisions[0]
    assert (task.turns, task.says, task.owner) == (("T2",), ("T2",), "S2"), "what was not heard has no turn"
    assert (decision.turns, decision.history[0].turns) == (("T1",), ("T1",))


def test_material_is_what_is_written_and_what_was_heard_of_it(script: Script, tmp_path: Path) -> None:
    (tmp_path / "heard").mkdir()
    lines = [f"kitchen 1 {one.speaker} {one.start} {one.end} {one.text}" for one in SAID]
    (tmp_path / "heard" / "kitchen.stm").write_text("\n".join(lines))
    (tmp_path / "heard" / "kitchen.json").write_text(codec.to_json(HEARD))
    known = material.meetings(tmp_path, tmp_path / "heard")
    assert [(one.id, one.name, one.times) for one in known] == [
        ("kitchen", "kitchen", 1),
        ("kitchen-heard", "kitchen", material.HEARD),
    ]
    assert [one.text for one in known[1].script.transcript.utterances] == ["what was heard"] * 2
    assert [one.id for one in material.meetings(tmp_path)] == ["kitchen"]
