"""Every kind of broken recording ends a command with exit code 3 and one line that helps."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.command import here
from tests.unit.audio.test_broken import BROKEN


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_recording_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    kind, make = BROKEN[name]
    (tmp_path / name).write_bytes(make())
    found = here("summarize", str(tmp_path / name), "-q")
    assert found.code == 3
    assert found.out == ""
    assert found.err.startswith("Error: ")
    assert len(found.err.splitlines()) == 1
    document = json.loads(here("transcribe", str(tmp_path / name), "--json", "-q").out)
    assert document["error"]["code"] == f"audio.{kind}"


@pytest.mark.parametrize("name", ["", ".", "missing.wav"])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    found = here("summarize", str(tmp_path / name), "-q")
    assert found.code == 3
    assert len(found.err.splitlines()) == 1
