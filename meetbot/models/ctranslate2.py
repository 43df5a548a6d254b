"""Reads CTranslate2's Whisper files (`model.bin` + `config.json`) as openai-whisper's tensors, without CTranslate2.

In: the path of a model.bin of 16- or 32-bit floats. Out: dimensions, alignment heads and tensors under the names of
openai-whisper's state dict, bit for bit as stored (views of the mapped file). Concedes: quantized files (int8) are
refused, their weights are not the model's own.

Layout, little endian: u32 version (6), string spec, u32 revision, u32 count; per variable: string name, u8 rank,
u32 * rank dimensions, u8 type, u32 bytes, data; then u32 count of aliases, each two strings. A string is u16 length
with its closing NUL, then bytes. (OpenNMT/CTranslate2: python/ctranslate2/specs/model_spec.py.)
"""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from meetbot.errors import ModelCorrupt, UsageError
from meetbot.models.whisper import Checkpoint, dims_of

if TYPE_CHECKING:
    import torch

VERSION = 6
FLOATS = {0: "float32", 4: "float16", 5: "bfloat16"}
TYPES = FLOATS | {1: "int8", 2: "int16", 3: "int32"}


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def number(self, code: str) -> int:
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return int(value)

    def string(self) -> str:
        length = self.number("H")
        value = self.data[self.at : self.at + length - 1].decode()
        self.at += length
        return value

    def variables(self) -> Iterator[tuple[str, torch.Tensor]]:
        import torch

        if self.number("I") != VERSION:
            raise ValueError(f"not a file of version {VERSION}")
        spec = self.string()
        if spec != "WhisperSpec":
            raise ValueError(f"a {spec}, not a WhisperSpec")
        self.number("I")
        for _ in range(self.number("I")):
            name = self.string()
            shape = [self.number("I") for _ in range(self.number("B"))]
            dtype = getattr(torch, TYPES[self.number("B")])
            size = self.number("I")
            count = size // dtype.itemsize
            # The mapping is read-only and nothing below writes; torch merely warns that it could.
            tensor = torch.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
            yield name, tensor.reshape(shape)
            self.at += size


def variables(path: Path) -> dict[str, torch.Tensor]:
    """Every variable of a CTranslate2 Whisper file, mapped, under CTranslate2's names.

    Raises ModelCorrupt when the file is something else or cut short.
    """
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        return dict(_Reader(data).variables())
    except (ValueError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise ModelCorrupt(f"{path.name} is not a Whisper model of CTranslate2: {error}.", hint="") from error


def state_dict(found: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The variables of `variables` under openai-whisper's names, values untouched.

    CTranslate2 stacks query, key and value (and key and value of the cross-attention) into one matrix and gives the
    key a bias, which Whisper does not have: it is all zero and is dropped. Raises UsageError for quantized weights.
    """
    import torch

    matrices = (value for value in found.values() if value.dim() > 1)
    if any(value.dtype == torch.int8 for value in matrices) or any(name.endswith("weight_scale") for name in found):
        raise UsageError(
            "This CTranslate2 model is quantized to 8 bits; its 16-bit weights are gone.",
            hint="Convert the original with `ct2-transformers-converter --quantization float16`.",
        )
    out: dict[str, torch.Tensor] = {}
    for part in ("encoder", "decoder"):
        for name, tensor in found.items():
            if not name.startswith(part + "/"):
                continue
            for target, value in _renamed(name, tensor):
                out[target] = value
    return out


def _renamed(name: str, tensor: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors of openai-whisper that CTranslate2's `name` holds: none for settings, three for stacked matrices."""
    fixed = {
        "encoder/position_encodings/encodings": "encoder.positional_embedding",
        "decoder/position_encodings/encodings": "decoder.positional_embedding",
        "decoder/embeddings/weight": "decoder.token_embedding.weight",
        "encoder/layer_norm/gamma": "encoder.ln_post.weight",
        "encoder/layer_norm/beta": "encoder.ln_post.bias",
        "decoder/layer_norm/gamma": "decoder.ln.weight",
        "decoder/layer_norm/beta": "decoder.ln.bias",
    }
    if name in fixed:
        yield fixed[name], tensor
        return
    part, head, *rest = name.split("/")
    if head in ("conv1", "conv2"):
        yield f"{part}.{head}.{rest[0]}", tensor
        return
    if not head.startswith("layer_") or not rest or head == "layer_norm":
        return
    block, inner, leaf = f"{part}.blocks.{head.removeprefix('layer_')}", rest[:-1], rest[-1]
    leaf = {"gamma": "weight", "beta": "bias"}.get(leaf, leaf)
    for target, value in _layer(inner[0], inner[1], leaf, tensor):
        yield f"{block}.{target}", value


def _layer(group: str, piece: str, leaf: str, tensor: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    if group == "ffn":
        yield {"layer_norm": "mlp_ln", "linear_0": "mlp.0", "linear_1": "mlp.2"}[piece] + f".{leaf}", tensor
        return
    attention = {"self_attention": "attn", "attention": "cross_attn"}[group]
    if piece == "layer_norm":
        yield f"{attention}_ln.{leaf}", tensor
        return
    stacked = {
        ("self_attention", "linear_0"): ("query", "key", "value"),
        ("self_attention", "linear_1"): ("out",),
        ("attention", "linear_0"): ("query",),
        ("attention", "linear_1"): ("key", "value"),
        ("attention", "linear_2"): ("out",),
    }[group, piece]
    for target, value in zip(stacked, tensor.chunk(len(stacked)), strict=True):
        if (target, leaf) == ("key", "bias"):
            if value.any():
                raise ModelCorrupt("A key projection has a bias, which Whisper has not.", hint="")
            continue
        yield f"{attention}.{target}.{leaf}", value


def read(folder: Path) -> Checkpoint:
    """The Whisper model of a CTranslate2 folder. Raises ModelCorrupt, or UsageError for quantized weights."""
    found = variables(folder / "model.bin")
    tensors = state_dict(found)
    config = folder / "config.json"
    try:
        heads = json.loads(config.read_text(encoding="utf-8")).get("alignment_heads") if config.is_file() else None
        dims = dims_of(tensors, int(found["encoder/num_heads"]), int(found["decoder/num_heads"]))
    except (ValueError, KeyError) as error:
        raise ModelCorrupt(f"{folder} is not a whole Whisper model of CTranslate2.") from error
    return Checkpoint(tensors, dims, None if heads is None else tuple((int(a), int(b)) for a, b in heads))
