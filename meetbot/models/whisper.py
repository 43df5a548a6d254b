"""Whisper on disk (safetensors + config.json) and in memory (openai-whisper's model class).

`config.json` of a model: {"dims": openai-whisper's ModelDimensions, "alignment_heads": [[layer, head], …] or null,
"tokenizer": "multilingual" or "english"}. Tensors have openai-whisper's names and the precision they were published in.
Concedes: a model without alignment heads gets openai-whisper's default, every head of the upper half of the decoder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from meetbot.errors import ModelCorrupt
from meetbot.store import write_atomic

if TYPE_CHECKING:
    import torch
    from whisper.model import Whisper

WEIGHTS = "model.safetensors"
CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class Dims:
    """Shape of a Whisper model, in openai-whisper's words."""

    n_mels: int
    n_audio_ctx: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_vocab: int
    n_text_ctx: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int


@dataclass(frozen=True, slots=True)
class WhisperConfig:
    """What `config.json` says. `alignment_heads` are (layer, head) of the decoder; None when nobody knows them."""

    dims: Dims
    alignment_heads: tuple[tuple[int, int], ...] | None
    tokenizer: Literal["multilingual", "english"]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A Whisper model as any format gives it: openai-whisper's tensors (mapped, in their stored precision)."""

    tensors: Mapping[str, torch.Tensor]
    dims: Dims
    alignment_heads: tuple[tuple[int, int], ...] | None


def dims_of(tensors: Mapping[str, torch.Tensor], audio_heads: int, text_heads: int) -> Dims:
    """The dimensions that a state dict has; the number of heads is not written in the tensors."""

    def layers(part: str) -> int:
        return len({name.split(".")[2] for name in tensors if name.startswith(f"{part}.blocks.")})

    n_vocab, n_text_state = tensors["decoder.token_embedding.weight"].shape
    n_audio_state, n_mels, _ = tensors["encoder.conv1.weight"].shape
    return Dims(
        n_mels=n_mels,
        n_audio_ctx=tensors["encoder.positional_embedding"].shape[0],
        n_audio_state=n_audio_state,
        n_audio_head=audio_heads,
        n_audio_layer=layers("encoder"),
        n_vocab=n_vocab,
        n_text_ctx=tensors["decoder.positional_embedding"].shape[0],
        n_text_state=n_text_state,
        n_text_head=text_heads,
        n_text_layer=layers("decoder"),
    )


def names(dims: Dims) -> set[str]:
    """The names of openai-whisper's state dict for a model of these dimensions."""
    linear, norm = ("weight", "bias"), ("weight", "bias")
    found = {f"encoder.{part}" for part in ("conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias")}
    found |= {"encoder.positional_embedding", "decoder.positional_embedding", "decoder.token_embedding.weight"}
    found |= {f"{part}.{leaf}" for part in ("encoder.ln_post", "decoder.ln") for leaf in norm}
    for half, layers in (("encoder", dims.n_audio_layer), ("decoder", dims.n_text_layer)):
        attentions = ("attn", "cross_attn") if half == "decoder" else ("attn",)
        for block in (f"{half}.blocks.{layer}" for layer in range(layers)):
            for attention in attentions:
                found |= {f"{block}.{attention}.{part}.{leaf}" for part in ("query", "value", "out") for leaf in linear}
                found |= {f"{block}.{attention}.key.weight"} | {f"{block}.{attention}_ln.{leaf}" for leaf in norm}
            found |= {f"{block}.{part}.{leaf}" for part in ("mlp.0", "mlp.2", "mlp_ln") for leaf in linear}
    return found


def check(model: Checkpoint) -> None:
    """Raises ModelCorrupt when tensors are missing, strange or of the wrong shape."""
    import torch

    if strange := [value for value in asdict(model.dims).values() if not isinstance(value, int) or value < 1]:
        raise ModelCorrupt(f"A dimension is {strange[0]!r}.", kind="shape")
    expected, there = names(model.dims), set(model.tensors)
    if wrong := sorted(expected ^ there):
        what = "lacks" if wrong[0] in expected else "has a strange tensor"
        raise ModelCorrupt(f"The model {what} {wrong[0]} ({len(wrong)} such).", kind="shape")
    dims = model.dims
    shapes = {
        "encoder.conv1.weight": (dims.n_audio_state, dims.n_mels, 3),
        "encoder.positional_embedding": (dims.n_audio_ctx, dims.n_audio_state),
        "decoder.positional_embedding": (dims.n_text_ctx, dims.n_text_state),
        "decoder.token_embedding.weight": (dims.n_vocab, dims.n_text_state),
    }
    for name, shape in shapes.items():
        if tuple(model.tensors[name].shape) != shape:
            raise ModelCorrupt(f"{name} is {tuple(model.tensors[name].shape)}, not {shape}.", kind="shape")
    for name, tensor in model.tensors.items():
        if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point():
            raise ModelCorrupt(f"{name} is no floating-point tensor: quantized models cannot be used.", kind="shape")
    for layer, head in model.alignment_heads or ():
        if not (0 <= layer < dims.n_text_layer and 0 <= head < dims.n_text_head):
            raise ModelCorrupt(f"There is no alignment head {head} in a layer {layer}.", kind="shape")


