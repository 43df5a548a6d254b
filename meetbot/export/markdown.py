"""Notes and transcripts as Markdown that GitHub and Obsidian render alike.

Front matter, then overview, decisions, tasks as `- [ ]`, open questions, topics, speakers, and the transcript if
asked for. A time is a link into the recording, `[12:04](weekly.flac#t=724)`. Whatever was said or extracted is
escaped: only this file makes markup.
"""

from __future__ import annotations

from collections.abc import Iterator

from meetbot.domain import ActionItem, Decision, Notes, OpenQuestion, Section, Transcript
from meetbot.export.clean import markdown as said
from meetbot.export.clock import clock, link, spell
from meetbot.export.context import context
from meetbot.export.frontmatter import front_matter
from meetbot.export.labels import Labels, labels
from meetbot.export.meeting import ExportOptions, Meeting


def notes(meeting: Meeting, options: ExportOptions) -> str:
    """The notes as .md, followed by the transcript with `options.transcript`."""
    assert meeting.notes is not None
    words = labels(meeting.notes.language)
    blocks = [
        front_matter(meeting, options),
        f"# {said(meeting.notes.title)}\n",
        *_sections(meeting, meeting.notes, options, words),
        _speakers(meeting, words),
    ]
    if options.transcript:
        blocks += [f"## {words.transcript}\n", _transcript(meeting)]
    return "\n".join(block for block in blocks if block)


def transcript(meeting: Meeting, options: ExportOptions) -> str:
    """The transcript alone as .md."""
    title = f"# {said(meeting.transcript.audio.name)}\n"
    return "\n".join((front_matter(meeting, options), title, _transcript(meeting)))


def moment(meeting: Meeting, seconds: float) -> str:
    """A time, as a link where there is a recording to link to."""
    return f"[{clock(seconds)}]({link(meeting.media, seconds)})" if meeting.media else clock(seconds)


def owner(item: ActionItem, transcript: Transcript) -> str | None:
    """Who took the task on: the name that the notes give, or the speaker's; None when nobody did."""
    return item.owner_name or (transcript.label(item.owner) if item.owner else None)


def _sections(meeting: Meeting, notes: Notes, options: ExportOptions, words: Labels) -> Iterator[str]:
    for section in notes.sections:
        rows = "\n".join(_rows(section, meeting, notes, options, words))
        if rows or section.kind != "topics":
            missing = words.not_said if section.kind == "answer" else words.none
            yield f"## {said(words.heading(section))}\n\n{rows or missing}\n"
    if notes.unverified:
        kinds = {"decision": words.decision, "action_item": words.action_item, "open_question": words.open_question}
        doubtful = [
            f"- {kinds[item.kind]}: {said(item.text)}{_at(meeting, item.turns)} — {said(item.reason)}"
            for item in notes.unverified
        ]
        yield f"## {words.unverified}\n\n{words.unverified_note}\n\n" + "\n".join(doubtful) + "\n"


def _rows(section: Section, meeting: Meeting, notes: Notes, options: ExportOptions, words: Labels) -> Iterator[str]:
    """The lines under a section's heading."""
    match section.kind:
        case "overview":
            yield _paragraphs(notes.overview)
        case "decisions":
            for decision in notes.decisions:
                yield f"- {said(decision.text)} ({moment(meeting, decision.start)})"
                yield from _context(meeting, decision, words)
                for old in decision.history:
                    yield f"  - {words.earlier}: {said(old.text)}{_at(meeting, old.turns)}"
        case "action_items":
            for number, item in enumerate(notes.action_items):
                tick = "x" if number in options.done else " "
                yield f"- [{tick}] {_task(meeting, item, words)} ({moment(meeting, item.start)})"
                yield from _context(meeting, item, words)
        case "open_questions":
            for asked in notes.open_questions:
                yield f"- {said(asked.text)} ({moment(meeting, asked.start)})"
                yield from _context(meeting, asked, words)
        case "topics":
            for topic in notes.topics:
                gist = f": {said(topic.gist)}" if topic.gist else ""
                yield f"- {moment(meeting, topic.start)} **{said(topic.title)}**{gist}"
        case "answer" if section.answer and section.answer.found:
            yield f"{said(section.answer.answer)}\n"
            for cited in section.answer.citations:
                yield f"- “{said(cited.quote)}” — {said(cited.speaker)} ({moment(meeting, cited.start)})"


def _context(meeting: Meeting, item: Decision | ActionItem | OpenQuestion, words: Labels) -> Iterator[str]:
    """A line for each turn beside `item` that may say more of it."""
    for near in context(meeting.transcript, item):
        quote = f"“{said(near.text)}” — {said(near.speaker)}"
        yield f"  - {words.context}: {quote} ({moment(meeting, near.start)})"


def _paragraphs(text: str) -> str:
    return "\n\n".join(said(part) for part in text.split("\n") if part.strip())


def _task(meeting: Meeting, item: ActionItem, words: Labels) -> str:
    who = owner(item, meeting.transcript)
    text = f"**{said(who)}**: {said(item.task)}" if who else said(item.task)
    if item.due and item.due_date:
        return f"{text} — {words.due} {said(item.due)} ({item.due_date})"
    due = item.due or item.due_date
    return f"{text} — {words.due} {said(due)}" if due else text


def _at(meeting: Meeting, turns: tuple[str, ...]) -> str:
    """When the first of `turns` was said, in brackets; nothing if the transcript has none of them."""
    known = meeting.transcript.by_id
    times = [known[turn].start for turn in turns if turn in known]
    return f" ({moment(meeting, min(times))})" if times else ""


def _speakers(meeting: Meeting, words: Labels) -> str:
    speakers = meeting.transcript.speakers
    if not speakers:
        return ""
    # Whose name is from what was said has beside it when that was.
    rows = [f"| {said(one.label)}{_at(meeting, one.said_in)} | {spell(one.talk_time)} |" for one in speakers]
    head = f"| {words.speaker} | {words.talk_time} |\n| --- | --- |\n"
    return f"## {words.speakers}\n\n{head}" + "\n".join(rows) + "\n"


def _transcript(meeting: Meeting) -> str:
    label = meeting.transcript.label
    return "\n".join(
        f"**{said(label(utterance.speaker))}** {moment(meeting, utterance.start)} \\\n{said(utterance.text)}\n"
        for utterance in meeting.transcript.utterances
    )
