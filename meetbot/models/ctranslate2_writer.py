"""Writes Whisper as CTranslate2 keeps it, so that faster-whisper opens the folder; the way back of `ctranslate2`.

Variables stand in alphabetical order, as CTranslate2's own converter writes them: converting a published model to
meetbot's form and back gives the published file, byte for byte.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from meetbot.errors import UsageError
from meetbot.models.ctranslate2 import FLOATS, TYPES, VERSION
from meetbot.models.whisper import Checkpoint

if TYPE_CHECKING:
    import torch

    Lazy = Callable[[], torch.Tensor]

REVISION = 3
GELU = 3  # ctranslate2.specs.common_spec.Activation
SETTINGS = {
    "decoder/activation": ("int8", GELU),
    "decoder/alibi": ("int8", 0),
    "decoder/alibi_use_positive_positions": ("int8", 0),
    "decoder/alignment_heads": ("int16", 1),
    "decoder/alignment_layer": ("int16", -1),
    "decoder/pre_norm": ("int8", 1),
    "decoder/scale_alibi": ("int8", 0),
    "decoder/scale_embeddings": ("int8", 0),
    "decoder/start_from_zero_embedding": ("int8", 0),
}


def _variables(model: Checkpoint) -> dict[str, Lazy]:
    """CTranslate2's variables, each made when it is asked for, so that one at a time is in memory."""
    import torch

    tensors, dims = model.tensors, model.dims
    half = tensors["decoder.token_embedding.weight"].dtype

    def one(name: str) -> Lazy:
        return lambda: tensors[name].to(half)

    def stacked(prefix: str, parts: tuple[str, ...], leaf: str) -> Lazy:
        def make() -> torch.Tensor:
            rows = tensors[f"{prefix}.{parts[0]}.weight"].shape[0]
            pieces = []
            for part in parts:
                name = f"{prefix}.{part}.{leaf}"
                # Whisper's keys have no bias; CTranslate2's do.
                pieces.append(tensors[name].to(half) if name in tensors else torch.zeros(rows, dtype=half))
            return torch.cat(pieces)

        return make

    found: dict[str, Lazy] = {}
    for name, (kind, value) in SETTINGS.items():
        found[name] = lambda kind=kind, value=value: torch.tensor(value, dtype=getattr(torch, kind))  # type: ignore[misc]
    for part, heads in (("encoder", dims.n_audio_head), ("decoder", dims.n_text_head)):
        found[f"{part}/num_heads"] = lambda heads=heads: torch.tensor(heads, dtype=torch.int16)  # type: ignore[misc]
        found[f"{part}/position_encodings/encodings"] = one(f"{part}.positional_embedding")
    found["decoder/embeddings/weight"] = one("decoder.token_embedding.weight")
    for conv in ("conv1", "conv2"):
        for leaf in ("weight", "bias"):
            found[f"encoder/{conv}/{leaf}"] = one(f"encoder.{conv}.{leaf}")

    def norm(target: str, source: str) -> None:
        found[f"{target}/gamma"], found[f"{target}/beta"] = one(f"{source}.weight"), one(f"{source}.bias")

    norm("encoder/layer_norm", "encoder.ln_post")
    norm("decoder/layer_norm", "decoder.ln")
    for part, layers in (("encoder", dims.n_audio_layer), ("decoder", dims.n_text_layer)):
        for layer in range(layers):
            target, source = f"{part}/layer_{layer}", f"{part}.blocks.{layer}"
            norm(f"{target}/self_attention/layer_norm", f"{source}.attn_ln")
            norm(f"{target}/ffn/layer_norm", f"{source}.mlp_ln")
            if part == "decoder":
                norm(f"{target}/attention/layer_norm", f"{source}.cross_attn_ln")
            for leaf in ("weight", "bias"):
                attention = f"{target}/self_attention"
                found[f"{attention}/linear_0/{leaf}"] = stacked(f"{source}.attn", ("query", "key", "value"), leaf)
                found[f"{attention}/linear_1/{leaf}"] = one(f"{source}.attn.out.{leaf}")
                found[f"{target}/ffn/linear_0/{leaf}"] = one(f"{source}.mlp.0.{leaf}")
                found[f"{target}/ffn/linear_1/{leaf}"] = one(f"{source}.mlp.2.{leaf}")
                if part == "decoder":
                    attention = f"{target}/attention"
                    found[f"{attention}/linear_0/{leaf}"] = one(f"{source}.cross_attn.query.{leaf}")
                    found[f"{attention}/linear_1/{leaf}"] = stacked(f"{source}.cross_attn", ("key", "value"), leaf)
                    found[f"{attention}/linear_2/{leaf}"] = one(f"{source}.cross_attn.out.{leaf}")
    return found


def _string(file: BinaryIO, text: str) -> None:
    data = text.encode() + b"\0"
    file.write(struct.pack("<H", len(data)) + data)


def write_binary(model: Checkpoint, path: Path) -> None:
    """`model.bin` of `model`, all weights in the precision of its token embedding. Raises UsageError for odd types."""
    import torch

    codes = {getattr(torch, name): code for code, name in TYPES.items()}
    if codes.get(model.tensors["decoder.token_embedding.weight"].dtype) not in FLOATS:
        raise UsageError("CTranslate2 knows floats of 16 and 32 bits only.", kind="export")
    variables = _variables(model)
    with path.open("wb") as file:
        file.write(struct.pack("<I", VERSION))
        _string(file, "WhisperSpec")
        file.write(struct.pack("<II", REVISION, len(variables)))
        for name in sorted(variables):
            tensor = variables[name]()
            _string(file, name)
            file.write(struct.pack("<B", tensor.dim()) + struct.pack(f"<{tensor.dim()}I", *tensor.shape))
            file.write(struct.pack("<BI", codes[tensor.dtype], tensor.numel() * tensor.element_size()))
            file.write(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
        file.write(struct.pack("<I", 1))
        _string(file, "decoder/projection/weight")
        _string(file, "decoder/embeddings/weight")


def write(model: Checkpoint, folder: Path) -> None:
    """The model as a folder that faster-whisper opens, tokenizer included."""
    from meetbot.models import vocabulary

    words = vocabulary.vocabulary(model.dims.n_vocab)
    write_binary(model, folder / "model.bin")
    config: dict[str, object] = {
        "lang_ids": sorted(words.special[f"<|{code}|>"] for code in words.languages),
        "suppress_ids": list(words.suppressed),
        "suppress_ids_begin": list(words.suppressed_first),
    }
    if model.alignment_heads is not None:
        config["alignment_heads"] = [list(head) for head in model.alignment_heads]
    features = {"feature_size": model.dims.n_mels, "sampling_rate": 16_000, "hop_length": 160, "n_fft": 400}
    for name, content in (
        ("config.json", config),
        ("vocabulary.json", words.tokens),
        ("tokenizer.json", vocabulary.tokenizer(words)),
        ("preprocessor_config.json", features | {"chunk_length": 30}),
    ):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
