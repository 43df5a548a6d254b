"""A transcript to notes in which every item cites turns and code has checked it.

summarize(transcript, NotesOptions(date="2026-11-23"))
"""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

from meetbot.domain import Attendee, Notes, Transcript
from meetbot.errors import UsageError
from meetbot.notes.options import VERSION, NotesOptions
from meetbot.progress import Progress, Silent
from meetbot.store import Memo, NoMemo

if TYPE_CHECKING:
    from meetbot.llm import LanguageModel

__all__ = ["VERSION", "NotesOptions", "summarize"]


def summarize(
    transcript: Transcript,
    options: NotesOptions,
    *,
    offline: bool = False,
    memo: Memo | None = None,
    progress: Progress | None = None,
    model: LanguageModel | None = None,
) -> Notes:
    """Notes of `transcript`. A transcript without a word gives notes that say so, and no model is loaded.

    `model` is one that is open already; else the one that `options` name is opened, and every question to it is
    remembered in `memo`: a run that was killed goes on where it was.
    Raises UsageError (a date that is none), ModelMissing, LanguageModelError, OutOfMemory.
    """
    begun = time.monotonic()
    try:
        meeting = date.fromisoformat(options.date)
    except ValueError as error:
        raise UsageError(f"not a date: {options.date}", hint="write it as 2026-11-23", kind="bad_date") from error
    from meetbot.llm import open_model
    from meetbot.notes.compose import compose

    progress = progress or Silent()

    def open_with() -> LanguageModel:
        return model or open_model(options.llm, offline=offline, memo=memo or NoMemo(), progress=progress)

    notes = compose(transcript, options, meeting, open_with=open_with, progress=progress)
    attendees = tuple(Attendee(one.id, one.name, one.talk_time) for one in transcript.speakers)
    return Notes(
        title=notes.title,
        date=options.date,
        language=notes.language,
        duration=transcript.audio.duration,
        speakers=attendees,
        overview=notes.overview,
        topics=notes.topics,
        decisions=notes.settled.decisions,
        action_items=notes.settled.action_items,
        open_questions=notes.settled.open_questions,
        unverified=notes.settled.unverified,
        models={**transcript.models, "llm": options.llm} if notes.read else dict(transcript.models),
        timings={**transcript.timings, "notes": time.monotonic() - begun},
    )
