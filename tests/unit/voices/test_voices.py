from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from meetbot.domain import ActionItem, Attendee, AudioInfo, Diarization, Notes, Speaker, Transcript, Turn, Utterance
from meetbot.errors import UsageError
from meetbot.voices import editing, profiles, recognise
from meetbot.voices.profiles import Profiles, Sample

ANA, BEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def like(cosine: float) -> tuple[float, ...]:
    """A voice that is `cosine` like Ana's and not at all like Ben's."""
    return (cosine, 0.0, math.sqrt(1 - cosine * cosine))


def heard(**voices: tuple[float, ...]) -> Mapping[str, Sample]:
    turns = tuple(Turn(name, 10.0 * index, 10.0 * index + 8) for index, name in enumerate(voices))
    return recognise.samples(Diarization(turns, turns, voices))


def said(*lines: tuple[str, str], language: str = "en") -> Transcript:
    utterances = tuple(
        Utterance(f"T{number}", speaker, float(number), number + 0.9, text)
        for number, (speaker, text) in enumerate(lines, 1)
    )
    speakers = tuple(Speaker(name, talk_time=2.0, turns=1) for name in dict.fromkeys(one for one, _ in lines))
    return Transcript(AudioInfo("a.wav", "0" * 64, 60.0), language, speakers, utterances)


KNOWN = Profiles().enrolled("Ana", [Sample(ANA, 20.0, "one")]).enrolled("Ben", [Sample(BEN, 20.0, "one")])


