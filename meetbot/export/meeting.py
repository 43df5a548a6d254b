"""What an export is made from, and the choices a reader has. Nothing here knows any format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from meetbot.domain import Notes, Transcript
from meetbot.export import clean
from meetbot.export.captions import CaptionStyle
from meetbot.export.labels import Labels, labels


@dataclass(frozen=True)
class Meeting:
    """A transcript, the notes if there are any, and the recording that times link into.

    `media` is a file name or a path as it should stand in a link, relative to where the export will lie;
    None leaves times as plain text.
    """

    transcript: Transcript
    notes: Notes | None = None
    media: str | None = None


def legible(meeting: Meeting) -> Meeting:
    """`meeting` with names and titles that a reader can see: one that is blank is as good as none."""
    transcript, notes = meeting.transcript, meeting.notes
    name = clean.one_line(transcript.audio.name) or "recording"
    speakers = tuple(replace(one, name=clean.one_line(one.name or "") or None) for one in transcript.speakers)
    transcript = replace(transcript, audio=replace(transcript.audio, name=name), speakers=speakers)
    if notes:
        notes = _remarked(notes, labels(notes.language))
        items = (replace(one, owner_name=clean.one_line(one.owner_name or "") or None) for one in notes.action_items)
        topics = (replace(topic, title=clean.one_line(topic.title) or "…") for topic in notes.topics)
        title = clean.one_line(notes.title) or Path(name).stem
        notes = replace(notes, title=title, action_items=tuple(items), topics=tuple(topics))
    return Meeting(transcript, notes, meeting.media)


def _remarked(notes: Notes, words: Labels) -> Notes:
    """`notes` whose items say so where they are not in the language of the notes."""
    decisions = (
        replace(
            one,
            text=words.marked(one.text, one.language),
            history=tuple(replace(old, text=words.marked(old.text, old.language)) for old in one.history),
        )
        for one in notes.decisions
    )
    tasks = (replace(one, task=words.marked(one.task, one.language)) for one in notes.action_items)
    questions = (replace(one, text=words.marked(one.text, one.language)) for one in notes.open_questions)
    doubts = (
        replace(one, text=words.marked(one.text, one.language), reason=words.reason(one.reason))
        for one in notes.unverified
    )
    sections = (
        replace(
            one, answer=one.answer and replace(one.answer, answer=words.marked(one.answer.answer, one.answer.language))
        )
        for one in notes.sections
    )
    return replace(
        notes,
        sections=tuple(sections),
        decisions=tuple(decisions),
        action_items=tuple(tasks),
        open_questions=tuple(questions),
        unverified=tuple(doubts),
    )


@dataclass(frozen=True)
class ExportOptions:
    """Choices that apply to some of the formats; the others ignore them.

    transcript   notes (md, html, docx, pdf) are followed by the whole transcript
    audio        the recording on this disk, which html embeds as Opus
    link_audio   html links to `Meeting.media` instead of embedding `audio`
    captions     how srt, vtt, lrc and tsv break lines
    done         numbers (from 0) of the action items that are done: ticked in md, skipped in ics
    """

    transcript: bool = False
    audio: Path | None = None
    link_audio: bool = False
    captions: CaptionStyle = field(default_factory=CaptionStyle)
    done: frozenset[int] = frozenset()


Writer = Callable[[Meeting, ExportOptions], str | bytes]
