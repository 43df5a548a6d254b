"""The written meetings hold together: every key item follows from the turns it cites, and no trap is a key item."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from meetbot.domain import ItemKind
from meetbot.errors import UsageError
from meetbot.evaluate.script import Must, Script, Trap, load, mentions, normalise, satisfies

MEETINGS = Path(__file__).parents[2] / "samples" / "meetings"
PATHS = sorted(MEETINGS.glob("*/*.txt"))
SCRIPTS = {path.stem: load(path) for path in PATHS}

every_meeting = pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())


def said(script: Script, turns: tuple[str, ...]) -> str:
    return " ".join(script.transcript.by_id[turn].text for turn in turns)


def expected(script: Script) -> Iterator[tuple[ItemKind, str, tuple[str, ...], Must]]:
    key = script.key
    for decision in key.decisions:
        yield "decision", decision.text, decision.turns, decision.must
    for task in key.action_items:
        yield "action_item", task.task, task.turns, task.must
    for question in key.open_questions:
        yield "open_question", question.text, question.turns, question.must


@every_meeting
def test_holds_enough_to_measure_with(script: Script) -> None:
    key = script.key
    assert len(key.action_items) >= 6
    assert len(key.decisions) >= 4
    assert len(key.traps) >= 5
    assert len(key.topics) >= 3
    assert any(decision.history for decision in key.decisions)
    assert sum(asked.answer is None for asked in key.questions) >= 3
    assert sum(asked.answer is not None for asked in key.questions) >= 3


@every_meeting
def test_items_follow_from_their_turns(script: Script) -> None:
    for kind, text, turns, must in expected(script):
        assert turns, (kind, text)
        assert must, (kind, text)
        assert satisfies(text, must), f"{kind} {text!r} does not satisfy its own must"
        assert satisfies(said(script, turns), must), f"{kind} {text!r} does not follow from {turns}"
    for items in script.key.items.values():
        for item in items:
            assert item.says, item
            assert set(item.says) <= set(item.turns), item
    for decision in script.key.decisions:
        for earlier in decision.history:
            assert satisfies(earlier.text, earlier.must), earlier.text
            assert satisfies(said(script, earlier.turns), earlier.must), earlier.text
            assert min(map(number, earlier.turns)) < max(map(number, decision.turns)), earlier.text


def number(turn: str) -> int:
    return int(turn[1:])


@every_meeting
def test_owners_and_due_words_were_said(script: Script) -> None:
    everything = said(script, tuple(script.transcript.by_id))
    for task in script.key.action_items:
        assert not (task.owner and task.owner_name), task.task
        if task.owner_name:
            assert task.owner_name not in script.names.values(), task.task
            assert mentions(everything, task.owner_name), task.task
        for due in task.due:
            assert normalise(due) in normalise(said(script, task.turns)), f"{due!r} is not said in {task.turns}"
        if task.due_date:
            assert task.due, task.task
            assert script.date <= task.due_date < f"{int(script.date[:4]) + 1}-12-31", task.task


@every_meeting
def test_traps_are_no_key_items(script: Script) -> None:
    for trap in script.key.traps:
        assert satisfies(trap.text, trap.must), f"trap {trap.text!r} does not satisfy its own must"
        for kind, text, turns, _ in expected(script):
            close = any(abs(number(a) - number(b)) <= 2 for a in trap.turns for b in turns)
            if close and kind in trap.must_not_be and not says_otherwise(script, trap, text):
                assert not satisfies(text, trap.must), f"trap {trap.text!r} is the {kind} {text!r}"


def says_otherwise(script: Script, trap: Trap, text: str) -> bool:
    """Whether the trap asks for an owner or a date that the task does not have."""
    return any(
        task.task == text
        and ((trap.owner and trap.owner != task.owner) or (trap.due_date and trap.due_date != task.due_date))
        for task in script.key.action_items
    )


@every_meeting
def test_answers_follow_from_their_turns(script: Script) -> None:
    for asked in script.key.questions:
        if asked.answer is not None:
            assert satisfies(asked.answer, asked.must), asked.question
            who = " ".join(script.names[script.transcript.by_id[turn].speaker] for turn in asked.turns)
            assert satisfies(f"{who} {said(script, asked.turns)}", asked.must), f"{asked.question!r} is not answered"


@every_meeting
def test_optional_items_are_reachable(script: Script) -> None:
    for item in script.key.optional:
        assert item.turns, item.text
        assert satisfies(item.text, item.must), item.text


@every_meeting
def test_topics_come_in_order(script: Script) -> None:
    starts = [number(topic.start) for topic in script.key.topics]
    assert starts == sorted(starts)
    assert all(satisfies(topic.title, topic.must) for topic in script.key.topics)


@every_meeting
def test_transcript_is_one_that_the_pipeline_could_have_written(script: Script) -> None:
    transcript = script.transcript
    starts = [utterance.start for utterance in transcript.utterances]
    assert starts == sorted(starts)
    for utterance in transcript.utterances:
        assert "".join(word.text for word in utterance.words).strip() == utterance.text
        assert "[#" not in utterance.text
        assert utterance.start < utterance.end
    assert transcript.audio.duration == max(utterance.end for utterance in transcript.utterances)
    assert sum(speaker.turns for speaker in transcript.speakers) == len(transcript.utterances)
    assert len(transcript.speakers) == len(script.names)


def test_split_lists_every_meeting_in_the_half_it_lies_in() -> None:
    split = (MEETINGS / "SPLIT.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (tune|report) \| `(\w+)` \|", split, re.M)
    assert sorted(rows) == sorted((path.parent.name, path.stem) for path in PATHS)


def test_a_malformed_script_says_where(tmp_path: Path) -> None:
    front = '+++\ntitle = "x"\ndate = 2026-03-10\nlanguage = "en"\nnames = "known"\nstyle = "clean"\n'
    front += 'speakers = ["Ana"]\n+++\n'
    path = tmp_path / "x.txt"
    path.write_text(front + "\nAna: Hello.\nBen: Hello.\n")
    with pytest.raises(UsageError, match="line 11: 'Ben' is not among the speakers"):
        load(path)
    path.write_text(front + "\nno turn at all\n")
    with pytest.raises(UsageError, match="line 10 is no turn"):
        load(path)


def test_mentions() -> None:
    assert mentions("She is Sending it", "send")
    assert not mentions("We resend it", "send")
    assert mentions("Die Stromrechnung prüfen", "*rechnung")
    assert mentions("Prüfen", "prufen")
    assert not mentions("150 euros", "15")
    assert not mentions("15.5 euros", "15")
    assert mentions("1,500 euros", "1500")
    assert mentions("There is no camera", "no=")
    assert not mentions("in November", "no=")
    assert mentions("我们周五发报价", "报价")
    assert satisfies("Ben sends the offer", (("send", "mail"), ("quote", "offer")))
    assert not satisfies("Ben sends it", (("send", "mail"), ("quote", "offer")))
