"""Who corrects a day and says why names it twice: "by Thursday. No, sorry, Friday. Thursday I've got the dentist"; the
correction was seen only where nothing that says when came after it, and Thursday was when it was due."""

import pytest

from meetbot.notes.candidate import Candidate
from meetbot.notes.due import due
from tests.unit.notes.people import conversation


@pytest.mark.parametrize(
    ("language", "said", "when"),
    [
        ("en", "I'll have it fixed by Thursday. No, sorry, Friday. Thursday I've got the dentist.", "Friday"),
        ("es", "Se lo reclamo mañana. Ay, no, perdona, el viernes, que mañana estoy en Huesca.", "el viernes"),
        ("de", "Bestell ich am Freitag, ach nee, Freitag haben die zu, dann Montag.", "Montag"),
        pytest.param(
            *("en", "I'll have it fixed by Thursday. Friday I'm away.", "by Thursday"),
            marks=pytest.mark.xfail(strict=True, reason="a last day that opens a clause outweighs the promise's own"),
        ),
    ],
)
def test_the_day_that_holds_is_when_it_is_due(language: str, said: str, when: str) -> None:
    talk = conversation(f"Ana: {said}", "Ben: Fine.", language=language)
    task = Candidate("action_item", 0, (0,), "S1", "offer", told=(0,), due=(0,))
    assert due(talk.utterances, task, language) == when
