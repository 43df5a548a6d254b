"""Meetings made by hand for the tests of the exports."""

from __future__ import annotations

from meetbot.domain import (
    ActionItem,
    Attendee,
    AudioInfo,
    Decision,
    Notes,
    OpenQuestion,
    Speaker,
    Superseded,
    Topic,
    Transcript,
    Unverified,
    Utterance,
    Word,
)


def utterance(number: int, speaker: str, start: float, text: str, pace: float = 0.3) -> Utterance:
    """`text` spoken from `start` at `pace` seconds a word."""
    words = tuple(
        Word(f" {word}", start + k * pace, start + (k + 0.9) * pace, 0.9) for k, word in enumerate(text.split())
    )
    return Utterance(f"T{number}", speaker, start, words[-1].end, text, words=words, language="en")


def transcript(*said: tuple[str, float, str], names: tuple[str | None, ...] = ("Ana", "Ben López")) -> Transcript:
    """The `said` (speaker, start, text) in a recording called "weekly sync.flac"."""
    utterances = tuple(utterance(k, *one) for k, one in enumerate(said, start=1))
    speakers = tuple(
        Speaker(f"S{k}", name, 0.9 if name else None, "voice" if name else None, 30.0 * k, 2)
        for k, name in enumerate(names, start=1)
    )
    audio = AudioInfo("weekly sync.flac", "ab" * 32, 481.2)
    return Transcript(audio, "en", speakers, utterances, models={"whisper": "base"}, timings={"align": 0.1})


WEEKLY = transcript(
    ("S1", 0.5, "Good morning, shall we release on Thursday?"),
    ("S2", 4.0, "Yes."),
    ("S1", 101.2, "Actually no, we release on Friday, because the tests on the new machine are still running."),
    ("S2", 724.0, "I will send the report to Carla by Wednesday."),
)
NOTES = Notes(
    title="Weekly sync",
    date="2026-11-22",
    language="en",
    duration=481.2,
    speakers=(Attendee("S1", "Ana", 30.0), Attendee("S2", "Ben López", 60.0)),
    overview="The release moves to Friday.",
    topics=(Topic("Release", "When to release.", 0.5, 110.0, ("T1", "T3")),),
    decisions=(
        Decision("Release on Friday.", ("T3",), 101.2, True, (Superseded("Release on Thursday.", ("T1", "T2")),)),
    ),
    action_items=(
        ActionItem("Send the report to Carla.", "S2", "Ben López", "Wednesday", "2026-11-25", ("T4",), 724.0, True),
        ActionItem("Book a room.", None, None, None, None, ("T4",), 726.0, True, context=("T2",)),
    ),
    open_questions=(OpenQuestion("Who tests?", ("T3",), 101.2, True),),
    unverified=(Unverified("decision", "Hire 80 people.", ("T3",), "the number 80 is not in T3"),),
    models={"llm": "test"},
    timings={"notes": 1.0},
)
