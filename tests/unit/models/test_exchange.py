"""Whisper in every format: written, read back, and computed by the format's own library, it says the same."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from meetbot.errors import ModelCorrupt, UsageError
from meetbot.models import ctranslate2, require, shelf, whisper
from meetbot.models.exchange import FORMS, Form, export_model, import_model
from meetbot.models.exchange import read as read_any
from meetbot.models.whisper import Checkpoint, Dims
from meetbot.progress import Silent
from tests.unit.models.random_whisper import SHAPES, features, logits, random_checkpoint, tokens

TOLERANCE = 2e-4  # of logits around 1: kernels add in different orders

shapes = pytest.mark.parametrize("dims", SHAPES.values(), ids=SHAPES.keys())


@pytest.fixture(autouse=True)
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEETBOT_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def saved(folder: Path, model: Checkpoint) -> Path:
    folder.mkdir(parents=True)
    whisper.save(folder, model)
    shelf.write_manifest(folder, shelf.Manifest(folder.name, "whisper", "", "", {}, ""))
    return folder


def same(one: Checkpoint, other: Checkpoint) -> bool:
    return (
        one.dims == other.dims
        and set(one.tensors) == set(other.tensors)
        and all(t.dtype == other.tensors[n].dtype and t.equal(other.tensors[n]) for n, t in one.tensors.items())
    )


@shapes
@pytest.mark.parametrize("form", FORMS)
def test_out_and_in_again_changes_nothing(own_models: Path, tmp_path: Path, dims: Dims, form: Form) -> None:
    model = random_checkpoint(dims)
    saved(own_models / "first", model)
    target = tmp_path / ("model.pt" if form == "openai" else "folder")
    export_model("first", form, target)
    assert import_model(str(target), name="second") == "second"
    again = whisper.read(require("second"))
    assert same(model, again)
    assert again.alignment_heads == (None if form == "openai" else model.alignment_heads)
    assert shelf.verify("second", Silent()) == ("ok", "")


@shapes
def test_openai_whisper_computes_the_same(own_models: Path, tmp_path: Path, dims: Dims) -> None:
    import whisper as openai

    folder = saved(own_models / "mine", random_checkpoint(dims))
    theirs = openai.load_model(str(export_model("mine", "openai", tmp_path / "m.pt")), device="cpu")
    with torch.no_grad():
        found = theirs(features(dims), tokens(dims))
    assert found.abs().max() > 0.5
    torch.testing.assert_close(logits(folder), found, atol=TOLERANCE, rtol=0)


@shapes
def test_transformers_computes_the_same(own_models: Path, tmp_path: Path, dims: Dims) -> None:
    transformers = pytest.importorskip("transformers")
    folder = saved(own_models / "mine", random_checkpoint(dims))
    target = export_model("mine", "huggingface", tmp_path / "hf")
    theirs = transformers.WhisperForConditionalGeneration.from_pretrained(target, dtype=torch.float32).eval()
    with torch.no_grad():
        found = theirs(input_features=features(dims), decoder_input_ids=tokens(dims)).logits
    torch.testing.assert_close(logits(folder), found, atol=TOLERANCE, rtol=0)


@shapes
def test_faster_whisper_computes_the_same(own_models: Path, tmp_path: Path, dims: Dims) -> None:
    faster = pytest.importorskip("faster_whisper")
    library = pytest.importorskip("ctranslate2")
    folder = saved(own_models / "mine", random_checkpoint(dims))
    target = export_model("mine", "ctranslate2", tmp_path / "ct2")
    theirs = faster.WhisperModel(str(target), device="cpu", compute_type="float32")
    assert theirs.feature_extractor.mel_filters.shape[0] == dims.n_mels
    prompt = tokens(dims)[0].tolist()
    result = theirs.model.generate(
        library.StorageView.from_array(np.ascontiguousarray(features(dims).numpy())),
        [prompt],
        beam_size=1,
        max_length=len(prompt) + 1,
        suppress_blank=False,
        suppress_tokens=[],
        return_logits_vocab=True,
    )[0]
    # One step for every word after the prompt that ends with <|notimestamps|>.
    steps = [torch.from_numpy(np.array(step.to(library.DataType.float32))) for step in result.logits[0]]
    begin = 1 if dims.n_vocab == 51864 else 3
    assert len(steps) > 4
    torch.testing.assert_close(
        logits(folder)[0, begin : begin + len(steps)],
        torch.stack(steps).reshape(len(steps), -1),
        atol=TOLERANCE,
        rtol=0,
    )


@pytest.mark.parametrize("form", ["safetensors", "bin"])
@pytest.mark.parametrize("sharded", [False, True])
def test_folders_of_transformers_in_all_their_forms(own_models: Path, tmp_path: Path, form: str, sharded: bool) -> None:
    model = random_checkpoint(SHAPES["distil-like"], torch.float32)
    saved(own_models / "mine", model)
    folder = export_model("mine", "huggingface", tmp_path / "hf")
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    tensors["proj_out.weight"] = tensors["model.decoder.embed_tokens.weight"].clone()  # some folders repeat it
    names = sorted(tensors)
    halves = [names[: len(names) // 2], names[len(names) // 2 :]] if sharded else [names]
    stem = "model" if form == "safetensors" else "pytorch_model"
    weight_map: dict[str, str] = {}
    for number, half in enumerate(halves, 1):
        file = f"{stem}-{number:05}-of-{len(halves):05}.{form}" if sharded else f"{stem}.{form}"
        write: Callable[..., Any] = save_file if form == "safetensors" else torch.save
        write({name: tensors[name] for name in half}, folder / file)
        weight_map |= dict.fromkeys(half, file)
    if sharded:
        (folder / f"{stem}.{form}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    import_model(str(folder), name="again")
    assert same(whisper.read(require("again")), model)


def test_a_missing_shard_is_named(own_models: Path, tmp_path: Path) -> None:
    saved(own_models / "mine", random_checkpoint(SHAPES["english"]))
    folder = export_model("mine", "huggingface", tmp_path / "hf")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelCorrupt, match="model-00001-of-00002"):
        import_model(str(folder), name="again")
    assert shelf.locate("again") is None


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_every_precision_is_kept(own_models: Path, tmp_path: Path, dtype: torch.dtype) -> None:
    model = random_checkpoint(SHAPES["tiny-like"], dtype)
    saved(own_models / "mine", model)
    for form in FORMS:
        target = tmp_path / form
        export_model("mine", form, target.with_suffix(".pt") if form == "openai" else target)
        assert same(read_any(target.with_suffix(".pt") if form == "openai" else target), model)


class Trap:
    """Unpickling this would make a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("name", ["evil.pt", "folder/pytorch_model.bin"])
