"""The arithmetic of a Whisper model, apart from what it is for: layers, attention, scores, on this machine.

`plain` is PyTorch, on any device and in any precision; `native` is our own C++ for processors that multiply bfloat16
(AVX512-BF16), compiled when it is first needed; `gpu` multiplies a few tokens a row in Triton. All stand behind the
same protocols, and the model is written once, in `encode` and `decoder`. Shapes are (rows, n, …): rows of a batch, n
frames or tokens of each.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TRITON_NEEDS = (8, 0)
"""The compute capability (Ampere) from which `programs` run as they are written."""

HEAD = 64
"""Numbers an attention head has in every Whisper model; what `native` is written for."""


class Layer(Protocol):
    """A linear layer over the last axis."""

    def __call__(self, x: Tensor) -> Tensor:
        """The layer's result, in the precision of the kernels."""

    def gelu(self, x: Tensor) -> Tensor:
        """A GELU of the result."""

    def onto(self, x: Tensor, sums: Tensor) -> Tensor:
        """`sums` and the result added, in 32 bits; `sums` is not to be used afterwards."""


class Norm(Protocol):
    """Layer normalisation in 32 bits: what is summed over layers needs more digits than what is multiplied."""

    def __call__(self, x: Tensor) -> Tensor:
        """The normalised `x`, in the precision of the kernels."""


class Convolution(Protocol):
    """A convolution over three neighbouring frames, zeros beyond the ends, and a GELU."""

    def __call__(self, x: Tensor) -> Tensor:
        """(windows, frames, channels) to (windows, frames / stride, channels of the layer)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Scores of a vocabulary whose first part is plain text, of which only what decoding asks is kept.

    best, token: (rows, n, count) the highest scores of text tokens, falling, and which tokens they are; total: (rows,
    n) the logarithm of the summed exponentials of all of them; rest: (rows, n, tokens) the scores of what follows
    text in the vocabulary.
    """

    best: Tensor
    token: Tensor
    total: Tensor
    rest: Tensor

    def at(self, place: int) -> Summary:
        """The scores after one of the n tokens, without that axis."""
        return Summary(self.best[:, place], self.token[:, place], self.total[:, place], self.rest[:, place])

    def last(self, count: int) -> Summary:
        """The scores after the last `count` tokens."""
        kept = slice(self.best.shape[1] - count, None)
        return Summary(self.best[:, kept], self.token[:, kept], self.total[:, kept], self.rest[:, kept])


@dataclass(frozen=True, slots=True)
class Choosing:
    """What choosing tokens reads and moves on, in place; all of shape (rows,) where nothing else is said.

    fresh, after_time, paired, last: `rules.State`; active: who has not ended; positions: tokens that stand in the
    cache; fed: the last token; slot: (1,) the column of a burst; tokens, logprobs: (rows, columns) what is chosen;
    written: how many of those are kept; eot, first_time, latest_start: `rules.Rules`.
    """

    fresh: Tensor
    after_time: Tensor
    paired: Tensor
    last: Tensor
    active: Tensor
    positions: Tensor
    fed: Tensor
    slot: Tensor
    tokens: Tensor
    logprobs: Tensor
    written: Tensor
    eot: int
    first_time: int
    latest_start: int


class Vocabulary(Protocol):
    """The projection of hidden states onto the vocabulary, with scores near the first in 32 bits."""

    def scores(self, hidden: Tensor) -> Tensor:
        """(rows, n, width) in 32 bits to (rows, n, vocabulary) in 32 bits."""

    def summary(self, hidden: Tensor, banned: Tensor, text: int, count: int = 1) -> Summary:
        """Scores plus `banned` (vocabulary,), summarised; the first `text` tokens are plain text, `count` are kept."""


