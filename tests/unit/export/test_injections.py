"""No attempt at injection gets through any export, wherever it is said or whatever is named so."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

from meetbot.cli.export import file_stem
from meetbot.evaluate.injection import Injection, load, plant
from meetbot.export import FORMATS, ExportOptions, Meeting, clean, write
from tests.unit.export.meetings import NOTES, WEEKLY

INJECTIONS = load(Path(__file__).parents[3] / "samples" / "injections" / "injections.toml")
TEXTS = [name for name in FORMATS if name not in ("docx", "pdf")]
WHOLE = ExportOptions(transcript=True)


def planted(injection: Injection) -> Meeting:
    """The attempt said (or somebody or something named so), and repeated in every field of the notes."""
    said = plant(WEEKLY, injection, "T4")
    text = injection.text if clean.one_line(injection.text) else "word"  # a blank owner is no owner
    notes = replace(
        NOTES,
        title=injection.text if injection.where == "title" else NOTES.title,
        overview=f"{NOTES.overview} {text}",
        topics=tuple(replace(topic, title=text, gist=text) for topic in NOTES.topics),
        decisions=tuple(
            replace(one, text=text, history=tuple(replace(old, text=text) for old in one.history))
            for one in NOTES.decisions
        ),
        action_items=tuple(replace(one, task=text, owner_name=text, due=text) for one in NOTES.action_items),
        open_questions=tuple(replace(one, text=text) for one in NOTES.open_questions),
        unverified=tuple(replace(one, text=text, reason=text) for one in NOTES.unverified),
    )
    return Meeting(said, notes, "weekly sync.flac")


AIMED = [injection for injection in INJECTIONS if injection.absent]


@pytest.mark.parametrize("injection", AIMED, ids=[injection.id for injection in AIMED])
def test_no_format_holds_what_it_must_not(injection: Injection) -> None:
    meeting = planted(injection)
    for format in injection.absent or ():
        if format in TEXTS:
            assert list(injection.broken_by_output(format, str(write(meeting, format, WHOLE)))) == []
    title = injection.text if injection.where == "title" else "Weekly sync"
    stem = file_stem("2026-11-22", title)
    assert list(injection.broken_by_output("filename", stem)) == []
    assert len(stem) > len("2026-11-22 ")


def elements(html: str) -> Counter[str]:
    found: Counter[str] = Counter()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            names = sorted(name for name, _ in attributes)
            found[f"{tag} {names}"] += 1

    Reader().feed(html)
    return found


@pytest.mark.parametrize("injection", INJECTIONS, ids=[injection.id for injection in INJECTIONS])
def test_markup_is_that_of_a_harmless_meeting(injection: Injection) -> None:
    """Not only what the attempt's author thought of: the structure is the one that plain words give."""
    meeting = planted(injection)
    plain = planted(replace(injection, text=re.sub(r"\S+", "word", injection.text)))
    harmless, attempted = (str(write(one, "html", WHOLE)) for one in (plain, meeting))
    assert elements(attempted) == elements(harmless)

    harmless, attempted = (str(write(one, "md", WHOLE)) for one in (plain, meeting))
    fronts = [yaml.safe_load(text.split("\n---\n", 1)[0]) for text in (harmless, attempted)]
    assert list(fronts[0]) == list(fronts[1])
    renderer = MarkdownIt("gfm-like", {"linkify": False})
    bodies = [elements(renderer.render(text.split("\n---\n", 1)[1])) for text in (harmless, attempted)]
    assert bodies[0] == bodies[1]

    harmless, attempted = (str(write(one, "ics", WHOLE)).replace("\r\n ", "") for one in (plain, meeting))
    assert re.findall(r"^[A-Z-]+", harmless, re.M) == re.findall(r"^[A-Z-]+", attempted, re.M)


def test_blank_names_and_titles_are_shown_as_none() -> None:
    blank = " \u200b\n"
    said = replace(WEEKLY, speakers=tuple(replace(one, name=blank) for one in WEEKLY.speakers))
    text = str(write(Meeting(said, replace(NOTES, title=blank)), "md", WHOLE))
    assert "# weekly sync\n" in text
    assert "**S1** 0:00" in text
    assert "****" not in text
