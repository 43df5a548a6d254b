"""A model trained or imported again under its id was not used: the cache knew what it had heard by the id alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from meetbot import paths
from meetbot.models import contents
from meetbot.models.shelf import Manifest, write_manifest


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def put(sha: str) -> None:
    where = paths.models() / "whisper-ours"
    where.mkdir(parents=True, exist_ok=True)
    (where / "model.safetensors").write_bytes(b"1234")
    (where / "config.json").write_bytes(b"{}")
    files = {"model.safetensors": (4, sha), "config.json": (2, "c" * 64)}
    write_manifest(where, Manifest("whisper-ours", "whisper", "MIT", "fine-tuned: base", files))


def test_what_a_model_of_the_users_holds_tells_it_from_the_one_before() -> None:
    put("a" * 64)
    before = contents("whisper-ours")
    assert contents("whisper-ours") == before
    put("b" * 64)
    assert contents("whisper-ours") != before


def test_the_catalogues_models_are_known_by_their_names() -> None:
    assert contents("base") == ()


def test_a_model_in_a_file_is_known_by_the_file(tmp_path: Path) -> None:
    file = tmp_path / "ours.gguf"
    file.write_bytes(b"one")
    before = contents(str(file))
    file.write_bytes(b"others")
    assert contents(str(file)) != before
