"""Who spoke when, as NIST's Rich Transcription Time Marks: what diarization is scored with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from meetbot.domain import Turn
from meetbot.export import clean
from meetbot.export.meeting import ExportOptions, Meeting


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The transcript's utterances as .rttm, speakers by name where they have one."""
    transcript = meeting.transcript
    turns = [Turn(transcript.label(said.speaker), said.start, said.end) for said in transcript.utterances]
    return lines(turns, transcript.audio.name)


def lines(turns: Iterable[Turn], recording: str) -> str:
    """One SPEAKER line a turn. `recording` is a file name, of which the stem is written."""
    file = file_id(recording)
    return "".join(
        f"SPEAKER {file} 1 {turn.start:.3f} {turn.duration:.3f} <NA> <NA> {clean.token(turn.speaker)} <NA> <NA>\n"
        for turn in turns
    )


def file_id(recording: str) -> str:
    """How RTTM and STM name a recording: its file name without extension, spaces as underscores."""
    return clean.token(PurePath(recording).stem)
