"""The notes as a Word document, in Word's own styles: headings for its outline, lists for its lists."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime

from meetbot.export.document import Kind, blocks
from meetbot.export.meeting import ExportOptions, Meeting

# Kinds without one are set in Word's default: naming that for each of a thousand paragraphs takes seconds.
_STYLES: Mapping[Kind, str] = {
    "title": "Title",
    "facts": "Subtitle",
    "heading": "Heading 1",
    "item": "List Bullet",
    "subitem": "List Bullet 2",
}
_BOX: Mapping[Kind, str] = {"open": "☐ ", "done": "☑ "}


def write(meeting: Meeting, options: ExportOptions) -> bytes:
    """The .docx file. The same meeting gives the same document, though not the same bytes: zip files hold times."""
    import docx
    from docx.shared import RGBColor

    document = docx.Document()
    for block in blocks(meeting, options):
        paragraph = document.add_paragraph(style=_STYLES.get(block.kind))
        if block.kind in _BOX:
            paragraph.add_run(_BOX[block.kind])
        for run in block.runs:
            added = paragraph.add_run(run.text)
            added.bold = True if run.style == "bold" else None
            if run.style == "soft":
                added.font.color.rgb = RGBColor(0x5D, 0x66, 0x73)
    about = document.core_properties
    about.title = next(block.text for block in blocks(meeting, options))
    about.author, about.comments = "", ""
    about.language = meeting.notes.language if meeting.notes else meeting.transcript.language
    if meeting.notes:
        about.created = about.modified = datetime.fromisoformat(meeting.notes.date).replace(tzinfo=UTC)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()
