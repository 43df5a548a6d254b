"""Lyrics files: a time and a line, as music players and language learners use them. One speaker's words a line.

With `highlight_words` each word carries its time too (the "enhanced" LRC of A2 Media Player).
"""

from __future__ import annotations

from dataclasses import replace

from meetbot.export import clean
from meetbot.export.captions import Line, captions
from meetbot.export.meeting import ExportOptions, Meeting

_CLEARED = 2.0  # seconds of silence after which an empty line clears the display


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The transcript as .lrc."""
    cues = captions(meeting.transcript, replace(options.captions, max_line_count=1))
    rows = [f"[re:meetbot]\n[length:{_time(meeting.transcript.audio.duration)[:5]}]\n"]
    for k, cue in enumerate(cues):
        for line in cue.lines:
            text = _timed(line) if options.captions.highlight_words else _plain(line.text)
            rows.append(f"[{_time(cue.start)}]{'- ' if line.dash else ''}{text}\n")
        if k + 1 == len(cues) or cues[k + 1].start - cue.end >= _CLEARED:
            rows.append(f"[{_time(cue.end)}]\n")
    return "".join(rows)


def _timed(line: Line) -> str:
    return "".join(f"<{_time(word.start)}>{_plain(word.text)}" for word in line.words)


def _plain(text: str) -> str:
    # A spoken "[00:01.00]" or "<00:01.00>" must not be read as a time.
    return clean.subrip(text).replace("[", "［").replace("<", "＜")


def _time(seconds: float) -> str:
    minutes, hundredths = divmod(round(100 * seconds), 6000)
    return f"{minutes:02}:{hundredths // 100:02}.{hundredths % 100:02}"
