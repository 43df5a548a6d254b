"""Which turns that look like an item are one by themselves."""

from __future__ import annotations

from meetbot.notes.apart import JOINED, LEAST, REACH, Weighed, distinct, features
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import cues
from meetbot.notes.nominate import nominate
from meetbot.notes.probe import COLUMNS, Likely
from meetbot.notes.scene import Scene
from meetbot.trees import Trees
from tests.unit.notes.people import conversation

TALK = conversation(*(f"{'Ana' if turn % 2 else 'Ben'}: Turn number {turn}." for turn in range(20)))
SCENE = Scene(TALK.utterances, cues(TALK.utterances, "en"), {}, "en")
LIKELY = Likely(*((0.0,) * len(TALK.utterances) for _ in COLUMNS))
ALWAYS = Trees([], [], 5.0, [])
NEVER = Trees([], [], -5.0, [])
# Another one if more than two turns away.
FAR = Trees(["apart"], [0.0], 0.0, [[0, 2.5, -5.0, 5.0]])


def at(turn: int, sure: float) -> Weighed:
    return Candidate("action_item", turn, (turn,), "S1", "read"), sure


def anchors(found: list[Weighed]) -> list[int]:
    return [one.anchor for one, _ in found]


def test_the_likeliest_is_kept_and_what_belongs_to_it_joins_its_exchange() -> None:
    found = distinct(SCENE, LIKELY, [at(4, 0.7), at(5, 0.9), at(4 + REACH, 0.6)], NEVER)
    assert anchors(found) == [5]
    assert found[0] == (Candidate("action_item", 5, (4, 5), "S1", "read"), 0.9)


def test_what_is_far_away_is_another_one_whatever_the_model_says() -> None:
    assert anchors(distinct(SCENE, LIKELY, [at(1, 0.9), at(2 + REACH, 0.8)], NEVER)) == [1, 2 + REACH]


def test_what_belongs_to_an_item_but_is_not_close_does_not_join_its_exchange() -> None:
    ((one, _),) = distinct(SCENE, LIKELY, [at(1, 0.9), at(2 + JOINED, 0.8)], NEVER)
    assert one.turns == (1,)


def test_two_things_in_two_turns_are_two() -> None:
    assert anchors(distinct(SCENE, LIKELY, [at(3, 0.7), at(4, 0.9)], ALWAYS)) == [3, 4]


def test_each_is_compared_with_all_that_were_kept() -> None:
    assert anchors(distinct(SCENE, LIKELY, [at(3, 0.9), at(6, 0.8), at(5, 0.7)], FAR)) == [3, 6]


def test_what_it_is_compared_by_does_not_depend_on_their_order_in_the_list() -> None:
    found = [at(3, 0.9), at(6, 0.8), at(5, 0.7), at(12, 0.7)]
    assert distinct(SCENE, LIKELY, found, FAR) == distinct(SCENE, LIKELY, found[::-1], FAR)
    values = features(SCENE, LIKELY, at(6, 0.8), at(5, 0.7))
    assert (values["away"], values["apart"], values["likely, kept"]) == (-1.0, 1.0, 0.8)


def test_without_a_language_model_one_persons_offers_close_by_are_one() -> None:
    assert anchors(distinct(SCENE, None, [at(3, 0.9), at(6, 0.8), at(8, 0.7)], None)) == [3, 8]


def test_two_people_take_on_a_task_each_in_turns_that_follow_each_other() -> None:
    talk = conversation(
        "Ana: So the tent and the generator, both for Saturday.",
        "Ben: I'll ring the scouts about the tent tomorrow.",
        "Cleo: And I'll order the generator tonight.",
        "Ana: Perfect, thank you both.",
    )
    tasks = [one for one in nominate(talk.utterances, "en") if one.kind == "action_item" and not one.doubt]
    assert [(one.anchor, one.speaker) for one in tasks] == [(1, "S2"), (2, "S3")]
    assert 0 < LEAST < 1
