"""The kernels of `native.cpp`, called with tensors. bfloat16 on a processor; checks shapes, since C++ does not."""

from __future__ import annotations

import ctypes
from ctypes import c_float, c_int, c_long, c_void_p
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from meetbot.transcribe.kernels import HEAD, Summary
from meetbot.transcribe.kernels.plain import NEAR

PANEL = 64  # columns that are computed together
ROUNDED, GELU, ADDED, EXACT = range(4)  # what becomes of a layer's sums
NUMBERS = c_void_p  # of a tensor

SIGNATURES = {
    "pack_weight": [NUMBERS, c_long, c_long, NUMBERS],
    "linear": [NUMBERS, c_long, c_long, c_long, NUMBERS, NUMBERS, c_long, c_int, NUMBERS, c_long],
    "layer_norm": [NUMBERS, c_long, c_long, NUMBERS, NUMBERS, NUMBERS],
    "self_attention": [NUMBERS, c_long, c_long, c_long, NUMBERS],
    "remember": [NUMBERS, c_long, c_long, c_long, NUMBERS, NUMBERS],
    "cross_attention": [
        NUMBERS, c_long, c_long, c_long, NUMBERS, NUMBERS, c_long, NUMBERS, c_long, NUMBERS, NUMBERS,
    ],
    "own_attention": [NUMBERS, c_long, c_long, c_long, NUMBERS, NUMBERS, NUMBERS, c_long, NUMBERS],
    "summarize": [
        NUMBERS, c_long, c_long, c_long, c_long, c_float, NUMBERS, NUMBERS, c_long, c_long, NUMBERS, NUMBERS, NUMBERS,
    ],
}  # fmt: skip


def _numbers(x: Tensor, dtype: torch.dtype = torch.bfloat16) -> int:
    """The address of a tensor's numbers, which must be `dtype` and lie one after another."""
    if x.dtype != dtype or not x.is_contiguous():
        raise TypeError(f"native kernels need contiguous {dtype}, not {x.dtype} with strides {x.stride()}")
    return x.data_ptr()


