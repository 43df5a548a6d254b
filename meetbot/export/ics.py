"""Due dates as a calendar (RFC 5545): an all-day event for each open action item whose date is known.

Events rather than to-dos, because the calendars most people have show nothing else. An item keeps its identity from
export to export, so importing twice does not make two events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from meetbot.domain import ActionItem, Notes
from meetbot.errors import UsageError
from meetbot.export import clean
from meetbot.export.clock import clock
from meetbot.export.markdown import owner
from meetbot.export.meeting import ExportOptions, Meeting

_OCTETS = 75  # a line's longest, its break not counted


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The calendar. Raises UsageError when no open item has a date: a calendar without events is none."""
    notes = meeting.notes
    assert notes is not None
    events = [
        line
        for number, item in enumerate(notes.action_items)
        if item.due_date and number not in options.done
        for line in _event(meeting, notes, item, date.fromisoformat(item.due_date))
    ]
    if not events:
        raise UsageError(
            "No open action item has a due date.", hint="-f csv lists those without one too.", kind="empty"
        )
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//meetbot//meetbot//EN", *events, "END:VCALENDAR")
    return "".join(fold(line) for line in lines)


def _event(meeting: Meeting, notes: Notes, item: ActionItem, due: date) -> Iterator[str]:
    identity = hashlib.sha256(f"{meeting.transcript.audio.sha256}\n{item.task}".encode()).hexdigest()[:32]
    who = owner(item, meeting.transcript)
    details = f"{notes.title}, {notes.date}, {clock(item.start)}" + (f" ({item.due})" if item.due else "")
    yield "BEGIN:VEVENT"
    yield f"UID:{identity}@meetbot"
    yield f"DTSTAMP:{notes.date[:10].replace('-', '')}T000000Z"
    yield f"DTSTART;VALUE=DATE:{due:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{due + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{text(f'{who}: {item.task}' if who else item.task)}"
    yield f"DESCRIPTION:{text(details)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def text(value: str) -> str:
    r"""`value` as an iCalendar TEXT: "Call Bo; ask, why" is "Call Bo\; ask\, why"."""
    line = clean.one_line(value).replace("\\", "\\\\")
    return line.replace(";", "\\;").replace(",", "\\,")


def fold(line: str) -> str:
    """`line` cut into pieces of at most 75 octets, never within a character, and ended."""
    pieces: list[bytes] = [b""]
    for char in line:
        octets = char.encode()
        if len(pieces[-1]) + len(octets) > _OCTETS:
            pieces.append(b" ")  # the space belongs to the fold
        pieces[-1] += octets
    return b"".join(piece + b"\r\n" for piece in pieces).decode()
