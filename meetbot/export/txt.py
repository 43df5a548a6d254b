"""The transcript as plain text: a time, who, and what they said, an utterance a line."""

from __future__ import annotations

from meetbot.export import clean
from meetbot.export.clock import clock
from meetbot.export.meeting import ExportOptions, Meeting


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The transcript as .txt."""
    label = meeting.transcript.label
    return "".join(
        f"[{clock(said.start)}] {clean.one_line(label(said.speaker))}: {clean.one_line(said.text)}\n"
        for said in meeting.transcript.utterances
    )