def test_nothing_is_unpickled_but_weights(own_models: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "config.json").write_text('{"model_type": "whisper"}')
    torch.save({"dims": {}, "model_state_dict": Trap(str(tmp_path / "sprung"))}, tmp_path / name)
    source = tmp_path / name
    with pytest.raises(ModelCorrupt, match="not opened"):
        import_model(str(source if source.suffix == ".pt" else source.parent), name="evil")
    assert not (tmp_path / "sprung").exists()
    assert shelf.locate("evil") is None


@pytest.mark.parametrize("rslora", [False, True])
def test_lora_adapters_are_merged_as_peft_does(own_models: Path, tmp_path: Path, rslora: bool) -> None:
    transformers = pytest.importorskip("transformers")
    peft = pytest.importorskip("peft")
    dims = SHAPES["distil-like"]
    model = random_checkpoint(dims, torch.float32)
    saved(own_models / "mine", model)
    base = transformers.WhisperForConditionalGeneration.from_pretrained(
        export_model("mine", "huggingface", tmp_path / "hf"), dtype=torch.float32
    )
    settings = peft.LoraConfig(
        r=4,
        lora_alpha=6,
        use_rslora=rslora,
        target_modules=["q_proj", "v_proj", "fc1"],
        rank_pattern={"fc1": 2},
        alpha_pattern={"decoder.layers.0.fc1": 3},
        init_lora_weights=False,
    )
    theirs = peft.get_peft_model(base, settings).eval()
    theirs.save_pretrained(tmp_path / "adapter")
    with torch.no_grad():
        found = theirs(input_features=features(dims), decoder_input_ids=tokens(dims)).logits
    import_model(str(tmp_path / "adapter"), name="tuned", base="mine")
    torch.testing.assert_close(logits(require("tuned")), found, atol=TOLERANCE, rtol=0)
    assert (logits(require("tuned")) - logits(require("mine"))).abs().max() > 0.05


def test_an_adapter_without_its_base_says_what_it_needs(own_models: Path, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(
        json.dumps({"peft_type": "LORA", "r": 4, "lora_alpha": 4, "base_model_name_or_path": "someone/else"})
    )
    with pytest.raises(UsageError, match="someone/else") as caught:
        import_model(str(tmp_path), name="tuned")
    assert "--base" in caught.value.hint


def test_quantized_ctranslate2_folders_are_refused(tmp_path: Path) -> None:
    model = {"decoder/embeddings/weight": torch.zeros(3, 3, dtype=torch.int8)}
    with pytest.raises(UsageError, match="8 bits"):
        ctranslate2.state_dict(model)


def test_models_with_holes_are_refused(own_models: Path, tmp_path: Path) -> None:
    model = random_checkpoint(SHAPES["english"])
    less = {name: tensor for name, tensor in model.tensors.items() if name != "decoder.blocks.1.mlp.0.bias"}
    torch.save({"dims": asdict(model.dims), "model_state_dict": less}, tmp_path / "less.pt")
    with pytest.raises(ModelCorrupt, match=r"decoder\.blocks\.1\.mlp\.0\.bias"):
        import_model(str(tmp_path / "less.pt"))
    with pytest.raises(ModelCorrupt, match="no alignment head"):
        whisper.check(replace(model, alignment_heads=((9, 0),)))


@pytest.mark.parametrize("name", ["base", "whisper-base", "large-v3"])
def test_a_name_of_the_catalogue_is_not_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.pt").write_bytes(b"")
    with pytest.raises(UsageError, match="catalogue"):
        import_model(str(tmp_path / "x.pt"), name=name)


def test_what_is_no_model_is_the_users_mistake(own_models: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for source in (str(tmp_path / "empty"), str(tmp_path / "nowhere"), "not a name"):
        with pytest.raises(UsageError):
            import_model(source, name="x")
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(UsageError, match="bert"):
        import_model(str(tmp_path / "bert"))


def test_a_language_model_file_can_be_imported(own_models: Path, tmp_path: Path) -> None:
    (tmp_path / "Mine.Q4.gguf").write_bytes(b"GGUF" + bytes(100))
    assert import_model(str(tmp_path / "Mine.Q4.gguf")) == "mine.q4"
    assert require("mine.q4").read_bytes()[:4] == b"GGUF"


def test_exports_overwrite_nothing(own_models: Path, tmp_path: Path) -> None:
    saved(own_models / "mine", random_checkpoint(SHAPES["english"]))
    (tmp_path / "there").write_text("kept")
    with pytest.raises(UsageError, match="exists"):
        export_model("mine", "openai", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "kept"
