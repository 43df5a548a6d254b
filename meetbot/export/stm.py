"""Who said what and when, as NIST's segment time marks: what word error rates are scored with."""

from __future__ import annotations

from meetbot.export import clean
from meetbot.export.meeting import ExportOptions, Meeting
from meetbot.export.rttm import file_id


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The transcript as .stm: `<file> 1 <speaker> <start> <end> <text>`, one utterance a line."""
    transcript = meeting.transcript
    file = file_id(transcript.audio.name)
    return "".join(
        f"{file} 1 {clean.token(transcript.label(said.speaker))} {said.start:.3f} {said.end:.3f} {_words(said.text)}\n"
        for said in transcript.utterances
    )


def _words(text: str) -> str:
    # A sixth field in angle brackets would be read as a label.
    text = clean.one_line(text)
    return "＜" + text[1:] if text.startswith("<") else text