def _panels(count: int) -> int:
    return -(-count // PANEL)


@dataclass(frozen=True, slots=True)
class NativeLayer:
    """A linear layer; `weight` is packed, `bias` in 32 bits and as long as the panels are wide."""

    kernels: ctypes.CDLL
    weight: Tensor
    bias: Tensor
    width: int
    out: int

    def __call__(self, x: Tensor) -> Tensor:
        return self._rounded(x, ROUNDED)

    def gelu(self, x: Tensor) -> Tensor:
        return self._rounded(x, GELU)

    def onto(self, x: Tensor, sums: Tensor) -> Tensor:
        self.into(_numbers(x), x.numel() // self.width, self.width, ending=ADDED, to=_numbers(sums, torch.float32))
        return sums

    def into(
        self, x: int, rows: int, apart: int, *, ending: int, to: int, stride: int = 0, bias: Tensor | None = None
    ) -> None:
        """Rows that begin every `apart` numbers at `x`, to rows that begin every `stride` numbers (`out`) at `to`."""
        bias = self.bias if bias is None else bias
        self.kernels.linear(
            x, rows, self.width, apart, self.weight.data_ptr(), bias.data_ptr(), self.out, ending, to,
            stride or self.out,
        )  # fmt: skip

    def _rounded(self, x: Tensor, ending: int) -> Tensor:
        found = torch.empty(*x.shape[:-1], self.out, dtype=torch.bfloat16)
        self.into(_numbers(x), x.numel() // self.width, self.width, ending=ending, to=found.data_ptr())
        return found


@dataclass(frozen=True, slots=True)
class NativeNorm:
    """A layer norm; weight and bias in 32 bits."""

    kernels: ctypes.CDLL
    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        found = torch.empty(x.shape, dtype=torch.bfloat16)
        width = x.shape[-1]
        self.kernels.layer_norm(
            _numbers(x, torch.float32), x.numel() // width, width, self.weight.data_ptr(), self.bias.data_ptr(),
            found.data_ptr(),
        )  # fmt: skip
        return found


@dataclass(frozen=True, slots=True)
class NativeConvolution:
    """Three neighbouring frames lie one after another, so a convolution is a layer over rows that overlap."""

    layer: NativeLayer
    stride: int

    def __call__(self, x: Tensor) -> Tensor:
        windows, frames, channels = x.shape
        padded = functional.pad(x.to(torch.bfloat16), (0, 0, 1, 1))
        found = torch.empty(windows, frames // self.stride, self.layer.out, dtype=torch.bfloat16)
        for source, target in zip(padded, found, strict=True):
            self.layer.into(_numbers(source), len(target), channels * self.stride, ending=GELU, to=target.data_ptr())
        return found


@dataclass(frozen=True, slots=True)
class NativeVocabulary:
    """`embedding` is in 32 bits, `layer` the same rounded."""

    embedding: Tensor
    layer: NativeLayer
    none: Tensor

    def scores(self, hidden: Tensor) -> Tensor:
        scores, _ = self._summarized(hidden, self.none, self.layer.out, 1)
        return scores[..., : self.layer.out]

    def summary(self, hidden: Tensor, banned: Tensor, text: int, count: int = 1) -> Summary:
        if not 1 <= count <= text:
            raise ValueError(f"the {count} highest of {text} scores")
        bias = functional.pad(banned, (0, len(self.none) - len(banned)))
        scores, (best, token, total) = self._summarized(hidden, bias, text, count)
        return Summary(best, token, total, scores[..., text : self.layer.out])

    def _summarized(
        self, hidden: Tensor, bias: Tensor, text: int, count: int
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
        hidden = hidden.contiguous()
        shape, width, room = hidden.shape[:-1], hidden.shape[-1], len(self.none)
        rows = hidden.numel() // width
        scores = torch.empty(*shape, room)
        rounded = hidden.to(torch.bfloat16)
        self.layer.into(_numbers(rounded), rows, width, ending=EXACT, to=scores.data_ptr(), stride=room, bias=bias)
        best, token = torch.empty(*shape, count), torch.empty(*shape, count, dtype=torch.long)
        total = torch.empty(shape)
        self.layer.kernels.summarize(
            scores.data_ptr(), rows, room, text, self.layer.out, NEAR, _numbers(hidden, torch.float32),
            self.embedding.data_ptr(), width, count, best.data_ptr(), token.data_ptr(), total.data_ptr(),
        )  # fmt: skip
        return scores, (best, token, total)


class Native:
    """bfloat16 with AVX512-BF16, on PyTorch's threads."""

    dtype = torch.bfloat16
    name = "native bfloat16"
    recordable = False
    steady = True

    def __init__(self, kernels: ctypes.CDLL) -> None:
        self.kernels = kernels
        for name, arguments in SIGNATURES.items():
            function = getattr(kernels, name)
            function.argtypes = arguments
            function.restype = None

    def layer(self, weight: Tensor, bias: Tensor | None) -> NativeLayer:
        out, width = weight.shape
        if width % 2:
            raise ValueError(f"a layer of odd width {width}")
        packed = torch.empty(_panels(out) * PANEL * width, dtype=torch.bfloat16)
        rounded = weight.to(torch.bfloat16).contiguous()
        self.kernels.pack_weight(rounded.data_ptr(), out, width, packed.data_ptr())
        added = torch.zeros(_panels(out) * PANEL)
        if bias is not None:
            added[:out] = bias
        return NativeLayer(self.kernels, packed, added, width, out)

    def norm(self, weight: Tensor, bias: Tensor) -> NativeNorm:
        return NativeNorm(self.kernels, weight.float().contiguous(), bias.float().contiguous())

    def convolution(self, weight: Tensor, bias: Tensor, stride: int) -> NativeConvolution:
        return NativeConvolution(self.layer(weight.transpose(1, 2).flatten(1), bias), stride)

    def vocabulary(self, embedding: Tensor) -> NativeVocabulary:
        layer = self.layer(embedding, None)
        return NativeVocabulary(embedding.float().contiguous(), layer, torch.zeros_like(layer.bias))

    def self_attention(self, qkv: Tensor, heads: int) -> Tensor:
        windows, frames = qkv.shape[:2]
        mixed = torch.empty(windows, frames, heads * HEAD, dtype=torch.bfloat16)
        self.kernels.self_attention(_numbers(qkv), windows, frames, heads, mixed.data_ptr())
        return mixed

    def remember(self, kv: Tensor, heads: int) -> tuple[Tensor, Tensor]:
        rows, frames = kv.shape[:2]
        keys, values = (torch.empty(rows, heads, _panels(frames) * PANEL, HEAD, dtype=torch.bfloat16) for _ in range(2))
        self.kernels.remember(_numbers(kv), rows, frames, heads, keys.data_ptr(), values.data_ptr())
        return keys, values

    def cross_attention(
        self, query: Tensor, keys: Tensor, values: Tensor, frames: int, wanted: list[int], *, live: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        rows, count, width = query.shape
        mixed = torch.empty_like(query)
        raw = torch.empty(rows, len(wanted), count, frames) if wanted else None
        self.kernels.cross_attention(
            _numbers(query), rows, count, width // HEAD, _numbers(keys), _numbers(values), frames,
            (c_int * len(wanted))(*wanted), len(wanted), 0 if raw is None else raw.data_ptr(), mixed.data_ptr(),
        )  # fmt: skip
        return mixed, raw

    def own_attention(
        self, qkv: Tensor, keys: Tensor, values: Tensor, positions: Tensor, *, live: Tensor | None = None
    ) -> Tensor:
        rows, count, width = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
        mixed = torch.empty(rows, count, width, dtype=torch.bfloat16)
        self.kernels.own_attention(
            _numbers(qkv), rows, count, width // HEAD, _numbers(positions, torch.long), _numbers(keys),
            _numbers(values), keys.shape[2], mixed.data_ptr(),
        )  # fmt: skip
        return mixed
