"""The kernels in PyTorch: any device, any precision, and the reference for the native ones."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from meetbot.transcribe.kernels import Convolution, Norm, Summary

HEADS_AT_ONCE = 2  # one for each of two threads
FRAMES_AT_ONCE = 750  # 4.5 MB of scores
PACKED_FOR = 16  # rows
NEAR = 1.0  # in scores: a token this much less likely than the first is not mistaken for it


@dataclass(frozen=True, slots=True)
class PlainLayer:
    """A linear layer; `weight` is (out, in)."""

    weight: Tensor
    bias: Tensor | None

    def __call__(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight, self.bias)

    def gelu(self, x: Tensor) -> Tensor:
        return functional.gelu(self(x))

    def onto(self, x: Tensor, sums: Tensor) -> Tensor:
        return sums + self(x)


@dataclass(frozen=True, slots=True)
class PackedLayer(PlainLayer):
    """A linear layer whose weight oneDNN has put in its own order; for few rows that order is half of the work."""

    def __call__(self, x: Tensor) -> Tensor:
        found: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return found


@dataclass(frozen=True, slots=True)
class PlainNorm:
    """A layer norm; its result is in `dtype`."""

    weight: Tensor
    bias: Tensor
    dtype: torch.dtype

    def __call__(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias).to(self.dtype)


@dataclass(frozen=True, slots=True)
class PlainConvolution:
    """A convolution over three frames; `weight` is (out, in, 3)."""

    weight: Tensor
    bias: Tensor
    stride: int

    def __call__(self, x: Tensor) -> Tensor:
        found = functional.conv1d(
            x.to(self.weight.dtype).transpose(1, 2), self.weight, self.bias, stride=self.stride, padding=1
        )
        return functional.gelu(found).transpose(1, 2)


@dataclass(frozen=True, slots=True)
class PlainVocabulary:
    """`embedding` is in 32 bits, `project` in the precision of the kernels."""

    embedding: Tensor
    project: PlainLayer
    dtype: torch.dtype

    def scores(self, hidden: Tensor) -> Tensor:
        """Scores of 16 have steps of 1/8 in bfloat16, so the first places are often tied: they are computed again."""
        scores = self.project(hidden.to(self.dtype)).float()
        if self.dtype == torch.bfloat16:
            flat = scores.view(-1, scores.shape[-1])
            row, token = (flat >= flat.amax(-1, keepdim=True) - NEAR).nonzero(as_tuple=True)
            exact = hidden.reshape(-1, hidden.shape[-1])[row] * self.embedding[token]
            flat[row, token] = exact.sum(-1)
        return scores

    def summary(self, hidden: Tensor, banned: Tensor, text: int, count: int = 1) -> Summary:
        scores = self.scores(hidden).add_(banned)
        best, token = scores[..., :text].topk(count)
        return Summary(best, token, scores[..., :text].logsumexp(-1), scores[..., text:])


class Plain:
    """PyTorch's own operations in `dtype`, on whatever device the weights are."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.steady = dtype == torch.float32  # the last of 24 bits decides no tie that was met
        self.recordable = dtype != torch.bfloat16  # whose scores are looked at again
        self.name = f"torch {str(dtype).removeprefix('torch.')}"

    def layer(self, weight: Tensor, bias: Tensor | None) -> PlainLayer:
        weight = weight.to(self.dtype)
        bias = None if bias is None else bias.to(self.dtype)
        if weight.device.type == "cpu" and self.dtype == torch.bfloat16 and _can_pack():
            return PackedLayer(torch.ops.mkldnn._reorder_linear_weight(weight, PACKED_FOR), bias)
        return PlainLayer(weight, bias)

    def norm(self, weight: Tensor, bias: Tensor) -> Norm:
        return PlainNorm(weight.float(), bias.float(), self.dtype)

    def convolution(self, weight: Tensor, bias: Tensor, stride: int) -> Convolution:
        return PlainConvolution(weight.to(self.dtype), bias.to(self.dtype), stride)

    def vocabulary(self, embedding: Tensor) -> PlainVocabulary:
        return PlainVocabulary(embedding.float(), self.layer(embedding, None), self.dtype)

    def self_attention(self, qkv: Tensor, heads: int) -> Tensor:
        windows, frames, width = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
        query, key, value = qkv.view(windows, frames, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        if qkv.device.type == "cpu" and qkv.dtype == torch.bfloat16:
            mixed = _blocked(query, key, value)
        else:
            mixed = functional.scaled_dot_product_attention(query, key, value)
        return mixed.transpose(1, 2).reshape(windows, frames, width)

    def remember(self, kv: Tensor, heads: int) -> tuple[Tensor, Tensor]:
        rows, frames = kv.shape[:2]
        key, value = kv.view(rows, frames, 2, heads, -1).permute(2, 0, 3, 1, 4)
        return key.contiguous(), value.contiguous()

    def cross_attention(
        self, query: Tensor, keys: Tensor, values: Tensor, frames: int, wanted: list[int], *, live: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        rows, count, width = query.shape
        scaled = query.view(rows, count, keys.shape[1], -1).transpose(1, 2) * keys.shape[-1] ** -0.5
        scores = scaled @ keys.transpose(-1, -2)
        raw = scores[:, wanted].float() if wanted else None
        return (scores.softmax(-1) @ values).transpose(1, 2).reshape(rows, count, width), raw

    def own_attention(
        self, qkv: Tensor, keys: Tensor, values: Tensor, positions: Tensor, *, live: Tensor | None = None
    ) -> Tensor:
        rows, count, width = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
        heads, room = keys.shape[1], keys.shape[2]
        places = positions[:, None] + torch.arange(count, device=qkv.device)
        hidden_from = torch.arange(room, device=qkv.device) > places[:, None, :, None]  # (rows, 1, n, room)
        query, key, value = qkv.view(rows, count, 3, heads, width // heads).unbind(2)
        index = torch.arange(rows, device=qkv.device)[:, None]
        keys[index, :, places] = key
        values[index, :, places] = value
        # Over the whole room: a bfloat16 product over a slice of it takes a hundred times as long on a processor.
        scores = (query.transpose(1, 2) * (width // heads) ** -0.5) @ keys.transpose(-1, -2)
        weights = scores.float().masked_fill_(hidden_from, float("-inf")).softmax(-1).to(qkv.dtype)
        mixed: Tensor = (weights @ values).transpose(1, 2).reshape(rows, count, width)
        return mixed


def _can_pack() -> bool:
    return hasattr(torch.ops.mkldnn, "_reorder_linear_weight")


def _blocked(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention in blocks whose scores stay in the cache; all of shape (windows, heads, frames, width a head).

    On processors PyTorch's fused attention in bfloat16 takes 1.8 times as long as three plain products: its inner
    products are too small for the matrix units.
    """
    shape = query.shape
    query, key, value = (part.reshape(-1, *shape[2:]) for part in (query * shape[3] ** -0.5, key, value))
    mixed = torch.empty_like(query)
    for head in range(0, len(query), HEADS_AT_ONCE):
        some = slice(head, head + HEADS_AT_ONCE)
        keys = key[some].transpose(1, 2)
        for first in range(0, shape[2], FRAMES_AT_ONCE):
            rows = slice(first, first + FRAMES_AT_ONCE)
            mixed[some, rows] = torch.bmm(torch.bmm(query[some, rows], keys).softmax(-1), value[some])
    return mixed.view(shape)