def save(folder: Path, model: Checkpoint) -> None:
    """Write a Whisper model into `folder`: its tensors as they are, and its config. Raises ModelCorrupt as `check`."""
    from meetbot.models import safetensors_file

    check(model)
    safetensors_file.write(folder / WEIGHTS, model.tensors, {"format": "pt"})
    config = WhisperConfig(
        model.dims,
        model.alignment_heads,
        # OpenAI's English models have one token less (openai-whisper: Whisper.is_multilingual).
        "multilingual" if model.dims.n_vocab >= 51865 else "english",
    )
    write_config(folder, config)


def write_config(folder: Path, config: WhisperConfig) -> None:
    """Write or replace the config of the model in `folder`."""
    write_atomic(folder / CONFIG, json.dumps(asdict(config), indent=1) + "\n")


def read(folder: Path) -> Checkpoint:
    """The Whisper model that `save` wrote into `folder`, its tensors mapped. Raises ModelCorrupt."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    config = read_config(folder)
    try:
        return Checkpoint(load_file(folder / WEIGHTS), config.dims, config.alignment_heads)
    except (OSError, SafetensorError) as error:
        raise ModelCorrupt(f"{folder / WEIGHTS} is damaged.") from error


def read_config(folder: Path) -> WhisperConfig:
    """The config of the Whisper model in `folder`. Raises ModelCorrupt when there is none."""
    try:
        plain = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        found = plain["alignment_heads"]
        heads = None if found is None else tuple((int(layer), int(head)) for layer, head in found)
        return WhisperConfig(Dims(**plain["dims"]), heads, plain["tokenizer"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelCorrupt(
            f"{folder} holds no Whisper model that meetbot can open.",
            hint=f"`meetbot models import {folder}` may convert it.",
        ) from error


def _is_norm(name: str) -> bool:
    layer = name.split(".")[-2]
    return layer.endswith("_ln") or layer in ("ln", "ln_post")


def load_whisper(path: Path, device: torch.device, dtype: torch.dtype | None = None) -> Whisper:
    """The Whisper model in folder `path` on `device`, in evaluation mode, with its alignment heads set.

    `dtype` defaults to 32-bit floats. The model is built without storage and takes the weights as they are read:
    filling fifty million numbers at random first would take longer than loading them. Layer norms stay at 32 bits,
    since openai-whisper's compute in them whatever the rest has.
    Raises ModelCorrupt when the folder holds no Whisper model or its tensors do not fit its dimensions.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from whisper.model import AudioEncoder, ModelDimensions, TextDecoder, Whisper

    dtype = dtype or torch.float32
    config = read_config(path)
    dims = config.dims
    # Its constructor cannot run without storage (a sparse buffer of alignment heads), but its two halves can.
    model: Whisper = Whisper.__new__(Whisper)
    torch.nn.Module.__init__(model)
    model.dims = ModelDimensions(**asdict(dims))
    with torch.device("meta"):
        model.encoder = AudioEncoder(
            dims.n_mels, dims.n_audio_ctx, dims.n_audio_state, dims.n_audio_head, dims.n_audio_layer
        )
        model.decoder = TextDecoder(
            dims.n_vocab, dims.n_text_ctx, dims.n_text_state, dims.n_text_head, dims.n_text_layer
        )
    try:
        weights = {
            name: tensor.to(device, torch.float32 if _is_norm(name) else dtype)
            for name, tensor in load_file(path / WEIGHTS).items()
        }
        model.load_state_dict(weights, assign=True)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelCorrupt(
            f"The tensors in {path} are not those of its config.",
            hint=f"`meetbot models pull {path.name}` fetches it again.",
        ) from error
    # The two buffers that are computed, not stored.
    model.decoder.mask = torch.full((dims.n_text_ctx, dims.n_text_ctx), float("-inf"), device=device).triu_(1)
    mask = torch.zeros(dims.n_text_layer, dims.n_text_head, dtype=torch.bool)
    if config.alignment_heads is None:
        mask[dims.n_text_layer // 2 :] = True
    for layer, head in config.alignment_heads or ():
        mask[layer, head] = True
    model.register_buffer("alignment_heads", mask.to_sparse().to(device), persistent=False)
    return model.requires_grad_(False).eval()