class Kernels(Protocol):
    """Everything that a model computes, in one precision on one device."""

    name: str
    dtype: torch.dtype
    recordable: bool
    """Whether nothing that it computes waits for a result (`replay`)."""
    steady: bool
    """Whether a token's scores are the same however many are computed beside it, so that drafts change no text."""

    def layer(self, weight: Tensor, bias: Tensor | None) -> Layer:
        """A linear layer of `weight` (out, in)."""

    def norm(self, weight: Tensor, bias: Tensor) -> Norm:
        """A layer norm."""

    def convolution(self, weight: Tensor, bias: Tensor, stride: int) -> Convolution:
        """A convolution of `weight` (out, in, 3)."""

    def vocabulary(self, embedding: Tensor) -> Vocabulary:
        """The projection with `embedding` (vocabulary, width)."""

    def self_attention(self, qkv: Tensor, heads: int) -> Tensor:
        """Attention among all frames of a window: (windows, frames, 3 · width) to (windows, frames, width)."""

    def remember(self, kv: Tensor, heads: int) -> tuple[Tensor, Tensor]:
        """Keys and values of the sound, (rows, frames, 2 · width), laid out for `cross_attention`, rows first."""

    def cross_attention(
        self, query: Tensor, keys: Tensor, values: Tensor, frames: int, wanted: list[int], *, live: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Attention of `query` (rows, n, width) over what `remember` gave.

        With it the raw scores of the `wanted` heads, (rows, heads, n, frames) in 32 bits; None if there are none.
        live: (rows,) whose results matter; what the others get may be anything.
        """

    def own_attention(
        self, qkv: Tensor, keys: Tensor, values: Tensor, positions: Tensor, *, live: Tensor | None = None
    ) -> Tensor:
        """Attention of n tokens over themselves and what stands before: (rows, n, 3 · width) to (rows, n, width).

        keys, values: (rows, heads, room, width a head), written in place from positions[b] on; row b's first token
        stands at positions[b], and what lies beyond a token's own place is hidden from it. `live` as above.
        """


@runtime_checkable
class Warps(Protocol):
    """Kernels that also warp time, as `timing.warp` does."""

    def warp(self, costs: Sequence[Tensor]) -> list[NDArray[np.int64]]:
        """For every cost matrix (tokens, frames) the frame at which each token begins, (tokens,)."""


@runtime_checkable
class Chooses(Protocol):
    """Kernels that also choose tokens in one visit, as `passes.take` does."""

    def choose(self, scores: Summary, drafts: Tensor | None, choosing: Choosing) -> None:
        """A token after every fed one; with `drafts` (rows, fed - 1) as far as it agrees with them.

        Without, the one token is written at the slot, and is what is fed next; who ends is active no more.
        """


def pick(device: torch.device, dtype: torch.dtype, *shapes: tuple[int, int]) -> tuple[Kernels, str]:
    """The kernels for a model, and what keeps the faster ones away, if it can be mended.

    `shapes`: width and heads of its encoder and its decoder.
    """
    from meetbot.transcribe.kernels.compile import library
    from meetbot.transcribe.kernels.native import Native
    from meetbot.transcribe.kernels.plain import Plain

    if (
        device.type == "cpu"
        and dtype == torch.bfloat16
        and all(width == heads * HEAD for width, heads in shapes)
        and torch.cpu._is_avx512_bf16_supported()
    ):
        found = library()
        if not isinstance(found, str):
            return Native(found), ""
        return Plain(dtype), found
    if (
        device.type == "cuda"
        and torch.version.hip is None  # AMD's GPUs call themselves so too; nothing was tried on one
        and dtype != torch.float32
        and all(width == heads * HEAD for width, heads in shapes)
        and find_spec("triton") is not None
        and torch.cuda.get_device_capability(device) >= TRITON_NEEDS
    ):
        if os.environ.get("TRITON_INTERPRET"):
            return Plain(dtype), "TRITON_INTERPRET is set"
        try:
            from meetbot.transcribe.kernels.gpu import opened
        except ImportError as error:
            return Plain(dtype), f"this Triton cannot be used ({error})"
        kernels = opened(device, dtype, shapes[-1][0])
        return (Plain(dtype), kernels) if isinstance(kernels, str) else (kernels, "")
    return Plain(dtype), ""
