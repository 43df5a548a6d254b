"""--quiet: no progress and no notes; warnings and errors stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from meetbot.cli import run
from meetbot.cli.bar import progress
from meetbot.library import Library, correcting
from tests.end_to_end.command import here
from tests.unit.export.meetings import WEEKLY


@pytest.fixture
def mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file with a correction of the only meeting in the library."""
    for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    with Library.open() as library:
        library.add(WEEKLY)
    word = WEEKLY.utterances[0].text.split()[0]
    file = tmp_path / "mended.txt"
    file.write_text(correcting.as_text(WEEKLY).replace(word, "Zanzibar", 1), encoding="utf-8")
    return str(file)


def test_what_was_done_is_said(mended: str) -> None:
    done = here("correct", "weekly", "--apply", mended)
    assert (done.code, done.out) == (0, "")
    assert "Corrected" in done.err
    assert "meetbot vocabulary add Zanzibar" in done.err


def test_nothing_is_said_when_nothing_is_to_be_said(mended: str) -> None:
    done = here("correct", "weekly", "--apply", mended, "-q")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_errors_are_said_all_the_same(mended: str) -> None:
    done = here("correct", "nosuch", "--apply", mended, "-q")
    assert done.code == 2
    assert done.err.startswith("Error: ")


def test_a_file_is_written_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run.deliver("text", tmp_path / "quiet.txt", quiet=True)
    assert capsys.readouterr() == ("", "")
    run.deliver("text", tmp_path / "told.txt")
    assert capsys.readouterr() == ("", f"Wrote {tmp_path / 'told.txt'}\n")
    assert (tmp_path / "quiet.txt").read_text() == (tmp_path / "told.txt").read_text() == "text"


def test_warnings_are_said_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    shown = progress(quiet=True)
    with shown.stage("transcribe", total=10.0, unit="s") as step:
        step.advance(10.0)
    shown.note("transcript: cached")
    shown.warn("the recording is cut off")
    assert capsys.readouterr() == ("", "Warning: the recording is cut off\n")
