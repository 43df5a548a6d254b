"""SubRip captions, which every player reads. Speakers are told apart by a dash; words can be underlined as spoken."""

from __future__ import annotations

from meetbot.export import clean
from meetbot.export.captions import Cue, Moment, captions, moments
from meetbot.export.clock import stamp
from meetbot.export.meeting import ExportOptions, Meeting


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The transcript as .srt."""
    blocks: list[str] = []
    for cue in captions(meeting.transcript, options.captions):
        shown = moments(cue) if options.captions.highlight_words else (Moment(cue.start, cue.end),)
        for moment in shown:
            times = f"{stamp(moment.start, ',')} --> {stamp(moment.end, ',')}"
            blocks.append(f"{len(blocks) + 1}\n{times}\n{_text(cue, moment)}\n")
    return "\n".join(blocks)


def _text(cue: Cue, moment: Moment) -> str:
    lines: list[str] = []
    for i, line in enumerate(cue.lines):
        words = [clean.subrip(word.text) for word in line.words]
        if moment.line == i and moment.word is not None:
            words[moment.word] = underlined(words[moment.word])
        lines.append(("- " if line.dash else "") + "".join(words))
    return "\n".join(lines)


def underlined(word: str) -> str:
    """`word` within <u>, its leading space outside."""
    bare = word.lstrip(" ")
    return word[: len(word) - len(bare)] + f"<u>{bare}</u>"
