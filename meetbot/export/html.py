"""Notes and transcript as one web page that needs nothing but itself: no server, no network, no other file.

The recording lies inside it as Opus (`options.audio`) or is linked (`options.link_audio`). The page reads without
scripts; with them a click on a time or word plays it, and the word being spoken is lit. Its content security policy
allows its own style and script, by their hashes, and nothing else: even if an escape were forgotten, nothing said in
a meeting could run or call home.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

from meetbot.domain import ActionItem, Decision, Notes, OpenQuestion, Section, Transcript
from meetbot.export import clean, opus
from meetbot.export.clock import clock, spell
from meetbot.export.context import context
from meetbot.export.labels import Labels, labels
from meetbot.export.meeting import ExportOptions, Meeting

_PAGE = Path(__file__).parent / "page"
_COLOURS = 8
_LISTS = {  # sections that are lists, and the class of each
    "decisions": "decisions",
    "action_items": "tasks",
    "open_questions": "questions",
    "topics": "topics-list",
}


def write(meeting: Meeting, options: ExportOptions) -> str:
    """The page. Raises AudioError when the recording to embed cannot be read."""
    notes, transcript = meeting.notes, meeting.transcript
    style, script = ((_PAGE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    words = labels(notes.language if notes else transcript.language)
    audio = _audio(meeting, options)
    title = _text(notes.title if notes else transcript.audio.name)
    spoken = f'<section class="spoken">{"".join(_transcript(transcript, words))}</section>'
    written = f'<section class="notes">{"".join(_notes(meeting, notes, options, words))}</section>' if notes else ""
    return f"""<!DOCTYPE html>
<html lang="{escape(notes.language if notes else transcript.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="meetbot">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="{"plays" if audio else "silent"}" data-length="{max(transcript.audio.duration, 0.001):.3f}">
<header><h1>{title}</h1><p class="facts">{_facts(meeting)}</p></header>
<div class="bar"><div>{audio}{_timeline(transcript, notes, words)}</div></div>
<main{' class="both"' if notes else ""}>{written}{spoken}</main>
<footer>{_text(" · ".join(sorted({**transcript.models, **(notes.models if notes else {})}.values())))}</footer>
<script>{script}</script>
</body>
</html>
"""


def _policy(style: str, script: str) -> str:
    def allowed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {allowed(style)}; script-src {allowed(script)}; "
        # A page opened from a disk is no "self": the recording beside it has the scheme file.
        "media-src data: 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _audio(meeting: Meeting, options: ExportOptions) -> str:
    if options.link_audio and meeting.media:
        address = quote(meeting.media, safe="/")
    elif options.audio and not options.link_audio:
        address = "data:audio/webm;base64," + base64.b64encode(opus.encode(options.audio)).decode()
    else:
        return ""
    return f'<audio controls preload="auto" src="{address}"></audio>'


def _text(text: str) -> str:
    return escape(clean.one_line(text))


def _facts(meeting: Meeting) -> str:
    facts = [meeting.notes.date] if meeting.notes else []
    facts += [spell(meeting.transcript.audio.duration)]
    facts += [speaker.label for speaker in meeting.transcript.speakers]
    return "".join(f"<span>{_text(fact)}</span>" for fact in facts)


def _colours(transcript: Transcript) -> dict[str, str]:
    return {speaker.id: f"s{k % _COLOURS + 1}" for k, speaker in enumerate(transcript.speakers)}


def _timeline(transcript: Transcript, notes: Notes | None, words: Labels) -> str:
    """A row a speaker, in a thousandth of the recording's length; topics above them."""
    scale = 1000 / max(transcript.audio.duration, 0.001)

    def row(kind: str, name: str, colour: str, parts: Iterator[tuple[str, float, float, str]]) -> str:
        bars = "".join(
            f'<a href="#{escape(turn)}"><rect x="{scale * start:.2f}" y="0" height="10" '
            f'width="{max(1.0, scale * (end - start)):.2f}" class="{colour}"><title>{_text(title)}</title></rect></a>'
            for turn, start, end, title in parts
        )
        return (
            f'<div class="{kind}"><span class="{colour}">{_text(name)}</span>'
            f'<svg class="track" viewBox="0 0 1000 10" preserveAspectRatio="none">{bars}</svg></div>'
        )

    rows = []
    if notes and notes.topics:
        topics = (
            (topic.turns[0] if topic.turns else "", topic.start, topic.end, f"{clock(topic.start)} {topic.title}")
            for topic in notes.topics
        )
        rows.append(row("voice topics", words.topics, "", topics))
    colours = _colours(transcript)
    for speaker in transcript.speakers:
        turns = (
            (said.id, said.start, said.end, f"{clock(said.start)} {speaker.label}")
            for said in transcript.utterances
            if said.speaker == speaker.id
        )
        rows.append(row("voice", speaker.label, colours[speaker.id], turns))
    return f'<div class="timeline">{"".join(rows)}<div class="head"><i></i></div></div>'


