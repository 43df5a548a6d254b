"""What sounds like a task, a decision or a question, and why it is not asserted."""

from datetime import date

import pytest

from meetbot.notes import tasks
from meetbot.notes.cues import cues
from meetbot.notes.doubt import (
    AGENDA,
    AT_ONCE,
    BACK,
    IMAGINED,
    JEST,
    LEFT_OPEN,
    NOT_TAKEN_ON,
    PERHAPS,
    PROPOSED,
    TOLD,
)
from meetbot.notes.narrow import as_spoken
from meetbot.notes.nominate import exchanges, nominate
from meetbot.notes.scene import Scene
from meetbot.notes.settle import settle
from tests.unit.notes.people import conversation


def doubts(*lines: str, language: str = "en", kind: str = "action_item") -> list[str | None]:
    """What the cues speak against each candidate; how likely a task is all the same, `weigh` says."""
    talk = conversation(*lines, language=language)
    labels = {speaker.id: speaker.label for speaker in talk.speakers}
    scene = Scene(talk.utterances, cues(talk.utterances, language), labels, language)
    found = tasks.exchanges(scene, None) if kind == "action_item" else exchanges(scene, None)
    return [one.doubt for one in found if one.kind == kind]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Ben: I'll be quick. The pump is broken."),
        ("en", "Ben: I'll open the window."),
        ("de", "Ben: Ich mach's kurz. Die Pumpe ist kaputt."),
        ("fr", "Ben: Je commence. Je vais commencer par la pompe."),
        ("es", "Ben: Yo lo cuento. La bomba no va."),
        ("zh", "Ben: 我先说一下。我会说一句。"),
    ],
)
def test_what_is_done_while_it_is_said(language: str, line: str) -> None:
    assert set(doubts("Ana: Hm.", line, language=language)) <= {AT_ONCE}


def test_what_is_taken_on_beside_it_counts() -> None:
    assert doubts("Ana: Hm.", "Ben: I'll be quick, I'll call the plumber on Monday.") == [None]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ("Ben: I'll come as a pirate.", "Ana: Haha.")),
        ("en", ("Ben: I'll eat my hat.", "Ana: Right.")),
        ("de", ("Ben: Das mach ich bis Mitternacht, von wegen.", "Ana: Tja.")),
        ("fr", ("Ben: Je l'appelle demain, je plaisante.", "Ana: Voilà.")),
        ("es", ("Ben: Yo llamo al rey.", "Ana: Jajaja.")),
        ("zh", ("Ben: 我明天就去月球。", "Ana: 哈哈。")),
    ],
)
def test_what_is_said_in_jest(language: str, lines: tuple[str, str]) -> None:
    assert doubts(*lines, language=language) == [JEST]


def test_what_is_imagined_or_taken_back_is_kept_with_the_reason() -> None:
    assert doubts("Ana: If we had the money I'll rebuild the office.", "Ben: Hm.") == [IMAGINED]
    assert doubts("Ana: I'll ask for quotes.", "Ben: That would—", "Ana: Actually no, scrap that.") == [BACK]
    said = ("Ben: My cousin Joe says he'd play on Friday.", "Ana: The one from the wedding?", "Ben: Well. No. Fair.")
    assert doubts(*said) == [BACK]


def test_a_corrected_day_takes_nothing_back() -> None:
    said = ("Ana: I'll send the form by Monday.", "Ben: Good.", "Ana: Actually no, he's away. Tuesday the fourth.")
    assert doubts(*said) == [None]


def test_what_perhaps_will_be_done() -> None:
    assert doubts("Ana: Ben, could you draft it?", "Ben: I can, but somebody else knows it better.") == [PERHAPS]
    assert doubts("Ana: The hose leaks.", "Ben: I'll see what I can do about the hose.") == [PERHAPS]


def test_an_offer_that_nobody_takes_up_is_a_proposal() -> None:
    assert doubts("Ana: It has to be painted.", "Ben: I'd do that.", "Cal: We had four people last year.") == [PROPOSED]


@pytest.mark.parametrize(
    "lines",
    [
        ("Ana: Please.", "Ben: Sure, so this letter is from a man in the hospital."),
        ("Ana: But somebody has to check the form with her.", "Ben: Sure."),
        ("Ana: Ben, could you be kinder to the new ones?", "Ben: That's true."),
    ],
)
def test_a_request_that_nobody_clearly_takes_on(lines: tuple[str, str]) -> None:
    assert set(doubts(*lines)) <= {NOT_TAKEN_ON}


def test_what_is_said_in_passing_counts() -> None:
    assert doubts("Ana: Nice weather.", "Ben: I'll write to the Morris boy.", "Cal: The hedge is high.") == [None]


def test_a_forecast_about_somebody_is_no_task() -> None:
    assert doubts("Ana: It's Moira Kettle.", "Ben: She'll ask about carbon, Moira Kettle.") == [TOLD]


def test_the_order_of_the_meeting_is_no_decision() -> None:
    said = (
        "Ana: Right. Let's start with the budget, then the roof, okay?",
        "Ben: Yes, agreed.",
        "Cal: Fine, the budget.",
        "Ana: So.",
    )
    assert set(doubts(*said, kind="decision")) == {AGENDA}


def test_what_is_left_open_is_no_decision() -> None:
    said = (
        "Ana: The colour of the tiles?",
        "Ben: No idea.",
        "Ana: Okay, then we leave it open.",
        "Ben: Fine.",
        "Cal: Yes.",
    )
    assert set(doubts(*said, kind="decision")) == {LEFT_OPEN}


def test_a_question_that_is_only_told_of_is_none() -> None:
    said = "Ben: He looked into the skip, and I had no answer. " + "It was full of cups and forks and plates. " * 6
    assert doubts("Ana: Waste.", said, kind="open_question") == [TOLD]


def test_what_is_doubtful_is_listed_apart_with_the_reason() -> None:
    talk = conversation("Ana: Hm.", "Ben: I'll eat my hat and call the plumber.", "Ana: Right.")
    found = [as_spoken(talk, talk.utterances, one) for one in nominate(talk.utterances, "en")]
    settled = settle(talk, found, date(2026, 1, 1))
    assert settled.action_items == ()
    assert [one.reason for one in settled.unverified] == [JEST]
