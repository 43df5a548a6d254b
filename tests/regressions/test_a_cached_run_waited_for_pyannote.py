"""A run whose stages were all cached imported what listens to voices all the same: six seconds for nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.command import away

SAMPLE = Path(__file__).parents[2] / "samples" / "team-1.flac"


def test_nothing_is_imported_that_is_not_used(models: Callable[[str], Path]) -> None:
    command = ("transcribe", str(SAMPLE), "--end", "12", "--model", "tiny.en", "--no-library")
    first = away(*command)
    again = away(*command, PYTHONPROFILEIMPORTTIME="1")
    assert (first.code, again.code) == (0, 0)
    assert again.out == first.out
    assert "meetbot.transcribe" in again.err
    assert "pyannote" not in again.err
