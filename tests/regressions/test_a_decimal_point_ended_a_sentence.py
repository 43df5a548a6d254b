"""Whisper writes numbers in digits: "2.5 million" was two sentences, quoted as "2. 5 million", and put aside because
the number 2 is not in the turn."""

from datetime import date

import pytest

from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import SENTENCE
from meetbot.notes.narrow import as_spoken
from meetbot.notes.settle import settle
from tests.unit.notes.people import conversation


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It is 2.5 million. We take 5.0.", ["It is 2.5 million.", "We take 5.0."]),
        ("At 9.30, then. Fine.", ["At 9.30, then.", "Fine."]),
        ("We need 3. Then we stop.", ["We need 3.", "Then we stop."]),
        ("Am 3. Mai, oder der 4. ist gut. Ja.", ["Am 3. Mai, oder der 4. ist gut.", "Ja."]),
        ("Wait... what? No!", ["Wait...", "what?", "No!"]),
    ],
)
def test_a_number_is_not_divided(text: str, sentences: list[str]) -> None:
    assert [match[0].strip() for match in SENTENCE.finditer(text)] == sentences


def test_a_decision_with_a_decimal_is_borne_out_by_its_own_words() -> None:
    talk = conversation("Ana: Then we go with 2.5 million for the bridge. Agreed.", "Ben: Agreed.")
    found = as_spoken(talk, talk.utterances, Candidate("decision", 0, (0, 1), None, "settled", told=(0,)))
    (decision,) = settle(talk, [found], date(2026, 11, 23)).decisions
    assert "2.5 million" in decision.text
