"""A transcript goes out as text and comes back with corrections, times and citations intact."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetbot.domain import Utterance, Word
from meetbot.errors import UsageError
from meetbot.library.correcting import apply, as_text, realign
from tests.unit.export.meetings import WEEKLY, utterance


def test_unchanged_text_changes_nothing() -> None:
    assert apply(as_text(WEEKLY), WEEKLY) is WEEKLY


def test_a_misheard_word_takes_the_time_of_what_it_replaces() -> None:
    text = as_text(WEEKLY).replace("report to Carla", "annual report to Karla")
    corrected = apply(text, WEEKLY)
    assert corrected.utterances[:3] == WEEKLY.utterances[:3]
    said = corrected.utterances[3]
    assert said.text == "I will send the annual report to Karla by Wednesday."
    old = {word.text: word for word in WEEKLY.utterances[3].words}
    new = {word.text: word for word in said.words}
    assert (new[" Karla"].start, new[" Karla"].end) == (old[" Carla"].start, old[" Carla"].end)
    assert new[" by"] == old[" by"]
    assert new[" the"].start == old[" the"].start
    assert old[" the"].start < new[" annual"].start < new[" annual"].end <= new[" report"].start


def test_a_name_changed_at_the_top_changes_everywhere() -> None:
    corrected = apply(as_text(WEEKLY).replace("S1 = Ana", "S1 = Anna: the boss"), WEEKLY)
    assert corrected.speakers[0] == replace(WEEKLY.speakers[0], name="Anna: the boss", confidence=1.0, source="manual")
    assert corrected.utterances == WEEKLY.utterances
    assert apply(as_text(corrected), corrected) is corrected


def test_a_line_is_given_to_another_voice() -> None:
    corrected = apply(as_text(WEEKLY).replace("Ben López: Yes.", "Ana: Yes."), WEEKLY)
    assert corrected.utterances[1].speaker == "S1"
    assert [speaker.turns for speaker in corrected.speakers] == [3, 1]
    assert corrected.speakers[1].talk_time == pytest.approx(60.0 - 0.27)


def test_a_line_taken_out_is_gone_and_the_ids_of_the_others_stay() -> None:
    text = "\n".join(line for line in as_text(WEEKLY).splitlines() if not line.startswith("T2 "))
    assert [one.id for one in apply(text, WEEKLY).utterances] == ["T1", "T3", "T4"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("T2 ", "T99 ", "no turn T99"),
        ("T2 ", "T1 ", "T1 stands in two lines"),
        ("T2 [0:04] Ben López: ", "", "neither"),
        ("Ben López: Yes.", "Carl: Yes.", "no voice is called 'Carl'"),
        ("S2 = ", "S7 = ", "no voice S7"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(old: str, new: str, why: str) -> None:
    with pytest.raises(UsageError, match=f"Line \\d+ .*{why}"):
        apply(as_text(WEEKLY).replace(old, new, 1), WEEKLY)


WORDS = st.lists(st.sampled_from(["we", "ship", "on", "Friday,", "maybe", "not.", "会議は", "明日"]), max_size=12)


@given(WORDS.filter(bool), WORDS.filter(bool))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_realigned_words_are_the_new_text_within_the_old_time(old: list[str], new: list[str]) -> None:
    said = utterance(1, "S1", 10.0, " ".join(old))
    got = realign(said, " ".join(new))
    assert "".join(got.text.split()) == "".join(new)
    assert "".join(word.text for word in got.words).strip() == got.text
    assert all(one.start <= one.end <= two.start for one, two in pairwise(got.words))
    assert said.start <= got.words[0].start
    assert got.words[-1].end <= said.end
    assert (got.id, got.speaker, got.start, got.end) == (said.id, said.speaker, said.start, said.end)


def test_japanese_is_realigned_by_the_character() -> None:
    words = (Word("明日", 0.0, 1.0, 0.9), Word("の", 1.0, 1.2, 0.9), Word("会社", 1.2, 2.0, 0.5))
    got = realign(Utterance("T1", "S1", 0.0, 2.0, "明日の会社", words=words), "明日の会議")
    assert got.text == "明日の会議"
    assert [(word.text, word.start, word.end) for word in got.words][-2:] == [("会", 1.2, 1.6), ("議", 1.6, 2.0)]
