"""A meeting in, the text or bytes of a file out: one small module a format, picked from a table.

    >>> write(Meeting(transcript), "srt")                                        # doctest: +SKIP

Nothing here touches a disk, but html reads the recording that it embeds. Modules are imported when their format is
asked for, so that captions do not wait for what PDF needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from meetbot.errors import UsageError
from meetbot.export.captions import CaptionStyle
from meetbot.export.meeting import ExportOptions, Meeting, Writer, legible

__all__ = [
    "DOCUMENT_FORMATS",
    "FORMATS",
    "NOTES_FORMATS",
    "TRANSCRIPT_FORMATS",
    "CaptionStyle",
    "ExportOptions",
    "Meeting",
    "write",
]

_Table = Mapping[str, tuple[str, str]]  # format: (module, function)

TRANSCRIPT_FORMATS: _Table = {
    "json": ("json", "transcript"),
    "txt": ("txt", "write"),
    "md": ("markdown", "transcript"),
    "srt": ("srt", "write"),
    "vtt": ("vtt", "write"),
    "lrc": ("lrc", "write"),
    "tsv": ("tsv", "write"),
    "rttm": ("rttm", "write"),
    "stm": ("stm", "write"),
}
NOTES_FORMATS: _Table = {
    "md": ("markdown", "notes"),
    "json": ("json", "notes"),
    "csv": ("csv", "write"),
    "ics": ("ics", "write"),
}
# Pages and documents hold the notes if there are any, and else the transcript alone.
DOCUMENT_FORMATS: _Table = {
    "html": ("html", "write"),
    "docx": ("docx", "write"),
    "pdf": ("pdf", "write"),
}
FORMATS: tuple[str, ...] = tuple(dict.fromkeys((*NOTES_FORMATS, *DOCUMENT_FORMATS, *TRANSCRIPT_FORMATS)))


def writer(format: str, *, notes: bool) -> Writer:
    """The function that writes `format`, of the notes if there are any and the format can hold them.

    Raises UsageError for a format that does not exist, or exists only for notes when there are none.
    """
    if notes and format in NOTES_FORMATS:
        module, function = NOTES_FORMATS[format]
    elif format in DOCUMENT_FORMATS:
        module, function = DOCUMENT_FORMATS[format]
    elif format in TRANSCRIPT_FORMATS:
        module, function = TRANSCRIPT_FORMATS[format]
    elif format in NOTES_FORMATS:
        raise UsageError(
            f"{format} is written from notes, and this meeting has none.", hint="Run `meetbot summarize` on it first."
        )
    else:
        raise UsageError(f"There is no format {format!r}.", hint=f"Choose from: {', '.join(FORMATS)}.")
    found: Writer = getattr(import_module(f"meetbot.export.{module}"), function)
    return found


def write(meeting: Meeting, format: str, options: ExportOptions | None = None) -> str | bytes:
    """`meeting` in `format`. Text formats give str, to be written as UTF-8; docx and pdf give bytes.

    Raises UsageError as `writer` does.
    """
    chosen = writer(format, notes=meeting.notes is not None)
    # JSON is for programs, which get what there is.
    return chosen(meeting if format == "json" else legible(meeting), options or ExportOptions())
