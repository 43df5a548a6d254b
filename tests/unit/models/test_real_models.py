"""The bundled models as they were converted: no bit lost, quick to open, and what their makers say they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from meetbot.models import ctranslate2_writer, shelf, whisper
from meetbot.models.catalogue import catalogue
from meetbot.models.openai_checkpoint import published_heads
from meetbot.models.pyannote import load_segmentation

Models = Callable[[str], Path]


def test_whisper_base_gives_back_the_published_file_byte_for_byte(models: Models, tmp_path: Path) -> None:
    """So the tensors under openai-whisper's names are the published ones, every bit, and nothing was left out."""
    where = models("whisper-base")
    ctranslate2_writer.write_binary(whisper.read(where), tmp_path / "model.bin")
    entry = catalogue().find("whisper-base")
    assert entry is not None
    assert shelf.sha256(tmp_path / "model.bin") == entry.files[0].sha256
    assert {tensor.dtype for tensor in whisper.read(where).tensors.values()} == {torch.float16}


@pytest.mark.parametrize("name", ["tiny.en", "base"])
def test_alignment_heads_are_openais(models: Models, name: str) -> None:
    config = whisper.read_config(models(name))
    assert config.alignment_heads == published_heads(name, config.dims)
    assert config.tokenizer == ("english" if name == "tiny.en" else "multilingual")
    model = whisper.load_whisper(models(name), torch.device("cpu"))
    assert tuple(map(tuple, model.alignment_heads.indices().T.tolist())) == config.alignment_heads


def test_a_model_in_half_precision_keeps_its_norms(models: Models) -> None:
    model = whisper.load_whisper(models("tiny.en"), torch.device("cpu"), torch.bfloat16)
    kinds = {name: tensor.dtype for name, tensor in model.state_dict().items()}
    assert kinds["decoder.ln.weight"] == kinds["encoder.blocks.0.attn_ln.bias"] == torch.float32
    assert kinds["encoder.blocks.0.attn.query.weight"] == torch.bfloat16
    found = model(torch.zeros(1, 80, 3000, dtype=torch.bfloat16), torch.tensor([[50257, 50362]]))
    assert found.shape == (1, 2, 51864)
    assert found.isfinite().all()


def test_segmentation_gives_log_probabilities_of_the_powerset(models: Models) -> None:
    model = load_segmentation(models("segmentation-3.0"))
    with torch.no_grad():
        found = model(torch.randn(2, 1, 160_000, generator=torch.Generator().manual_seed(1)) * 0.01)
    assert found.shape == (2, 589, 7)
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(2, 589))
    (specifications,) = model.specifications
    assert specifications.duration == 10.0
    assert specifications.powerset


def test_every_bundled_model_that_is_here_is_whole(models: Models) -> None:
    for name in ("whisper-tiny.en", "segmentation-3.0", "campplus", "minilm-l6-v2"):
        where = models(name)
        manifest = shelf.read_manifest(where)
        assert manifest is not None
        assert shelf.damage(where, manifest, thorough=True) == ""
