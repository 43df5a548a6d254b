"""What the commands about a meeting's speakers share: the meeting, its recording, corrections, voices learned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from meetbot.cli.bar import say
from meetbot.config import Settings
from meetbot.errors import UsageError

if TYPE_CHECKING:
    from meetbot.audio import Audio
    from meetbot.domain import Transcript
    from meetbot.library import Kept


def kept_meeting(meeting: str) -> Kept:
    """The meeting of the library that `meeting` means. Raises MeetingNotFound."""
    from meetbot.library import Library

    with Library.open() as library:
        return library.load(library.find(meeting).id)


def correct(
    kept: Kept,
    transcript: Transcript,
    moved: dict[str, str] | None = None,
    divided: tuple[str, str] | None = None,
) -> None:
    """Put the corrected `transcript` into the library, and notes that follow it."""
    from meetbot.library import Library
    from meetbot.voices import editing

    notes = editing.notes_after(kept.notes, transcript, moved, divided=divided) if kept.notes else None
    with Library.open() as library:
        library.correct(kept.entry.id, transcript, notes)


def recording(kept: Kept, settings: Settings) -> Audio:
    """The meeting's recording. Raises UsageError when it is not where it was."""
    from meetbot import audio

    source = kept.entry.source
    if source and Path(source).is_file():
        loaded = audio.load(source)
        if loaded.sha256 == kept.entry.sha256:
            return loaded
    raise UsageError(
        f"The recording of {kept.entry.title} is not where it was{f': {source}' if source else ''}.",
        hint="Put it back: voices are heard in it.",
        kind="no_recording",
    )


def remember(kept: Kept, transcript: Transcript, names: Mapping[str, str], settings: Settings) -> None:
    """Learn the voices of the speakers `names` ({id: name}) of `transcript`; what cannot be learned is said."""
    from meetbot.voices import heard, profiles, recognise

    try:
        voices = heard.hear(recording(kept, settings), transcript, offline=settings.offline)
    except UsageError as error:
        say(f"The name is kept, the voice not learned. {error}")
        return
    known = profiles.load()
    for speaker, chosen in names.items():
        found = voices.get(speaker)
        try:
            known = known.enrolled(chosen, [recognise.enough(found.sample if found else None)])
        except UsageError as error:
            say(f"{speaker}: {error}")
    profiles.save(known)
