"""Alignment heads are found by listening; the model stays whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from meetbot.errors import ModelError
from meetbot.models import shelf, whisper
from meetbot.models.calibrate import calibrate, choose, clip, timed_mass
from meetbot.progress import Silent
from tests.unit.models.random_whisper import SHAPES, random_checkpoint


def test_attention_counts_where_the_word_is_said() -> None:
    spans = [(0.2 * n, 0.2 * n + 0.2) for n in range(20)]
    there = np.zeros((20, 1500), np.float32)
    there[np.arange(20), np.arange(20) * 10 + 5] = 1
    late = np.roll(there, 30, axis=1)
    everywhere = np.full((20, 1500), 1 / 1500, np.float32)
    assert timed_mass(there, spans) == pytest.approx(1.0)
    assert timed_mass(late, spans) == 0.0
    assert timed_mass(everywhere, spans) < 0.02


def test_the_best_heads_are_chosen_and_the_weak_left() -> None:
    lower = [[0.9, 0.9, 0.9]] * 2
    assert choose(np.array([*lower, [0.1, 0.9, 0.3], [0.8, 0.2, 0.4]], np.float32)) == ((2, 1), (3, 0))
    assert choose(np.array([[0.1, 0.9, 0.7]], np.float32)) == ((0, 1), (0, 2))  # a model of one layer has no lower half


def test_the_clip_is_half_a_minute_whose_words_follow_each_other() -> None:
    samples, words = clip()
    assert samples.shape == (480_000,)
    assert 0.05 < abs(samples).max() <= 1
    assert "".join(word.text for word in words).startswith(" Hello? Hello? Oh, hello. I didn't know")
    assert all(a.start <= a.end <= b.end <= 30 for a, b in pairwise(words))


def forget_heads(folder: Path) -> None:
    whisper.write_config(folder, replace(whisper.read_config(folder), alignment_heads=None))
    shelf.record(folder, whisper.CONFIG)


def test_most_heads_found_in_base_are_published_ones(
    models: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = whisper.read_config(models("whisper-base")).alignment_heads
    assert published is not None
    shutil.copytree(models("whisper-base"), tmp_path / "mine")
    monkeypatch.setenv("MEETBOT_MODELS", str(tmp_path))
    forget_heads(tmp_path / "mine")
    found = calibrate("mine", Silent())
    # Not a copy of the published set: on this clip some heads that are not in it follow the words more closely.
    assert len(set(found) & set(published)) >= len(found) / 2, f"{found} against {published}"
    assert whisper.read_config(tmp_path / "mine").alignment_heads == found
    assert shelf.verify("mine", Silent()) == ("ok", "")


def test_a_model_that_follows_nothing_keeps_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETBOT_MODELS", str(tmp_path))
    folder = tmp_path / "noise"
    folder.mkdir()
    whisper.save(folder, random_checkpoint(SHAPES["tiny-like"]))
    shelf.write_manifest(folder, shelf.Manifest("noise", "whisper", "", "", {}, ""))
    forget_heads(folder)
    with pytest.raises(ModelError, match="No attention head"):
        calibrate("noise", Silent())
    assert whisper.read_config(folder).alignment_heads is None
