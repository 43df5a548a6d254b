"""Tab-separated captions: whisper's start, end (whole milliseconds) and text, then the speaker; one caption a row."""

from __future__ import annotations

from meetbot.export import clean
from meetbot.export.captions import by_speaker, captions
from meetbot.export.meeting import ExportOptions, Meeting


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The transcript as .tsv. No field holds a tab or a line break: the text was put on one line."""
    label = meeting.transcript.label
    rows = ["start\tend\ttext\tspeaker\n"]
    for cue in captions(meeting.transcript, options.captions):
        for speaker, start, end, text in by_speaker(cue):
            rows.append(f"{round(1000 * start)}\t{round(1000 * end)}\t{text}\t{clean.one_line(label(speaker))}\n")
    return "".join(rows)
