"""What the notes of one meeting cost: tokens read, found read already and written, and the seconds it all took."""

from __future__ import annotations

import time
from dataclasses import dataclass

from meetbot.domain import Transcript
from meetbot.llm import open_model, reading
from meetbot.notes import NotesOptions, summarize
from meetbot.notes.excerpt import excerpt, spoken
from meetbot.progress import Progress


@dataclass(frozen=True, slots=True)
class NotesCost:
    """`transcript` tokens of the meeting; `read`, `reused` and `written` tokens of the model; items of the notes."""

    minutes: float
    turns: int
    transcript: int
    questions: int
    read: int
    reused: int
    written: int
    seconds: float
    tasks: int
    decisions: int
    open_questions: int
    unverified: int


def notes_cost(transcript: Transcript, date: str, llm: str, progress: Progress) -> NotesCost:
    """Notes of `transcript`, made once without a memo; loading the model counts."""
    begun = time.monotonic()
    model = open_model(llm, progress=progress)
    notes = summarize(transcript, NotesOptions(date, llm), progress=progress, model=model)
    seconds = time.monotonic() - begun
    read, reused = reading(model)
    return NotesCost(
        minutes=transcript.audio.duration / 60,
        turns=len(transcript.utterances),
        transcript=model.count(excerpt(transcript, spoken(transcript)).text),
        questions=model.usage.questions,
        read=read,
        reused=reused,
        written=model.usage.written,
        seconds=seconds,
        tasks=len(notes.action_items),
        decisions=len(notes.decisions),
        open_questions=len(notes.open_questions),
        unverified=len(notes.unverified),
    )
