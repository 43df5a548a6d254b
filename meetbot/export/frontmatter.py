"""The YAML block at the top of a Markdown file: what Obsidian shows as properties and other tools read.

Its fields are those of the front matter that `minutes` publishes (version 1), so that programs made for one read
the other. Every text is a quoted scalar: nothing that was said can add a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from meetbot.domain import Notes, Transcript
from meetbot.export.clean import yaml
from meetbot.export.clock import spell
from meetbot.export.meeting import ExportOptions, Meeting

_DATE = re.compile(r"\d{4}-\d\d-\d\d(T[0-9:.]+(Z|[+-]\d\d:\d\d)?)?")


def front_matter(meeting: Meeting, options: ExportOptions) -> str:
    """The block with its two `---` lines."""
    notes, transcript = meeting.notes, meeting.transcript
    title = notes.title if notes else transcript.audio.name
    rows = [f"title: {yaml(title)}", "type: meeting"]
    if notes:
        rows.append(f"date: {_date(notes.date)}")
    rows += [
        f"duration: {yaml(spell(transcript.audio.duration))}",
        f"language: {yaml(notes.language if notes else transcript.language)}",
        f"source: {yaml(meeting.media or transcript.audio.name)}",
        *_list("attendees", [yaml(speaker.label) for speaker in transcript.speakers]),
        *_list("speaker_map", _speakers(transcript)),
    ]
    if notes:
        rows += _list("action_items", _action_items(notes, transcript, options.done))
        rows += _list("decisions", _decisions(notes))
    return "---\n" + "\n".join(rows) + "\n---\n"


def _date(text: str) -> str:
    return text if _DATE.fullmatch(text) else yaml(text)


def _list(key: str, items: Iterator[str] | list[str]) -> list[str]:
    rows = [f"  - {item}" for item in items]
    return [f"{key}:", *rows] if rows else [f"{key}: []"]


def _speakers(transcript: Transcript) -> Iterator[str]:
    for speaker in transcript.speakers:
        if speaker.name:
            sure = speaker.confidence
            level = "high" if sure is None or sure >= 0.8 else "medium" if sure >= 0.5 else "low"
            source = yaml(speaker.source or "manual")
            yield (
                f"speaker_label: {yaml(speaker.id)}\n    name: {yaml(speaker.name)}\n"
                f"    confidence: {level}\n    source: {source}"
            )


def _action_items(notes: Notes, transcript: Transcript, done: frozenset[int]) -> Iterator[str]:
    for number, item in enumerate(notes.action_items):
        owner = item.owner_name or (transcript.label(item.owner) if item.owner else "")
        due = f"\n    due: {yaml(item.due_date or item.due or '')}" if item.due or item.due_date else ""
        status = "done" if number in done else "open"
        yield f"assignee: {yaml(owner)}\n    task: {yaml(item.task)}{due}\n    status: {status}"


def _decisions(notes: Notes) -> Iterator[str]:
    for decision in notes.decisions:
        before = f"\n    supersedes: {yaml(decision.history[-1].text)}" if decision.history else ""
        yield f"text: {yaml(decision.text)}{before}"
