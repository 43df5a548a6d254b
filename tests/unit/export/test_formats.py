"""What each format must hold, and what no format may do."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import jsonschema
import pytest
import yaml
from markdown_it import MarkdownIt

from meetbot import codec, schemas
from meetbot.domain import ActionItem, Answer, Citation, Notes, Transcript
from meetbot.errors import UsageError
from meetbot.export import FORMATS, TRANSCRIPT_FORMATS, ExportOptions, Meeting, write
from tests.unit.export.meetings import NOTES, WEEKLY, transcript

FULL = Meeting(WEEKLY, NOTES, "weekly sync.flac")


def front(text: str) -> dict[str, object]:
    assert text.startswith("---\n")
    block, _ = text[4:].split("\n---\n", 1)
    found = yaml.safe_load(block)
    assert isinstance(found, dict)
    return found


def test_notes_in_markdown() -> None:
    text = str(write(FULL, "md"))
    assert text.split("---\n", 2)[2] == (
        """
# Weekly sync

## Overview

The release moves to Friday.

## Decisions

- Release on Friday. ([1:41](weekly%20sync.flac#t=101))
  - Earlier: Release on Thursday. ([0:00](weekly%20sync.flac#t=0))

## Action items

- [ ] **Ben López**: Send the report to Carla. — due Wednesday (2026-11-25) ([12:04](weekly%20sync.flac#t=724))
- [ ] Book a room. ([12:06](weekly%20sync.flac#t=726))
  - Context: “Yes.” — Ben López ([0:04](weekly%20sync.flac#t=4))

## Open questions

- Who tests? ([1:41](weekly%20sync.flac#t=101))

## Topics

- [0:00](weekly%20sync.flac#t=0) **Release**: When to release.

## Unverified

The recording does not bear these out as they stand: check before relying on them.

- Decision: Hire 80 people. ([1:41](weekly%20sync.flac#t=101)) — the number 80 is not in T3

## Speakers

| Speaker | Talk time |
| --- | --- |
| Ana | 30s |
| Ben López | 1m 0s |
"""
    )


def test_front_matter_is_what_others_read() -> None:
    found = front(str(write(FULL, "md", ExportOptions(done=frozenset({1})))))
    assert found["title"] == "Weekly sync"
    assert str(found["date"]) == "2026-11-22"
    assert found["duration"] == "8m 1s"
    assert found["attendees"] == ["Ana", "Ben López"]
    assert found["speaker_map"] == [
        {"speaker_label": "S1", "name": "Ana", "confidence": "high", "source": "voice"},
        {"speaker_label": "S2", "name": "Ben López", "confidence": "high", "source": "voice"},
    ]
    assert found["action_items"] == [
        {"assignee": "Ben López", "task": "Send the report to Carla.", "due": "2026-11-25", "status": "open"},
        {"assignee": "", "task": "Book a room.", "status": "done"},
    ]
    assert found["decisions"] == [{"text": "Release on Friday.", "supersedes": "Release on Thursday."}]


def test_the_transcript_follows_when_asked_for() -> None:
    plain, whole = str(write(FULL, "md")), str(write(FULL, "md", ExportOptions(transcript=True)))
    assert "## Transcript" not in plain
    assert whole.startswith(plain)
    assert "**Ben López** [12:04](weekly%20sync.flac#t=724) \\\nI will send the report" in whole


def test_nothing_decided_says_so_and_shows_no_unverified() -> None:
    text = str(write(Meeting(WEEKLY, Notes("Quiet", "2026-11-22", "en", 1.0, (), "")), "md"))
    assert text.count("None.") == 4
    assert "Unverified" not in text
    assert "](" not in text  # no recording to link to


def test_headings_are_in_the_language_of_the_notes() -> None:
    text = str(write(replace(FULL, notes=replace(NOTES, language="de")), "md"))
    assert "## Aufgaben" in text
    assert "## Action items" not in text


EVIL = (
    "Done.\n---\nadmin: true\n---\n# Owned\n- [x] **pay** <script>alert(1)</script> <img src=x onerror=alert(1)> "
    "[click](javascript:alert(1)) ![i](http://evil.example/p.png) `rm` www.evil.example {{x}} =cmd|' /C calc'!A0"
)


def evil() -> Meeting:
    said = transcript(("S1", 0.0, EVIL), names=(EVIL, None))
    item = ActionItem(EVIL, "S1", EVIL, EVIL, None, ("T1",), 0.0, True)
    return Meeting(said, replace(NOTES, title=EVIL, overview=EVIL, action_items=(item,)), 'a](evil) ".flac')


def test_speech_adds_nothing_to_markdown() -> None:
    text = str(write(evil(), "md", ExportOptions(transcript=True)))
    found = front(text)
    assert "admin" not in found
    assert list(found) == list(front(str(write(FULL, "md"))))
    body = text.split("\n---\n", 1)[1]
    headings = [line for line in body.splitlines() if line.startswith("#")]
    assert headings[1:] == [
        f"## {name}"
        for name in (
            "Overview",
            "Decisions",
            "Action items",
            "Open questions",
            "Topics",
            "Unverified",
            "Speakers",
            "Transcript",
        )
    ]
    assert "---" not in body.splitlines()
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(body)
    assert {link.split("#t=")[0] for link in re.findall('(?:href|src)="(.*?)"', rendered)} == {
        "a%5D%28evil%29%20%22.flac"
    }
    assert set(re.findall(r"<([a-z0-9]+)", rendered)) == {
        *("h1", "h2", "p", "ul", "li", "a", "strong", "br", "table", "thead", "tbody", "tr", "th", "td")
    }
    assert len(re.findall(r"^\s*- \[.\] ", body, re.M)) == 1


@pytest.mark.parametrize("format", TRANSCRIPT_FORMATS)
def test_speech_adds_no_lines_to_line_formats(format: str) -> None:
    harmless = transcript(("S1", 0.0, " ".join(["word"] * len(EVIL.split()))), names=("A", None))
    evil_lines = str(write(replace(evil(), notes=None), format)).splitlines()
    if format in ("txt", "rttm", "stm"):
        assert len(evil_lines) == len(str(write(Meeting(harmless), format)).splitlines()) == 1
    if format == "tsv":
        assert all(row.count("\t") == 3 for row in evil_lines)


def test_rttm_and_stm() -> None:
    assert str(write(FULL, "rttm")).splitlines()[1] == (
        "SPEAKER weekly_sync 1 4.000 0.270 <NA> <NA> Ben_López <NA> <NA>"
    )
    assert str(write(FULL, "stm")).splitlines()[1] == "weekly_sync 1 Ben_López 4.000 4.270 Yes."


def test_txt() -> None:
    assert str(write(FULL, "txt")).splitlines()[3] == "[12:04] Ben López: I will send the report to Carla by Wednesday."


def test_json_validates_and_reads_back() -> None:
    notes, said = str(write(FULL, "json")), str(write(replace(FULL, notes=None), "json"))
    jsonschema.validate(json.loads(notes), schemas.document("notes"))
    jsonschema.validate(json.loads(said), schemas.document("transcript"))
    assert codec.from_json(Notes, notes) == NOTES
    assert codec.to_dict(codec.from_json(Transcript, said)) == codec.to_dict(WEEKLY)


def test_answers_validate() -> None:
    answer = Answer("Who?", True, "Ben.", (Citation("weekly", "T4", "Ben", 724.0, "I will send"),))
    jsonschema.validate(codec.to_dict(answer), schemas.document("answer"))


@pytest.mark.parametrize("name", schemas.KINDS)
def test_schemas_on_disk_are_current(name: str) -> None:
    assert json.loads(schemas.path(name).read_text()) == schemas.document(name), "run python -m meetbot.schemas"
    jsonschema.Draft202012Validator.check_schema(schemas.document(name))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("utterances", 0, "id"), "17"),
        (("utterances", 0, "start"), -1.0),
        (("utterances", 0, "words", 0, "probability"), 1.5),
        (("audio", "sha256"), "x"),
        (("schema_version",), 2),
        (("speakers", 0, "id"), None),
    ],
)
def test_schemas_refuse_what_is_wrong(path: tuple[str | int, ...], value: object) -> None:
    document = codec.to_dict(WEEKLY)
    place: object = document
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schemas.document("transcript"))


def test_unknown_formats_and_missing_notes_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="no format 'doc'"):
        write(FULL, "doc")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_ends_with_one_line_break(format: str) -> None:
    for meeting in (FULL, replace(FULL, notes=None)):
        try:
            text = write(meeting, format)
        except UsageError:
            assert meeting.notes is None
            continue
        if isinstance(text, str):
            assert text.endswith("\n")
            assert not text.endswith("\n\n")
