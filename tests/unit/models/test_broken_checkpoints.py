"""Checkpoints cut short, with bytes changed or of another kind: one clear refusal each, never a stray exception."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
from pathlib import Path

import pytest
import torch

from meetbot.errors import MeetbotError
from meetbot.models import ctranslate2_writer, huggingface, openai_checkpoint
from meetbot.models.exchange import read
from meetbot.models.whisper import Dims
from tests.unit.models.random_whisper import random_checkpoint

SMALL = Dims(8, 4, 8, 2, 1, 51865, 6, 8, 2, 1)


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same small model in every form; the value is the file that tests damage."""
    root, model = tmp_path_factory.mktemp("forms"), random_checkpoint(SMALL)
    for name in ("hf", "ct2", "pt"):
        (root / name).mkdir()
    huggingface.write(model, root / "hf")
    ctranslate2_writer.write(model, root / "ct2")
    openai_checkpoint.write(model, root / "pt" / "m.pt")
    return {"hf": root / "hf/model.safetensors", "ct2": root / "ct2/model.bin", "pt": root / "pt/m.pt"}


def copied(form: str, forms: dict[str, Path], tmp_path: Path) -> tuple[Path, Path]:
    """A copy to damage: the file, and what `read` is given."""
    shutil.copytree(forms[form].parent, tmp_path / form)
    file = tmp_path / form / forms[form].name
    return file, file if form == "pt" else file.parent


@pytest.mark.parametrize("form", ["hf", "ct2", "pt"])
def test_a_file_cut_short_is_refused(forms: dict[str, Path], tmp_path: Path, form: str) -> None:
    file, source = copied(form, forms, tmp_path)
    whole = file.read_bytes()
    assert read(source).dims == SMALL
    for length in (0, 1, 7, 40, 1000, len(whole) // 2, len(whole) - 1000):
        file.write_bytes(whole[:length])
        with pytest.raises(MeetbotError):
            read(source)


@pytest.mark.parametrize("form", ["hf", "ct2", "pt"])
def test_changed_bytes_are_refused_or_read_but_never_crash(forms: dict[str, Path], tmp_path: Path, form: str) -> None:
    file, source = copied(form, forms, tmp_path)
    whole, chance = file.read_bytes(), random.Random(form)
    for _ in range(40):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[chance.randrange(4000 if form != "pt" else len(whole))] = chance.randrange(256)
        file.write_bytes(damaged)
        with contextlib.suppress(MeetbotError):
            read(source)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", "[]"),
        ("config.json", "{"),
        ("config.json", json.dumps({"model_type": "whisper"})),
        ("generation_config.json", json.dumps({"alignment_heads": [[1, 2, 3]]})),
        ("generation_config.json", json.dumps({"alignment_heads": "x"})),
        ("generation_config.json", json.dumps({"alignment_heads": [[77, 0]]})),
        ("model.safetensors.index.json", json.dumps({"weight_map": {"a": "../../etc/passwd"}})),
        ("model.safetensors.index.json", json.dumps({"weight_map": 3})),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    forms: dict[str, Path], tmp_path: Path, name: str, content: str
) -> None:
    file, source = copied("hf", forms, tmp_path)
    file.with_name(name).write_text(content)
    with pytest.raises(MeetbotError):
        read(source)


@pytest.mark.parametrize("content", [[1, 2], {"model_state_dict": {"a": 1}, "dims": {}}, {"epoch": 3}, torch.zeros(3)])
def test_other_checkpoints_of_torch_are_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(MeetbotError):
        read(tmp_path / "other.pt")


@pytest.mark.parametrize("wrong", [{"n_mels": 81}, {"n_text_head": 0}, {"n_vocab": "many"}, {"n_text_layer": 2}])
def test_dimensions_that_do_not_fit_the_tensors_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    from dataclasses import asdict

    model = random_checkpoint(SMALL)
    torch.save({"dims": asdict(SMALL) | wrong, "model_state_dict": model.tensors}, tmp_path / "m.pt")
    with pytest.raises(MeetbotError):
        read(tmp_path / "m.pt")
