"""The outputs as JSON documents in the published form; their schemas are in meetbot/schemas."""

from __future__ import annotations

from meetbot import codec
from meetbot.export.meeting import ExportOptions, Meeting


def transcript(meeting: Meeting, options: ExportOptions) -> str:
    """The transcript as one JSON document."""
    return codec.to_json(meeting.transcript, indent=1) + "\n"


def notes(meeting: Meeting, options: ExportOptions) -> str:
    """The notes as one JSON document."""
    return codec.to_json(meeting.notes, indent=1) + "\n"
