"""Models shaped like Belle-whisper-large-v3 and distil-whisper go through the whole of meetbot, from a hub's folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from meetbot.models import whisper
from meetbot.models.exchange import export_model
from meetbot.models.whisper import Checkpoint
from tests.end_to_end.command import here
from tests.unit.models.random_whisper import SHAPES, random_checkpoint

SAMPLE = "samples/weekly-sync.flac"


def _belle(models: Callable[[str], Path]) -> Checkpoint:
    """128 mel bins, 51,866 tokens, no alignment heads, as in a fine-tune of large-v3; nothing it says makes sense."""
    return replace(random_checkpoint(SHAPES["large-v3-like"]), alignment_heads=None)


def _distilled(models: Callable[[str], Path]) -> Checkpoint:
    """The whole encoder of a real model, and its decoder without the second layer: three of four can still speak."""
    model = whisper.read(models("whisper-tiny.en"))
    tensors = {}
    for name, tensor in model.tensors.items():
        parts = name.split(".")
        if parts[:2] == ["decoder", "blocks"]:
            if parts[2] == "1":
                continue
            parts[2] = str(max(0, int(parts[2]) - 1))
        tensors[".".join(parts)] = tensor
    return Checkpoint(tensors, replace(model.dims, n_text_layer=3), None)


@pytest.mark.parametrize(("make", "language"), [(_belle, "zh"), (_distilled, "en")], ids=["belle", "distil"])
def test_a_folder_of_a_hub_is_imported_and_transcribes_who_says_what(
    make: Callable[[Callable[[str], Path]], Checkpoint],
    language: str,
    models: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = {name: models(name) for name in ("segmentation-3.0", "campplus")}
    own = tmp_path / "models"
    own.mkdir()
    for name, folder in parts.items():
        (own / name).symlink_to(folder)
    monkeypatch.setenv("MEETBOT_MODELS", str(own))
    whisper.save(_made(tmp_path / "made"), make(models))
    folder = export_model(str(tmp_path / "made"), "huggingface", tmp_path / "hub")
    assert here("models", "import", str(folder), "--as", "other").code == 0
    found = here("transcribe", SAMPLE, "--end", "20", "--model", "other", "--language", language, "-q", "--json")
    assert found.code == 0, found.err
    transcript = json.loads(found.out)
    assert transcript["language"] == language
    text = " ".join(one["text"] for one in transcript["utterances"])
    assert make is _belle or ("Good morning" in text and transcript["speakers"])
    words = [word for one in transcript["utterances"] for word in one["words"]]
    assert all(0 <= word["start"] <= word["end"] <= 20.5 for word in words)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
