"""Action items as CSV and ICS: readable by what reads them, computed by nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meetbot.domain import ActionItem
from meetbot.errors import UsageError
from meetbot.export import ExportOptions, Meeting, write
from meetbot.export.csv import cell
from meetbot.export.ics import fold, text
from tests.unit.export.meetings import NOTES, WEEKLY

FULL = Meeting(WEEKLY, NOTES)


def test_csv_has_a_row_a_task() -> None:
    rows = list(csv.DictReader(io.StringIO(str(write(FULL, "csv", ExportOptions(done=frozenset({1})))))))
    assert rows[0] == {
        "owner": "Ben López",
        "task": "Send the report to Carla.",
        "due": "Wednesday",
        "due_date": "2026-11-25",
        "status": "open",
        "time": "12:04",
        "turns": "T4",
        "meeting": "Weekly sync",
        "date": "2026-11-22",
    }
    assert (rows[1]["owner"], rows[1]["task"], rows[1]["status"]) == ("", "Book a room.", "done")


@pytest.mark.parametrize("said", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " \r\n=1", "＝1", "|calc", '=HYPERLINK("x")'])
def test_no_cell_is_a_formula(said: str) -> None:
    item = ActionItem(said, None, said, said, None, ("T1",), 0.0, True)
    (row,) = csv.DictReader(io.StringIO(str(write(replace(FULL, notes=replace(NOTES, action_items=(item,))), "csv"))))
    for column in ("owner", "task", "due"):
        assert row[column].startswith("'")


@given(st.text())
@settings(deadline=None)
def test_cells_are_one_line_and_inert(said: str) -> None:
    assert not cell(said).startswith(tuple("=+-@\t\r\n"))
    assert "\n" not in cell(said)


def unfolded(calendar: str) -> list[str]:
    assert calendar.endswith("\r\n")
    assert "\n" not in calendar.replace("\r\n", "")
    return calendar.replace("\r\n ", "").split("\r\n")[:-1]


def test_ics_has_an_event_for_each_due_date() -> None:
    calendar = str(write(FULL, "ics"))
    assert unfolded(calendar)[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//meetbot//meetbot//EN"]
    event = dict(line.split(":", 1) for line in unfolded(calendar)[4:-2])
    assert event["DTSTART;VALUE=DATE"] == "20261125"
    assert event["DTEND;VALUE=DATE"] == "20261126"
    assert event["SUMMARY"] == "Ben López: Send the report to Carla."
    assert event["DESCRIPTION"] == "Weekly sync\\, 2026-11-22\\, 12:04 (Wednesday)"
    assert calendar.count("BEGIN:VEVENT") == 1
    assert write(FULL, "ics") == calendar


def test_speech_adds_no_property_to_a_calendar() -> None:
    evil = "Pay\r\nEND:VEVENT\nATTACH:http://evil.example;X=1,2\\n " + "ü" * 100
    item = replace(NOTES.action_items[0], task=evil, owner_name=None, owner=None)
    lines = unfolded(str(write(replace(FULL, notes=replace(NOTES, action_items=(item,))), "ics")))
    assert len(lines) == len(unfolded(str(write(FULL, "ics"))))
    assert not any(line.startswith("ATTACH") for line in lines)


@given(st.text())
@example("🙂" * 60)
@settings(deadline=None)
def test_folding_keeps_lines_short_and_loses_nothing(said: str) -> None:
    folded = fold("SUMMARY:" + text(said))
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == "SUMMARY:" + text(said) + "\r\n"


def test_a_calendar_without_dates_is_refused() -> None:
    with pytest.raises(UsageError, match="due date"):
        write(FULL, "ics", ExportOptions(done=frozenset({0})))


@pytest.mark.parametrize("format", ["csv", "ics"])
def test_tasks_need_notes(format: str) -> None:
    with pytest.raises(UsageError, match="this meeting has none"):
        write(Meeting(WEEKLY), format)
