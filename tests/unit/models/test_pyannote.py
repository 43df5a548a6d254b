"""pyannote's checkpoints become safetensors and say the same; what hides in a pickle stays there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.segmentation import PyanNet
from torch.torch_version import TorchVersion

from meetbot.errors import ModelCorrupt
from meetbot.models.pyannote import convert, load_pyannote

HYPER: dict[str, Any] = {
    "sincnet": {"stride": 10},
    "lstm": {"hidden_size": 8, "num_layers": 1},
    "linear": {"hidden_size": 8},
}


class Trap:
    """Unpickling this would make a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.path,)


def checkpoint(path: Path, **more: object) -> PyanNet:
    model = PyanNet(**HYPER)
    model.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=5.0,
        classes=["speaker#1", "speaker#2"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    model.build()  # type: ignore[no-untyped-call]
    about = {
        "versions": {"torch": TorchVersion("2.0.1"), "pyannote.audio": "3.0.0"},
        "architecture": {"module": "pyannote.audio.models.segmentation", "class": "PyanNet"},
        "specifications": model.specifications,
    }
    found = {"state_dict": model.state_dict(), "hyper_parameters": dict(model.hparams), "pyannote.audio": about}
    torch.save(found | more, path)
    return model.eval()


def test_a_converted_checkpoint_says_the_same(tmp_path: Path) -> None:
    before = checkpoint(tmp_path / "pytorch_model.bin")
    convert(tmp_path / "pytorch_model.bin", tmp_path)
    (tmp_path / "pytorch_model.bin").unlink()
    after = load_pyannote(tmp_path)
    sound = torch.randn(1, 1, 80_000, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        torch.testing.assert_close(after(sound), before(sound))
    assert after.specifications == before.specifications


def test_code_in_a_checkpoint_never_runs(tmp_path: Path) -> None:
    checkpoint(tmp_path / "pytorch_model.bin", extra=Trap(str(tmp_path / "sprung")))
    with pytest.raises(ModelCorrupt, match="not opened"):
        convert(tmp_path / "pytorch_model.bin", tmp_path)
    assert not (tmp_path / "sprung").exists()
    assert not (tmp_path / "model.safetensors").exists()


def test_a_config_cannot_choose_what_is_imported(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"architecture": "os", "hyper_parameters": {}, "specifications": null}')
    with pytest.raises(ModelCorrupt):
        load_pyannote(tmp_path)


def test_a_folder_without_a_model_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt):
        load_pyannote(tmp_path)
