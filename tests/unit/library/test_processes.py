"""Several processes write one library; one is killed in the middle of it; nothing breaks."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

from meetbot.library import Library
from tests.unit.export.meetings import NOTES, WEEKLY

SPAWN = multiprocessing.get_context("spawn")


def _write(path: Path, start: int, count: int) -> None:
    """Add `count` meetings, and touch everything else that can be written."""
    for number in range(start, start + count):
        with Library.open(path) as library:
            made = replace(WEEKLY, audio=replace(WEEKLY.audio, sha256=f"{number:08x}" + "0" * 56))
            entry = library.add(made, replace(NOTES, title=f"Meeting {number}"))
            library.tag(entry.id, ["all"])
            library.learn([f"word {number}"])
            library.tick(library.actions(meeting=entry.id)[0].id)


def _check(path: Path) -> int:
    """Every meeting in the library is whole. How many there are."""
    with Library.open(path) as library:
        assert library.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        library.connection.execute("INSERT INTO spoken (spoken) VALUES ('integrity-check')")
        entries = library.entries()
        for entry in entries:
            assert len(library.load(entry.id).transcript.utterances) == 4
            assert len(library.search("report", meeting=entry.id)) == 1
            assert len(library.actions(meeting=entry.id, done=None)) == 2
    return len(entries)


def test_processes_writing_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    writers = [SPAWN.Process(target=_write, args=(path, 100 * k, 12)) for k in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert _check(path) == 36
    with Library.open(path) as library:
        assert len(library.vocabulary()) == len(library.entries("all")) == len(library.actions(done=True)) == 36


def test_a_killed_writer_loses_at_most_the_unfinished_write(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    before = 0
    for attempt in range(4):
        writer = SPAWN.Process(target=_write, args=(path, 1000 * attempt, 1000))
        writer.start()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and _count(path) < before + 3:
            time.sleep(0.01)
        time.sleep(0.003 * attempt)
        assert writer.pid
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(10)
        now = _check(path)
        assert now >= before + 3
        before = now


def _count(path: Path) -> int:
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return int(connection.execute("SELECT count(*) FROM meetings").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return 0
