"""What the library's commands print, change and refuse."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from meetbot import paths
from meetbot.cli.library import register
from meetbot.domain import Notes, Transcript
from meetbot.errors import MeetbotError, MeetingNotFound, UsageError
from meetbot.export import FORMATS
from meetbot.library import Library
from meetbot.store import Store
from meetbot.templates import Template
from tests.unit.export.meetings import NOTES, WEEKLY


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with one meeting; its recording lies in the folder that is given back."""
    for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    recording = tmp_path / "weekly sync.flac"
    recording.write_bytes(b"not really sound")
    with Library.open() as library:
        library.add(WEEKLY, NOTES, source=recording)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, text: str = "") -> str:
    """What a command prints on stdout; an error of meetbot's own is raised."""
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, arguments, input=text)
    if isinstance(result.exception, MeetbotError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list_and_show() -> None:
    assert run("list") == "abababab  2026-11-22      8:01  Weekly sync\n"
    (meeting,) = json.loads(run("list", "--json"))["meetings"]
    assert (meeting["id"], meeting["speakers"]) == ("abababab", ["Ana", "Ben López"])
    assert "# Weekly sync\n" in run("show", "weekly")
    assert run("show", "abab", "--transcript").startswith("[0:00] Ana: Good morning")
    assert json.loads(run("show", "weekly", "--json"))["title"] == "Weekly sync"


def test_search_prints_who_and_when() -> None:
    printed = run("search", "machine running")
    assert "Weekly sync  2026-11-22  abababab" in printed
    assert "1:41  Ana: Actually no, we release on Friday, because the tests on the new machine" in printed
    (hit,) = json.loads(run("search", "machine running", "--json"))["hits"]
    assert [hit["text"][a:b] for a, b in hit["marks"]] == ["machine", "running"]
    assert run("search", "zebra") == ""
    assert run("search", "release", "--speaker", "Ben") == ""
    with pytest.raises(MeetingNotFound):
        run("search", "release", "--in", "nothing")


def test_tags_and_titles() -> None:
    assert "#board" in run("tag", "weekly", "board")
    assert "Weekly" in run("list", "--tag", "board")
    assert "#board" not in run("tag", "weekly", "board", "--remove")
    assert "Release planning" in run("rename", "weekly", "Release planning")
    assert "Release planning" in run("show", "release")


def test_delete_asks_and_takes_the_cache_along(kept: Path) -> None:
    cached = Store(paths.cache() / "stages").of(WEEKLY.audio.sha256)
    cached.put("abcdef", "{}")
    app = typer.Typer()
    register(app)
    assert CliRunner().invoke(app, ["delete", "weekly"], input="n\n").exit_code != 0
    assert run("list")
    run("delete", "weekly", "--yes")
    assert run("list") == ""
    assert cached.get("abcdef") is None
    assert (kept / "weekly sync.flac").exists()


def test_actions_are_listed_and_ticked_off() -> None:
    listed = run("actions").splitlines()
    assert listed[0] == ("   1 [ ] 2026-11-25  Ben López: Send the report to Carla.  (Weekly sync, 2026-11-22, 12:04)")
    assert "[x]" in run("actions", "done", "1")
    assert "report" not in run("actions")
    assert "report" in run("actions", "--all")
    run("actions", "reopen", "1")
    (mine,) = json.loads(run("actions", "--owner", "ben", "--json"))["actions"]
    assert mine["due_date"] == "2026-11-25"
    with pytest.raises(UsageError):
        run("actions", "done", "99")


def test_the_vocabulary() -> None:
    run("vocabulary", "add", "Kubernetes", "Ana López")
    assert run("vocabulary", "list") == "Ana López\nKubernetes\n"
    run("vocabulary", "remove", "Kubernetes")
    assert run("vocabulary", "list") == "Ana López\n"


class Again:
    """Stands for the pipeline: notes that say which transcript they were made from."""

    def summarize(self, transcript: Transcript, date: str, template: Template) -> Notes:
        return Notes("Again", date, "en", 1.0, (), transcript.utterances[3].text)


def test_corrections_are_taken_over_and_the_notes_made_again(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pipeline(*arguments: Any, **options: Any) -> Again:
        return Again()

    monkeypatch.setattr("meetbot.cli.run.pipeline", pipeline)
    text = run("correct", "weekly", "--text")
    Path("corrected.txt").write_text(text.replace("Carla", "Karla"))
    run("correct", "weekly", "--apply", "corrected.txt")
    assert "report to Karla" in run("show", "abababab", "--transcript")
    with Library.open() as library:
        (entry,) = library.entries()
        notes = library.load(entry.id).notes
    assert entry.corrected
    assert notes is not None
    assert notes.overview == "I will send the report to Karla by Wednesday."


def test_a_correction_that_cannot_be_read_changes_nothing(kept: Path) -> None:
    text = run("correct", "weekly", "--text")
    Path("corrected.txt").write_text(text.replace("T2 ", "T77 "))
    with pytest.raises(UsageError, match="no turn T77"):
        run("correct", "weekly", "--apply", "corrected.txt")
    with pytest.raises(UsageError, match="terminal"):
        run("correct", "weekly")
    assert run("correct", "weekly", "--text") == text


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "html"])
def test_export_writes_every_format_privately(format: str, kept: Path) -> None:
    run("export", "weekly", "-f", format, "-o", f"out.{format}")
    written = kept / f"out.{format}"
    assert written.stat().st_size
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists"):
        run("export", "weekly", "-o", f"out.{format}")
    run("export", "weekly", "-o", f"out.{format}", "--force")


def test_export_takes_the_format_from_the_name_and_links_the_recording(kept: Path) -> None:
    (kept / "notes").mkdir()
    run("export", "weekly", "-o", "notes/weekly.md")
    assert "](../weekly%20sync.flac#t=724)" in (kept / "notes/weekly.md").read_text()
    assert run("export", "weekly", "-f", "txt").startswith("[0:00] Ana: Good")
    run("export", "weekly", "-f", "srt", "-f", "csv", "--output-dir", "out")
    assert sorted(file.name for file in (kept / "out").iterdir()) == [
        "2026-11-22 Weekly sync.csv",
        "2026-11-22 Weekly sync.srt",
    ]
    run("export", "weekly", "-o", "linked.html", "--link-audio")
    assert 'src="weekly%20sync.flac"' in (kept / "linked.html").read_text()


def test_what_cannot_be_exported_is_refused_before_anything_is_written(kept: Path) -> None:
    with pytest.raises(UsageError, match="no format"):
        run("export", "weekly", "-o", "x.doc")
    with pytest.raises(UsageError, match="notes"):
        run("export", "weekly", "-f", "md", "-f", "csv", "--no-notes", "--output-dir", "out")
    assert not (kept / "out").exists()


@pytest.mark.parametrize(
    "command", ["list", "show", "search", "tag", "rename", "delete", "actions", "correct", "export", "vocabulary add"]
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert f"meetbot {command}" in run(*command.split(), "--help")
