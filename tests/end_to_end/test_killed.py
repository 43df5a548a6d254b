"""Killed at any moment, a run continues and ends with the same result."""

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import away, start

SAMPLE = Path(__file__).parents[2] / "samples" / "weekly-sync.flac"
COMMAND = ["summarize", str(SAMPLE), "--end", "45", "--json", "--date", "2026-11-23"]
COMMAND += ["--model", "whisper-tiny.en", "--llm", "qwen2.5-coder-0.5b", "--offline"]

KILLS = int(os.environ.get("KILLS", "3"))
"""How often the run is killed before it may finish; KILLS=10 uv run pytest tests/end_to_end/test_killed.py"""


def without_timings(text: str) -> Any:
    return {key: value for key, value in json.loads(text).items() if key != "timings"}


@pytest.mark.usefixtures("models")
def test_a_killed_run_continues_to_the_same_result(tmp_path: Path) -> None:
    undisturbed = away(*COMMAND, XDG_CACHE_HOME=str(tmp_path / "a"))
    assert undisturbed.code == 0, undisturbed.err

    chance = random.Random(7)
    for _ in range(KILLS):
        victim = start(*COMMAND, XDG_CACHE_HOME=str(tmp_path / "b"))
        time.sleep(chance.uniform(1, 12))
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
    survivor = away(*COMMAND, XDG_CACHE_HOME=str(tmp_path / "b"))
    assert survivor.code == 0, survivor.err
    assert without_timings(survivor.out) == without_timings(undisturbed.out)

    again = away(*COMMAND, XDG_CACHE_HOME=str(tmp_path / "b"))
    assert without_timings(again.out) == without_timings(survivor.out)
    assert [line for line in again.err.splitlines() if "cached" not in line] == []


@pytest.mark.usefixtures("models")
def test_ctrl_c_ends_with_130_and_says_that_work_is_kept(tmp_path: Path) -> None:
    victim = start(*COMMAND, XDG_CACHE_HOME=str(tmp_path))
    assert victim.stderr is not None
    assert victim.stderr.readline(), "it has begun"
    time.sleep(1)
    victim.send_signal(signal.SIGINT)
    out, err = victim.communicate()
    # Python ends by the signal itself where it hit code that a C library ran; shells call both 130.
    assert victim.returncode in (130, -signal.SIGINT), err
    assert out == ""
    assert "kept" in err
    assert "Traceback" not in err
