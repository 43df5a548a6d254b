"""`templates new board` wrote a copy of `weekly` that stood before the template called board from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.command import here


def test_it_begins_with_the_template_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = here("templates", "show", "board").out
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert here("templates", "new", "board").code == 0
    assert here("templates", "show", "board").out == board
    assert here("templates", "new", "retro").code == 0
    assert here("templates", "show", "retro").out == here("templates", "show", "weekly").out