def _moment(turn: str, seconds: float) -> str:
    return f'<a class="time" href="#{escape(turn)}" data-s="{seconds:.3f}">{clock(seconds)}</a>'


def _notes(meeting: Meeting, notes: Notes, options: ExportOptions, words: Labels) -> Iterator[str]:
    known = meeting.transcript.by_id

    def at(turns: tuple[str, ...]) -> str:
        first = min((known[turn] for turn in turns if turn in known), key=lambda said: said.start, default=None)
        return f" {_moment(first.id, first.start)}" if first else ""

    def cited(turns: tuple[str, ...], start: float) -> str:
        return " " + _moment(turns[0] if turns else "", start)

    def under(item: Decision | ActionItem | OpenQuestion) -> str:
        """What was said beside `item`, and what was decided before."""
        said = (
            f"<li>{words.context}: “{_text(near.text)}” <b>{_text(near.speaker)}</b> "
            f"{_moment(near.turn, near.start)}</li>"
            for near in context(meeting.transcript, item)
        )
        history = item.history if isinstance(item, Decision) else ()
        before = (f"<li>{words.earlier}: {_text(old.text)}{at(old.turns)}</li>" for old in history)
        items = "".join((*said, *before))
        return f"<ul>{items}</ul>" if items else ""

    def rows(section: Section) -> Iterator[str]:
        """What stands under a section's heading, piece by piece."""
        match section.kind:
            case "overview":
                yield from (f"<p>{_text(part)}</p>" for part in notes.overview.split("\n") if part.strip())
            case "decisions":
                for one in notes.decisions:
                    yield f"<li>{_text(one.text)}{cited(one.turns, one.start)}{under(one)}</li>"
            case "action_items":
                for number, item in enumerate(notes.action_items):
                    task = f"{_task(item, meeting.transcript, words)}{cited(item.turns, item.start)}{under(item)}"
                    yield f"{'<li class=done>' if number in options.done else '<li>'}{task}</li>"
            case "open_questions":
                for asked in notes.open_questions:
                    yield f"<li>{_text(asked.text)}{cited(asked.turns, asked.start)}{under(asked)}</li>"
            case "topics":
                for topic in notes.topics:
                    about = f"<b>{_text(topic.title)}</b>{cited(topic.turns, topic.start)}<p>{_text(topic.gist)}</p>"
                    yield f"<li>{about}</li>"
            case "answer" if section.answer and section.answer.found:
                yield f"<p>{_text(section.answer.answer)}</p>"
                for said in section.answer.citations:
                    spoken = f"“{_text(said.quote)}” <b>{_text(said.speaker)}</b>{cited((said.turn,), said.start)}"
                    yield f'<p class="quote">{spoken}</p>'

    for section in notes.sections:
        body = "".join(rows(section))
        if body or section.kind != "topics":
            missing = f"<p>{words.not_said if section.kind == 'answer' else words.none}</p>"
            listed = f'<ul class="{_LISTS[section.kind]}">{body}</ul>' if section.kind in _LISTS else body
            yield f"<h2>{_text(words.heading(section))}</h2>{listed if body else missing}"
    if notes.unverified:
        kinds = {"decision": words.decision, "action_item": words.action_item, "open_question": words.open_question}
        doubts = "".join(
            f"<li>{kinds[item.kind]}: {_text(item.text)}{at(item.turns)} "
            f'<span class="reason">{_text(item.reason)}</span></li>'
            for item in notes.unverified
        )
        yield f'<div class="doubt"><h2>{words.unverified}</h2><p>{words.unverified_note}</p><ul>{doubts}</ul></div>'


def _task(item: ActionItem, transcript: Transcript, words: Labels) -> str:
    who = item.owner_name or (transcript.label(item.owner) if item.owner else "")
    colour = _colours(transcript).get(item.owner or "", "")
    text = f'<b class="{colour}">{_text(who)}</b>: {_text(item.task)}' if who else _text(item.task)
    due = " ".join(part for part in (item.due, f"({item.due_date})" if item.due_date else "") if part)
    return f'{text} <span class="due">— {words.due} {_text(due)}</span>' if due else text


def _transcript(transcript: Transcript, words: Labels) -> Iterator[str]:
    yield f"<h2>{words.transcript}</h2>"
    colours, before = _colours(transcript), None
    for said in transcript.utterances:
        kinds = ["said", *(["same"] if said.speaker == before else []), *(["overlap"] if said.overlap else [])]
        spoken = "".join(
            f'{" " * word.text[:1].isspace()}<span data-s="{word.start:.3f}" data-e="{word.end:.3f}">'
            f"{_text(word.text)}</span>"
            for word in said.words
        )
        yield (
            f'<div class="{" ".join(kinds)}" id="{escape(said.id)}">{_moment(said.id, said.start)}<div>'
            f'<b class="{colours.get(said.speaker, "")}">{_text(transcript.label(said.speaker))}</b>'
            f'<p dir="auto">{spoken or _text(said.text)}</p></div></div>'
        )
        before = said.speaker
