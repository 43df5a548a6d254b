"""A meeting as the blocks of a printed document, in order: what docx and pdf share. Pure; knows neither.

Every text in it is on one line and free of control characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from meetbot.domain import ActionItem, Decision, Notes, OpenQuestion, Section
from meetbot.export.clean import one_line
from meetbot.export.clock import clock, spell
from meetbot.export.context import context
from meetbot.export.labels import Labels, labels
from meetbot.export.markdown import owner
from meetbot.export.meeting import ExportOptions, Meeting

Kind = Literal["title", "facts", "heading", "text", "item", "subitem", "open", "done", "said"]


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one style; `soft` is what a reader may skip: times, due dates, reasons."""

    text: str
    style: Literal["plain", "bold", "soft"] = "plain"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a kind: "open" and "done" are tasks, "said" is an utterance."""

    kind: Kind
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def blocks(meeting: Meeting, options: ExportOptions) -> Iterator[Block]:
    """The notes, and the transcript if there are no notes or `options.transcript` asks for it."""
    notes, transcript = meeting.notes, meeting.transcript
    words = labels(notes.language if notes else transcript.language)
    facts = [*([notes.date] if notes else []), spell(transcript.audio.duration)]
    facts += [speaker.label for speaker in transcript.speakers]
    yield _block("title", notes.title if notes else transcript.audio.name)
    yield _block("facts", " · ".join(one_line(fact) for fact in facts))
    if notes:
        yield from _notes(meeting, notes, options, words)
    if not notes or options.transcript:
        yield _block("heading", words.transcript)
        for said in transcript.utterances:
            name = Run(one_line(transcript.label(said.speaker)), "bold")
            yield Block("said", (Run(f"{clock(said.start)}  ", "soft"), name, Run("  " + one_line(said.text))))


def _notes(meeting: Meeting, notes: Notes, options: ExportOptions, words: Labels) -> Iterator[Block]:
    for section in notes.sections:
        under = list(_section(section, meeting, notes, options, words))
        if under or section.kind != "topics":
            yield _block("heading", words.heading(section))
            yield from under or [_block("text", words.not_said if section.kind == "answer" else words.none)]

    if notes.unverified:
        yield _block("heading", words.unverified)
        yield Block("text", (Run(words.unverified_note, "soft"),))
    kinds = {"decision": words.decision, "action_item": words.action_item, "open_question": words.open_question}
    for doubt in notes.unverified:
        reason = Run(f"{_at(meeting, doubt.turns)} — {one_line(doubt.reason)}", "soft")
        yield Block("item", (Run(f"{kinds[doubt.kind]}: {one_line(doubt.text)}"), reason))

    yield _block("heading", words.speakers)
    for speaker in meeting.transcript.speakers:
        yield Block("item", (Run(one_line(speaker.label)), Run(f"  {spell(speaker.talk_time)}", "soft")))


def _section(
    section: Section, meeting: Meeting, notes: Notes, options: ExportOptions, words: Labels
) -> Iterator[Block]:
    """What stands under a section's heading."""
    match section.kind:
        case "overview":
            yield from (_block("text", part) for part in notes.overview.split("\n") if part.strip())
        case "decisions":
            for decision in notes.decisions:
                yield _timed("item", decision.text, decision.start)
                yield from _context(meeting, decision, words)
                for old in decision.history:
                    text = f"{words.earlier}: {one_line(old.text)}{_at(meeting, old.turns)}"
                    yield Block("subitem", (Run(text, "soft"),))
        case "action_items":
            for number, item in enumerate(notes.action_items):
                yield _task("done" if number in options.done else "open", meeting, item, words)
                yield from _context(meeting, item, words)
        case "open_questions":
            for question in notes.open_questions:
                yield _timed("item", question.text, question.start)
                yield from _context(meeting, question, words)
        case "topics":
            for topic in notes.topics:
                gist = (Run(": " + one_line(topic.gist)),) if topic.gist else ()
                yield Block("item", (Run(one_line(topic.title), "bold"), *gist, Run(f"  {clock(topic.start)}", "soft")))
        case "answer" if section.answer and section.answer.found:
            yield _block("text", section.answer.answer)
            for cited in section.answer.citations:
                where = Run(f"  {one_line(cited.speaker)}, {clock(cited.start)}", "soft")
                yield Block("subitem", (Run(f"“{one_line(cited.quote)}”"), where))


def _context(meeting: Meeting, item: Decision | ActionItem | OpenQuestion, words: Labels) -> Iterator[Block]:
    """A line for each turn beside `item` that may say more of it."""
    for near in context(meeting.transcript, item):
        where = f"  {one_line(near.speaker)}, {clock(near.start)}"
        yield Block("subitem", (Run(f"{words.context}: “{one_line(near.text)}”{where}", "soft"),))


def _task(kind: Literal["open", "done"], meeting: Meeting, item: ActionItem, words: Labels) -> Block:
    who = owner(item, meeting.transcript)
    named = (Run(one_line(who), "bold"), Run(": ")) if who else ()
    due = " ".join(part for part in (item.due, f"({item.due_date})" if item.due_date else "") if part)
    late = (Run(f" — {words.due} {one_line(due)}", "soft"),) if due else ()
    return Block(kind, (*named, Run(one_line(item.task)), *late, Run(f"  {clock(item.start)}", "soft")))


def _block(kind: Kind, text: str) -> Block:
    return Block(kind, (Run(one_line(text)),))


def _timed(kind: Kind, text: str, seconds: float) -> Block:
    return Block(kind, (Run(one_line(text)), Run(f"  {clock(seconds)}", "soft")))


def _at(meeting: Meeting, turns: tuple[str, ...]) -> str:
    known = meeting.transcript.by_id
    times = [known[turn].start for turn in turns if turn in known]
    return f"  {clock(min(times))}" if times else ""
