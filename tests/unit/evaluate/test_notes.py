"""Notes against a key: what is optional costs nothing, an owner nobody named is not asked for, traps are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from meetbot.domain import ActionItem, Decision, Notes, OpenQuestion
from meetbot.evaluate.measure import spoken_words
from meetbot.evaluate.notes import Tally, interval, score
from meetbot.evaluate.script import Script, load

TALK = """+++
title = "Kitchen"
date = 2026-11-23
language = "en"
names = "known"
style = "clean"
speakers = ["Ana", "Ben"]
+++

[#island] Ana: The peninsula, then, not an island.
[#yes] Ben: Agreed.
[#call] Ben: I'll call the electrician on Monday.
[#lamp] Ana: And somebody could measure the lamp.
Ben: Mm.
Ana: Mm.
Ben: Mm.
[#far] Ana: Who pays for the floor? We don't know yet.
"""
KEY = """
decisions = [{ text = "A peninsula", turns = ["island", "yes"], must = [["peninsula"]], says = ["island"] }]
open_questions = [{ text = "Who pays?", turns = ["far"], must = [["pays"], ["floor"]] }]
topics = []
questions = []

[[action_items]]
task = "Call the electrician"
turns = ["call"]
must = [["call"], ["electrician"]]
owner = "Ben"

[[action_items]]
task = "Measure the lamp"
turns = ["lamp"]
must = [["measure"], ["lamp"]]

[[optional]]
kind = "decision"
text = "No island"
turns = ["island"]
must = [["island"]]

[[traps]]
kind = "rejected proposal"
text = "An island"
turns = ["island"]
must = [["island"]]
must_not_be = ["decision"]

[[traps]]
kind = "wrong owner"
text = "Ana calls the electrician"
turns = ["call"]
must = [["electrician"]]
must_not_be = ["action_item"]
owner = "Ana"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    folder = tmp_path_factory.mktemp("meeting")
    (folder / "kitchen.txt").write_text(TALK)
    (folder / "kitchen.toml").write_text(KEY)
    return load(folder / "kitchen.txt")


def made(
    tasks: tuple[ActionItem, ...] = (),
    decisions: tuple[Decision, ...] = (),
    questions: tuple[OpenQuestion, ...] = (),
) -> Notes:
    return Notes("", "2026-11-23", "en", 30.0, (), "", (), decisions, tasks, questions)


def task(text: str, turn: str, owner: str | None = None, owner_name: str | None = None) -> ActionItem:
    return ActionItem(text, owner, owner_name, None, None, (turn,), 0.0, True)


def test_an_optional_item_is_neither_right_nor_wrong(script: Script) -> None:
    both = made(decisions=(Decision("A peninsula", ("T1",), 0.0, True), Decision("No island", ("T1",), 0.0, True)))
    found = score(script, both)
    assert (found.decisions.matched, found.decisions.listed, found.decisions.expected) == (1, 1, 1)
    assert not found.wrong
    assert not found.trapped, "what is optional is no trap"


def test_an_item_like_an_optional_one_far_away_is_wrong(script: Script) -> None:
    found = score(script, made(decisions=(Decision("No island", ("T8",), 0.0, True),)))
    assert found.decisions.listed == 1
    assert found.wrong == ("decision: No island T8",)


def test_only_an_owner_that_the_key_names_is_scored(script: Script) -> None:
    found = score(script, made((task("call the electrician", "T3", "S2"), task("measure the lamp", "T4", "S1", "Ana"))))
    assert found.tasks.matched == 2
    assert found.owners == (1, 1)


def test_a_wrong_owner_is_counted_and_a_trap(script: Script) -> None:
    found = score(script, made((task("call the electrician", "T3", "S1", "Ana"),)))
    assert found.owners == (0, 1)
    assert found.trapped == ("wrong owner",)


def test_a_match_needs_the_words_and_the_place(script: Script) -> None:
    assert (
        score(script, made(questions=(OpenQuestion("Who pays for the floor?", ("T6",), 0.0, True),))).questions.f1 == 1
    )
    elsewhere = score(script, made(questions=(OpenQuestion("Who pays for the floor?", ("T5",), 0.0, True),)))
    assert elsewhere.questions.matched == 0
    assert "open_question: Who pays?" in elsewhere.missed


def test_a_second_item_for_the_same_key_item_is_wrong(script: Script) -> None:
    twice = made((task("call the electrician", "T3", "S2"), task("call an electrician", "T3", "S2")))
    assert score(script, twice).tasks.matched == 1
    assert score(script, twice).tasks.precision == 0.5


def test_the_interval_is_of_pooled_meetings() -> None:
    bounds = interval([Tally(8, 10, 10), Tally(2, 10, 10), Tally(5, 10, 10)])
    assert bounds is not None
    assert 0.2 <= bounds[0] < 0.5 < bounds[1] <= 0.8
    assert interval([Tally(8, 10, 10)]) is None


def test_what_code_finds_without_a_model(tmp_path: Path) -> None:
    (tmp_path / "kitchen.txt").write_text(TALK)
    (tmp_path / "kitchen.toml").write_text(KEY)
    (measured,) = spoken_words([tmp_path / "kitchen.txt"])
    assert measured.score.tasks.matched == 1
    assert measured.score.owners == (1, 1)


@pytest.mark.parametrize(
    ("turns", "context", "counts"),  # alone, whole, shown
    [
        (("T1",), (), (1, 1, 1)),
        (("T1", "T2"), ("T3",), (1, 1, 1)),
        (("T2",), (), (1, 0, 0)),
        (("T2",), ("T1",), (1, 0, 1)),
        (("T1", "T3"), (), (0, 1, 1)),
        (("T2", "T3"), (), (0, 0, 0)),
    ],
)
def test_quotes_are_counted_that_say_it_all_and_nothing_else(
    script: Script, turns: tuple[str, ...], context: tuple[str, ...], counts: tuple[int, int, int]
) -> None:
    found = score(script, made(decisions=(Decision("A peninsula", turns, 0.0, True, context=context),)))
    assert (found.alone, found.whole, found.shown) == tuple((count, 1) for count in counts)
