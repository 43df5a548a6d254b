"""WebVTT captions, for the web's own players. Speakers are `<v Name>`, with a dash only where two share a cue."""

from __future__ import annotations

from meetbot.domain import Transcript
from meetbot.export import clean
from meetbot.export.captions import Cue, Moment, captions, moments
from meetbot.export.clock import stamp
from meetbot.export.meeting import ExportOptions, Meeting
from meetbot.export.srt import underlined


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The transcript as .vtt."""
    transcript = meeting.transcript
    # A lone voice without a name needs no label.
    labelled = len(transcript.speakers) > 1 or any(speaker.name for speaker in transcript.speakers)
    blocks = ["WEBVTT\n"]
    for cue in captions(transcript, options.captions):
        shown = moments(cue) if options.captions.highlight_words else (Moment(cue.start, cue.end),)
        for moment in shown:
            times = f"{stamp(moment.start)} --> {stamp(moment.end)}"
            blocks.append(f"{times}\n{_text(transcript, cue, moment, labelled)}\n")
    return "\n".join(blocks)


def _text(transcript: Transcript, cue: Cue, moment: Moment, labelled: bool) -> str:
    dialogue = len(cue.speakers) > 1
    lines: list[str] = []
    speaker: str | None = None
    for i, line in enumerate(cue.lines):
        words = [clean.webvtt(word.text) for word in line.words]
        if moment.line == i and moment.word is not None:
            words[moment.word] = underlined(words[moment.word])
        text = ("- " if dialogue and line.dash else "") + "".join(words)
        if labelled and line.speaker != speaker:
            text = f"<v {clean.webvtt(clean.one_line(transcript.label(line.speaker)))}>{text}"
        lines.append(text)
        speaker = line.speaker
    return "\n".join(lines)
