"""Errors of prepared data, counted on an engine that says what it is told to."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from whisper.tokenizer import Tokenizer, get_tokenizer

from meetbot.finetune import data, errors
from meetbot.finetune.segments import Segment
from meetbot.finetune.sources import Cue


class Engine:
    """Hears nothing and writes what it was given."""

    batch = 2

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)

    def tokenizer(self, language: str, task: str) -> Tokenizer:
        return get_tokenizer(True, language=language, task=task)

    def hear(self, sounds: list[Any]) -> int:
        return len(sounds)

    def write(self, _heard: int, rows: list[int], _asked: Any) -> list[Any]:
        written = [self.texts.pop(0) for _ in rows]
        return [SimpleNamespace(tokens=get_tokenizer(True).encode(text), mean_logprob=-0.1) for text in written]


def folder(tmp_path: Path, *texts: str) -> Path:
    writer = data.Writer(tmp_path / "data")
    for text in texts:
        cues = (Cue(text, 0.0, 1.0),) if text else ()
        writer.add(np.zeros(16_000, np.int16), Segment("", 1.0, "en", "transcribe", cues, "s", "g", "held-back"))
    return tmp_path / "data"


def rates(folder: Path, *written: str) -> list[tuple[float, float]]:
    engine: Any = Engine(*written)
    return [(score.errors, score.total) for score in errors.score(engine, folder, list(data.read(folder)))]


def test_segments_with_text_are_counted_in_order(tmp_path: Path) -> None:
    said = folder(tmp_path, "Red green blue.", "", "Old house.", "Yes.")
    assert rates(said, "red grey blue", "Old house!", "no") == [(1, 3), (0, 2), (1, 1)]


def test_a_loop_is_decoded_again(tmp_path: Path) -> None:
    assert rates(folder(tmp_path, "Thanks. Bye."), "bye " * 100, "thanks bye") == [(0, 2)]


@pytest.mark.parametrize("loop", [3, 100])
def test_a_loop_costs_no_more_than_its_segment(loop: int, tmp_path: Path) -> None:
    every_temperature = ["bye " * loop] * 6
    assert rates(folder(tmp_path, "Thanks. Bye."), *every_temperature) == [(2, 2)]
