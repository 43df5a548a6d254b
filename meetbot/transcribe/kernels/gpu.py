"""The kernels on a GPU, in 16 bits: large products are PyTorch's, those of a few tokens a row our own (`programs`).

Concedes: beside fewer than 64 rows a layer computes 64, which costs nothing while weights take longer to read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import triton
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from triton.compiler.compiler import max_shared_mem

from meetbot.transcribe.kernels import HEAD, Choosing, Summary, programs
from meetbot.transcribe.kernels.plain import Plain, PlainLayer, PlainVocabulary

FEW = 1024
"""Rows up to which a layer is bound by reading its weight: a batch's with its drafts, not a window's 1,500 frames."""
ROWS = 64
VOCABULARY = 16_384  # numbers out, and more: never divided, so any number of rows may ask
LONG, SPLITS = 2560, 4
RESERVED = 4096  # bytes a program has for itself
ASKED = 16  # tokens whose attention is computed together
FRAMES = 64  # twice as many take as long, and more than smaller GPUs have room for
TOKENS = 32
FILLING = 264  # programs that keep a large GPU busy: two for each of its processors
PARTS = 8
WORDS = 4096
TIMES = 2048  # no fewer than there are timestamps
LOG2_E = math.log2(math.e)
ATTENTION = [SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]


@dataclass(frozen=True, slots=True)
class GpuLayer(PlainLayer):
    """A linear layer; `weight` is (out, in), `arrived` zeros, one for every tile there can be."""

    arrived: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        if self._many(x):
            return functional.linear(x, self.weight, self.bias)
        return self.into(x, x.new_empty(*x.shape[:-1], len(self.weight)), programs.ROUNDED)

    def gelu(self, x: Tensor) -> Tensor:
        if self._many(x):
            return functional.gelu(functional.linear(x, self.weight, self.bias))
        return self.into(x, x.new_empty(*x.shape[:-1], len(self.weight)), programs.GELU)

    def onto(self, x: Tensor, sums: Tensor) -> Tensor:
        if self._many(x):
            return sums.add_(functional.linear(x, self.weight, self.bias))
        return self.into(x, sums, programs.ADDED)

    def into(self, x: Tensor, out: Tensor, ending: int) -> Tensor:
        """Few rows, `ending` in `out`, which is returned."""
        width = x.shape[-1]
        rows, outs = x.numel() // width, len(self.weight)
        wide, deep, stages, splits = _tile(outs, width, _shared(x.device))
        tiles = triton.cdiv(outs, wide), triton.cdiv(rows, ROWS)
        parts = x.new_empty(splits * math.prod(tiles) * ROWS * wide if splits > 1 else 0, dtype=torch.float32)
        programs.linear[(*tiles, splits)](
            x.contiguous(), self.weight, self.bias, out, parts, self.arrived, rows, outs,
            WIDTH=width, BIASED=self.bias is not None, ENDING=ending,
            ROWS=ROWS, OUTS=wide, DEPTH=deep, SPLITS=splits, num_warps=4, num_stages=stages,
        )  # fmt: skip
        return out

    def _many(self, x: Tensor) -> bool:
        width = x.shape[-1]
        return bool(x.numel() > FEW * width or width % 64)


def _tile(outs: int, width: int, shared: int) -> tuple[int, int, int, int]:
    """A layer's tile: how wide, how deep, how many on their way, among how many programs a sum is divided.

    The same for any number of rows. Measured on an H200 with the layers of large-v3, one after another so that no
    weight is in a cache, for 1, 64 and 320 rows; dividing shorter sums took longer. A GPU whose programs have less than
    its `shared` bytes gets fewer on their way.

    >>> _tile(1280, 1280, shared=232_448), _tile(1280, 1280, shared=101_376)
    ((32, 128, 5, 1), (32, 128, 3, 1))
    """
    if outs >= VOCABULARY:
        wide, deep, stages, splits = 128, 64, 4, 1
    elif width >= LONG and width % (SPLITS * 128) == 0:
        wide, deep, stages, splits = 32, 128, 3, SPLITS
    else:
        deep, splits = 128 if width % 128 == 0 else 64, 1
        wide, stages = (64, 4) if outs >= 2048 else (32, 5)
    each = 2 * (ROWS + wide) * deep
    return wide, deep, max(2, min(stages, (shared - RESERVED) // each)), splits


def opened(device: torch.device, dtype: torch.dtype, width: int) -> Gpu | str:
    """The kernels, tried on `device` with a decoder of that `width`; or in a few words why they do not work there.

    What is compiled here is what decoding asks for, so nothing is compiled twice.
    """
    kernels = Gpu(dtype)
    try:
        try:
            _try_encoding(kernels, device, width)
        except RuntimeError:  # cuDNN takes some shapes for which it then finds no plan
            kernels.attention = ATTENTION[1:]
            _try_encoding(kernels, device, width)
        _try_decoding(kernels, device, width)
    except Exception as error:  # a compiler's, a linker's, a driver's: all mean that it does not work here
        said = (str(error).splitlines() or [""])[0][:80]
        return f"Triton cannot compile for this GPU ({type(error).__name__}: {said})"
    return kernels


def _try_encoding(kernels: Gpu, device: torch.device, width: int) -> None:
    kernels.self_attention(torch.zeros(1, 1500, 3 * width, dtype=kernels.dtype, device=device), width // HEAD)


def _try_decoding(kernels: Gpu, device: torch.device, width: int) -> None:
    def zeros(*shape: int) -> Tensor:
        return torch.zeros(*shape, dtype=kernels.dtype, device=device)

    heads = width // HEAD
    sums = zeros(1, 1, width).float()
    x = kernels.norm(sums[0, 0], sums[0, 0])(sums)
    qkv = kernels.layer(zeros(3 * width, width), zeros(3 * width))(x)
    own = zeros(1, heads, 32, HEAD)
    kernels.own_attention(qkv, own, own.clone(), torch.zeros(1, dtype=torch.long, device=device))
    heard, _ = kernels.cross_attention(x, *kernels.remember(zeros(1, 64, 2 * width), heads), 64, [])
    sums = kernels.layer(zeros(width, width), zeros(width)).onto(heard, sums)
    inner = kernels.layer(zeros(4 * width, width), zeros(4 * width)).gelu(x)
    sums = kernels.layer(zeros(width, 4 * width), zeros(width)).onto(inner, sums)
    kernels.vocabulary(zeros(VOCABULARY, width)).summary(sums, zeros(VOCABULARY).float(), VOCABULARY)
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@lru_cache
def _shared(device: torch.device) -> int:
    """Bytes that the threads of a program may share."""
    if device.type != "cuda":
        return 2**20  # interpreted
    return int(max_shared_mem(torch.cuda.current_device() if device.index is None else device.index))


@dataclass(frozen=True, slots=True)
class GpuNorm:
    """A layer norm; weight and bias in 32 bits."""

    weight: Tensor
    bias: Tensor
    dtype: torch.dtype

    def __call__(self, x: Tensor) -> Tensor:
        found = torch.empty_like(x, dtype=self.dtype)
        width = x.shape[-1]
        programs.layer_norm[(x.numel() // width,)](
            x, self.weight, self.bias, found, WIDTH=width, BLOCK=triton.next_power_of_2(width), num_warps=4
        )
        return found


@dataclass(frozen=True, slots=True)
class GpuConvolution:
    """Three neighbouring frames lie one after another, so a convolution is a layer over rows that overlap."""

    layer: PlainLayer
    stride: int

    def __call__(self, x: Tensor) -> Tensor:
        windows, frames, channels = x.shape
        padded = functional.pad(x.to(self.layer.weight.dtype), (0, 0, 1, 1))
        apart = (padded.stride(0), channels * self.stride, 1)
        return self.layer.gelu(padded.as_strided((windows, frames // self.stride, 3 * channels), apart))


@dataclass(frozen=True, slots=True)
class GpuVocabulary(PlainVocabulary):
    """Products of 16-bit numbers summed up in 32 bits, so that the first places are not tied."""

    def scores(self, hidden: Tensor) -> Tensor:
        rounded = hidden.to(self.dtype)
        scores = hidden.new_empty(*hidden.shape[:-1], len(self.embedding))
        layer = self.project
        assert isinstance(layer, GpuLayer)
        return layer.into(rounded, scores, programs.EXACT)

    def summary(self, hidden: Tensor, banned: Tensor, text: int, count: int = 1) -> Summary:
        if count > 1:
            return PlainVocabulary.summary(self, hidden, banned, text, count)
        scores, shape = self.scores(hidden), hidden.shape[:-1]
        best, token = scores.new_empty(*shape, 1), scores.new_empty(*shape, 1, dtype=torch.long)
        total = scores.new_empty(shape)
        programs.summarize[(total.numel(),)](
            scores, banned, best, token, total, text, scores.shape[-1], BLOCK=WORDS, num_warps=8
        )
        return Summary(best, token, total, scores[..., text:] + banned[text:])


class Gpu(Plain):
    """float16 or bfloat16 on a GPU that Triton compiles for."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__(dtype)
        self.attention = ATTENTION
        self.recordable = self.steady = True
        self.name = f"triton {str(dtype).removeprefix('torch.')}"

    def layer(self, weight: Tensor, bias: Tensor | None) -> GpuLayer:
        most = triton.cdiv(FEW, ROWS) * triton.cdiv(
            len(weight), _tile(len(weight), weight.shape[1], _shared(weight.device))[0]
        )
        arrived = torch.zeros(most, dtype=torch.int32, device=weight.device)
        return GpuLayer(weight.to(self.dtype), None if bias is None else bias.to(self.dtype), arrived)

    def norm(self, weight: Tensor, bias: Tensor) -> GpuNorm:
        return GpuNorm(weight.float(), bias.float(), self.dtype)

    def convolution(self, weight: Tensor, bias: Tensor, stride: int) -> GpuConvolution:
        return GpuConvolution(self.layer(weight.transpose(1, 2).flatten(1).contiguous(), bias), stride)

    def vocabulary(self, embedding: Tensor) -> GpuVocabulary:
        return GpuVocabulary(embedding, self.layer(embedding, None), self.dtype)

    def self_attention(self, qkv: Tensor, heads: int) -> Tensor:
        with sdpa_kernel(self.attention, set_priority=True):
            return super().self_attention(qkv, heads)

    def remember(self, kv: Tensor, heads: int) -> tuple[Tensor, Tensor]:
        rows, frames = kv.shape[:2]
        key, value = kv.view(rows, frames, 2, heads, -1).permute(2, 0, 3, 1, 4)
        return key, value

    def cross_attention(
        self, query: Tensor, keys: Tensor, values: Tensor, frames: int, wanted: list[int], *, live: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        rows, count, _ = query.shape
        heads = keys.shape[1]
        query = query.contiguous()
        blocks = triton.cdiv(count, ASKED)
        parts = 1 if blocks > 1 else max(1, min(PARTS, FILLING // (rows * heads)))
        mixed = torch.empty_like(query)
        sums, tops, totals = (
            query.new_empty(parts, rows * heads, ASKED, size, dtype=torch.float32) if parts > 1 else query
            for size in (HEAD, 1, 1)
        )
        programs.attend_to_sound[(rows * heads, blocks, parts)](
            query, keys, values, mixed, sums, tops, totals, query if live is None else live,
            count, frames, heads, *keys.stride()[:3], HEAD**-0.5 * LOG2_E,
            LIVE=live is not None, HEAD=HEAD, ASKED=ASKED, FRAMES=FRAMES, PARTS=parts, num_warps=4, num_stages=3,
        )  # fmt: skip
        if parts > 1:
            programs.join_parts[(rows * heads,)](
                sums, tops, totals, mixed, query if live is None else live, count, heads,
                LIVE=live is not None, HEAD=HEAD, ASKED=ASKED, PARTS=parts, num_warps=4,
            )  # fmt: skip
        if not wanted:
            return mixed, None
        scaled = query.view(rows, count, heads, HEAD)[:, :, wanted].transpose(1, 2) * HEAD**-0.5
        return mixed, (scaled @ keys[:, wanted].transpose(-1, -2)).float()

    def own_attention(
        self, qkv: Tensor, keys: Tensor, values: Tensor, positions: Tensor, *, live: Tensor | None = None
    ) -> Tensor:
        rows, count, width = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
        heads, room = keys.shape[1:3]
        blocks = triton.cdiv(count, ASKED)
        if blocks > 1:
            _, new_keys, new_values = qkv.view(rows, count, 3, heads, HEAD).unbind(2)
            places = positions[:, None] + torch.arange(count, device=qkv.device)
            index = torch.arange(rows, device=qkv.device)[:, None]
            keys[index, :, places] = new_keys
            values[index, :, places] = new_values
        mixed = qkv.new_empty(rows, count, width)
        programs.attend_to_text[(rows * heads, blocks)](
            qkv, keys, values, positions, mixed, qkv if live is None else live, count, heads, room,
            HEAD**-0.5 * LOG2_E,
            LIVE=live is not None, KEEP=blocks == 1, HEAD=HEAD, ASKED=ASKED, TOKENS=TOKENS, num_warps=1, num_stages=1,
        )  # fmt: skip
        return mixed

    def warp(self, costs: Sequence[Tensor]) -> list[NDArray[np.int64]]:
        if not costs:
            return []
        shapes = torch.tensor([cost.shape for cost in costs], dtype=torch.int32)
        longest, widest = shapes.amax(0).tolist()
        device = costs[0].device
        padded = torch.zeros(len(costs), longest, widest, device=device)
        for row, cost in zip(padded, costs, strict=True):
            row[: cost.shape[0], : cost.shape[1]] = cost
        counts = shapes.to(device).t().contiguous()
        lanes, steps = triton.next_power_of_2(longest), longest + widest + 1
        values = torch.empty(len(costs), 2, lanes, device=device)
        moves = torch.empty(len(costs), steps, lanes, dtype=torch.int8, device=device)
        begins = torch.zeros(len(costs), longest, dtype=torch.int32, device=device)
        programs.warp[(len(costs),)](
            padded, counts[0], counts[1], values, moves, begins, longest, widest, steps, TOKENS=lanes, num_warps=4
        )
        found = begins.cpu().numpy().astype(np.int64)
        return [row[: len(cost)] for row, cost in zip(found, costs, strict=True)]

    def choose(self, scores: Summary, drafts: Tensor | None, choosing: Choosing) -> None:
        rows, places = scores.total.shape
        programs.choose[(rows,)](
            scores.best, scores.token, scores.total, scores.rest, scores.token if drafts is None else drafts,
            choosing.fresh, choosing.after_time, choosing.paired, choosing.last, choosing.active, choosing.positions,
            choosing.fed, choosing.slot, choosing.tokens, choosing.logprobs, choosing.written,
            scores.rest.shape[-1], choosing.tokens.shape[1], choosing.eot, choosing.first_time, choosing.latest_start,
            PLACES=places, BURST=drafts is None, TIMES=TIMES, num_warps=4,
        )  # fmt: skip
