"""Action items as a table for spreadsheets. A cell that a spreadsheet would compute is made text (CWE-1236)."""

from __future__ import annotations

import csv
import io

from meetbot.export import clean
from meetbot.export.clock import clock
from meetbot.export.markdown import owner
from meetbot.export.meeting import ExportOptions, Meeting

_COLUMNS = ("owner", "task", "due", "due_date", "status", "time", "turns", "meeting", "date")
_FORMULA = tuple("=+-@＝＋－＠|%")


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The action items of the notes, one a row, as RFC 4180 has it."""
    notes = meeting.notes
    assert notes is not None
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_COLUMNS)
    for number, item in enumerate(notes.action_items):
        row = (
            owner(item, meeting.transcript),
            item.task,
            item.due,
            item.due_date,
            "done" if number in options.done else "open",
            clock(item.start),
            " ".join(item.turns),
            notes.title,
            notes.date,
        )
        writer.writerow([cell(text or "") for text in row])
    return table.getvalue()


def cell(text: str) -> str:
    """`text` on one line, with the apostrophe that keeps a spreadsheet from computing it where it might."""
    line = clean.one_line(text)
    return "'" + line if line.startswith(_FORMULA) else line
