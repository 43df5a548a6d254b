"""When a task is due: in the words of the one who takes it on, not of whatever else is said to happen on a day."""

import pytest

from meetbot.notes.due import due
from meetbot.notes.nominate import nominate
from tests.unit.notes.people import conversation


def first_due(*lines: str, language: str = "en") -> str | None:
    talk = conversation(*lines, language=language)
    labels = {speaker.id: speaker.label for speaker in talk.speakers}
    task = next(one for one in nominate(talk.utterances, language, labels) if one.kind == "action_item")
    return due(talk.utterances, task, language)


@pytest.mark.parametrize(
    ("language", "line", "words"),
    [
        ("en", "Ben: I'll ring the printer straight after this.", "straight after this"),
        ("en", "Ben: I'll send the plan round at the weekend.", "at the weekend"),
        ("en", "Ben: I'll order the paint as soon as it's signed. Friday at the latest.", "Friday"),
        ("de", "Ben: Ich ruf den Drucker am Wochenende an.", "am Wochenende"),
        ("fr", "Ben: Je fais le tableau ce week-end.", "ce week-end"),
        ("es", "Ben: Los llamo yo en cuanto acabemos.", "en cuanto acabemos"),
        ("es", "Ben: Los llamo yo uno por uno, son cuatro.", None),
        ("es", "Ben: Los llamo yo antes del cuatro de mayo.", "antes del cuatro de mayo"),
    ],
)
def test_days_and_events_are_when(language: str, line: str, words: str | None) -> None:
    assert first_due(line, language=language) == words


def test_a_day_in_what_follows_counts() -> None:
    asked = ("Ana: The tool set is missing.", "Ben: I'll order the tool set.")
    assert first_due(*asked, "Ana: By when?", "Ben: By Thursday.") == "By Thursday"


def test_who_corrects_a_day_names_the_right_one_last() -> None:
    assert first_due("Ana: Could you send it?", "Ben: Sure. I'm out tomorrow. Say Tuesday.") == "Tuesday"


@pytest.mark.parametrize(
    ("language", "line", "words"),
    [
        ("en", "Ben: I'll draw something up. You'll have it Friday. No, hang on, I'm in Bristol. Monday.", "Monday"),
        ("en", "Ben: i'll have that up thursday no sorry i'm at the dentist saturday", "saturday"),
        ("de", "Ben: Ich ruf da am Freitag an. Quatsch, am Montag.", "am Montag"),
        ("fr", "Ben: Je passe chez le cordonnier jeudi, non, jeudi il est fermé, mardi.", "mardi"),
        ("es", "Ben: Se la pido yo el domingo. Uy, no, el domingo caza. El sábado.", "El sábado"),
    ],
)
def test_a_day_that_is_corrected_in_the_same_breath_is_not_when(language: str, line: str, words: str) -> None:
    assert first_due(line, language=language) == words


def test_what_is_due_is_said_with_the_promise_and_not_with_the_reason() -> None:
    assert first_due("Ben: I'll ring her on Friday, she's not in till Friday.") == "on Friday"
    assert first_due("Ben: If I get your draft by Wednesday, I'll put them in the post on Thursday.") == "on Thursday"


def test_how_long_it_takes_is_not_when() -> None:
    assert first_due("Ben: I'll put a sheet up there for two weeks, with flat sizes.") is None
    assert (
        first_due("Ana: Could you write the guide?", "Ben: Sure, I'll write the guide.", "Ben: Two weeks.")
        == "Two weeks"
    )
