"""`-o` renamed a file over whatever was there: devices and named pipes were lost, links became files."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from meetbot.cli.run import check_free, deliver
from meetbot.errors import UsageError


def test_a_named_pipe_is_written_to(tmp_path: Path) -> None:
    pipe, found = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_text()))
    reader.start()
    check_free([pipe], force=False)
    deliver("said", pipe, quiet=True)
    reader.join()
    assert found == ["said"]
    assert pipe.is_fifo()


def test_a_device_needs_no_force() -> None:
    check_free([Path("/dev/null")], force=False)
    deliver("said", Path("/dev/null"), quiet=True)
    assert Path("/dev/null").is_char_device()


def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "notes.md", tmp_path / "link.md"
    target.write_text("before")
    link.symlink_to(target)
    with pytest.raises(UsageError, match="exists"):
        check_free([link], force=False)
    deliver("after", link, quiet=True)
    assert link.is_symlink()
    assert target.read_text() == "after"
