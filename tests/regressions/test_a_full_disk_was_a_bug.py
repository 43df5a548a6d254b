"""A cache that cannot be written ended the run as "a bug in meetbot", with nothing delivered."""

from __future__ import annotations

import errno
import os
from typing import NoReturn

import pytest

from meetbot import store
from meetbot.cli import run
from meetbot.config import Settings
from tests.end_to_end.command import here


def _full(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/cache")


def test_work_goes_on_and_says_so_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(store, "write_atomic", _full)
    kept = run.pipeline(Settings(library=False), "transcribe").store.of("ab" * 32)
    kept.put("cd" * 16, "{}")
    kept.put("ef" * 16, "{}")
    told = capsys.readouterr().err
    assert told.count("cannot be written (No space left on device)") == 1
    assert "begins from nothing" in told


def test_any_other_file_is_an_error_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meetbot.library.Library.open", _full)
    found = here("list")
    assert found.code == 1
    assert (
        found.err
        == "Error: /cache cannot be written: No space left on device. Make room, and give the same command again.\n"
    )