def test_profiles_are_private_and_forgotten_completely(tmp_path: Path) -> None:
    path = tmp_path / "voices.json"
    profiles.save(KNOWN, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert profiles.load(path) == KNOWN
    profiles.save(KNOWN.forgotten("ana").forgotten("Ben"), path)
    assert not path.exists()
    with pytest.raises(UsageError):
        KNOWN.forgotten("Carla")


def test_the_same_recording_counts_once() -> None:
    again = KNOWN.enrolled("ANA", [Sample(BEN, 5.0, "one"), Sample(ANA, 9.0, "two")])
    assert {sample.source for sample in again.find("Ana").samples} == {"one", "two"}
    assert len(again.people) == 2


def test_a_voice_is_named_only_when_it_is_near_enough_and_long_enough() -> None:
    matches = recognise.recognise(heard(S1=like(0.8), S2=like(0.5), S3=(0.0, 0.0, 1.0)), KNOWN)
    assert matches["S1"].certain
    assert matches["S1"].name == "Ana"
    assert not matches["S2"].certain
    assert "S3" not in matches
    assert not recognise.recognise({"S1": Sample(ANA, 3.0, "")}, KNOWN)["S1"].certain


def test_a_close_second_and_a_rival_leave_a_suggestion() -> None:
    between = (math.sqrt(0.5), math.sqrt(0.5), 0.0)
    assert not recognise.recognise(heard(S1=between), KNOWN)["S1"].certain
    matches = recognise.recognise(heard(S1=like(0.8), S2=like(0.9)), KNOWN)
    assert [matches[one].certain for one in ("S1", "S2")] == [False, True]


def test_names_are_asserted_with_confidence_and_never_over_the_users_own() -> None:
    transcript = editing.with_name(said(("S1", "Hello."), ("S2", "Hi.")), "S2", "Dora")
    done = recognise.named(transcript, recognise.recognise(heard(S1=like(0.9), S2=BEN), KNOWN))
    assert [speaker.name for speaker in done.speakers] == ["Ana", "Dora"]
    assert done.speakers[0].source == "voice"
    assert 0.9 < (done.speakers[0].confidence or 0) <= 1


def test_clean_speech_is_where_one_is_alone() -> None:
    turns = (Turn("S1", 0.0, 5.0), Turn("S2", 4.0, 6.0), Turn("S1", 7.0, 8.0))
    assert recognise.clean_seconds(Diarization(turns, turns)) == {"S1": 5.0, "S2": 1.0}


def test_a_clip_is_of_one_person() -> None:
    turns = (Turn("S1", 0.0, 9.0), Turn("S2", 9.0, 10.0))
    assert recognise.only_speaker(Diarization(turns, turns), "clip.wav") == "S1"
    for other in ((), (Turn("S1", 0.0, 5.0), Turn("S2", 5.0, 9.0))):
        with pytest.raises(UsageError):
            recognise.only_speaker(Diarization(other, other), "clip.wav")


def test_naming_and_merging_keep_words_and_ids() -> None:
    transcript = said(("S1", "One."), ("S2", "Two."), ("S3", "Three."))
    named = editing.with_name(transcript, "S3", "Ana")
    merged = editing.merged(named, "S1", "Ana")
    assert [(one.id, one.speaker, one.text) for one in merged.utterances] == [
        ("T1", "S1", "One."),
        ("T2", "S2", "Two."),
        ("T3", "S1", "Three."),
    ]
    assert merged.speakers[0].name == "Ana"
    assert merged.speakers[0].turns == 2
    with pytest.raises(UsageError):
        editing.with_name(named, "S1", "ana")
    with pytest.raises(UsageError):
        editing.merged(named, "S1", "S1")
    with pytest.raises(UsageError):
        editing.speaker_of(named, "S9")


def test_a_name_heard_in_talk_gives_way_to_the_users_and_notes_follow() -> None:
    transcript = said(("S1", "Hello."), ("S2", "Hi."))
    heard = Speaker("S2", name="Ana", confidence=0.9, source="talk", said_in=("T1",))
    transcript = editing.with_name(replace(transcript, speakers=(transcript.speakers[0], heard)), "S1", "Ana")
    assert [(one.name, one.source, one.said_in) for one in transcript.speakers] == [
        ("Ana", "user", ()),
        (None, None, ()),
    ]


def test_the_overview_follows_who_is_called_otherwise_now() -> None:
    transcript = editing.with_name(said(("S1", "Hello."), ("S2", "Hi.")), "S1", "Anna")
    notes = Notes(
        title="A talk",
        date="2026-11-23",
        language="en",
        duration=9.0,
        speakers=(Attendee("S1", "Ana", 1.0), Attendee("S2", None, 1.0)),
        overview="Ana greets S2, not Anatole.",
    )
    assert editing.notes_after(notes, transcript).overview == "Anna greets S2, not Anatole."


def test_notes_follow_a_merge() -> None:
    task = ActionItem("Call.", "S3", None, None, None, ("T3",), 3.0, True)
    notes = Notes("t", "2026-01-01", "en", 60.0, (Attendee("S3", None, 2.0),), "o", action_items=(task,))
    transcript = editing.merged(said(("S1", "One."), ("S3", "Three.")), "S1", "S3")
    transcript = editing.with_name(transcript, "S1", "Ana")
    after = editing.notes_after(notes, transcript, {"S3": "S1"})
    assert after.action_items[0].owner == "S1"
    assert after.action_items[0].owner_name == "Ana"
    assert [one.id for one in after.speakers] == ["S1"]


def test_a_split_gives_turns_to_somebody_new_and_tasks_follow_who_said_them() -> None:
    transcript = said(("S1", "One."), ("S2", "Two."), ("S1", "Three."))
    divided, fresh = editing.split(transcript, "S1", {"T3", "T2"})
    assert fresh == "S3"
    assert [one.speaker for one in divided.utterances] == ["S1", "S2", "S3"]
    assert [(one.id, one.turns) for one in divided.speakers] == [("S1", 1), ("S2", 1), ("S3", 1)]
    assert sum(one.talk_time for one in divided.speakers) == sum(one.talk_time for one in transcript.speakers)
    mine, others = (ActionItem("Do.", "S1", None, None, None, (turn,), 1.0, True) for turn in ("T1", "T3"))
    notes = Notes("t", "2026-01-01", "en", 60.0, (), "S1 will do.", action_items=(mine, others))
    after = editing.notes_after(notes, editing.with_name(divided, "S1", "Ana"), divided=("S1", "S3"))
    assert [item.owner for item in after.action_items] == ["S1", "S3"]
    assert after.overview == "Ana will do."
    for turns in (set(), {"T1", "T3"}):
        with pytest.raises(UsageError):
            editing.split(transcript, "S1", turns)
