"""An openai-whisper model's weights, laid out for inference: fused, in one precision, nothing else.

In: `whisper.model.Whisper`. Out: frozen dataclasses of tensors that `encode` and `decoder` multiply with. The three
projections of self-attention become one matrix, so do key and value of cross-attention; suppressed tokens become
a bias of minus infinity on the vocabulary.

Concedes: a second copy of the weights in memory while both models live.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from whisper.model import MultiHeadAttention, ResidualAttentionBlock, Whisper


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear layer; `weight` is (out, in)."""

    weight: Tensor
    bias: Tensor | None

    def __call__(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight, self.bias)

    def packed(self) -> Linear | Packed:
        """The same layer with its weight in the processor's own order, where that is of use: bfloat16 on a CPU."""
        if self.weight.device.type == "cpu" and self.weight.dtype == torch.bfloat16 and _can_pack():
            return Packed(torch.ops.mkldnn._reorder_linear_weight(self.weight, PACKED_FOR), self.bias)
        return self


@dataclass(frozen=True, slots=True)
class Packed:
    """A linear layer whose weight oneDNN has put in its own order; for few rows that order is half of the work."""

    weight: Tensor
    bias: Tensor | None

    def __call__(self, x: Tensor) -> Tensor:
        found: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return found


PACKED_FOR = 16  # rows


def _can_pack() -> bool:
    return hasattr(torch.ops.mkldnn, "_reorder_linear_weight")


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer normalisation in 32 bits, its result in `dtype`: what is summed over layers needs more digits than
    what is multiplied (openai-whisper normalises in 32 bits too).
    """

    weight: Tensor
    bias: Tensor
    dtype: torch.dtype

    def __call__(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias).to(self.dtype)


@dataclass(frozen=True, slots=True)
class EncoderBlock:
    """Self-attention, then two linear layers with a GELU between."""

    norm: Norm
    qkv: Linear
    out: Linear
    mlp_norm: Norm
    up: Linear
    down: Linear


@dataclass(frozen=True, slots=True)
class DecoderBlock:
    """Self-attention over the text, cross-attention over the sound, then two linear layers."""

    norm: Norm
    qkv: Linear | Packed
    out: Linear | Packed
    cross_norm: Norm
    cross_q: Linear | Packed
    cross_kv: Linear
    cross_out: Linear | Packed
    mlp_norm: Norm
    up: Linear | Packed
    down: Linear | Packed


@dataclass(frozen=True, slots=True)
class Encoder:
    """`conv1` and `conv2` are (weight, bias) of 1-d convolutions; `positions` is (frames, width)."""

    conv1: tuple[Tensor, Tensor]
    conv2: tuple[Tensor, Tensor]
    positions: Tensor
    blocks: tuple[EncoderBlock, ...]
    norm: Norm
    heads: int


@dataclass(frozen=True, slots=True)
class Decoder:
    """`embedding` is (vocabulary, width), as it was loaded, and `project` multiplies with it in `dtype`.

    `alignment` holds (layer, head) pairs.
    """

    embedding: Tensor
    project: Linear | Packed
    dtype: torch.dtype
    positions: Tensor
    blocks: tuple[DecoderBlock, ...]
    norm: Norm
    heads: int
    alignment: tuple[tuple[int, int], ...]

    @property
    def device(self) -> torch.device:
        return self.embedding.device

    @property
    def width(self) -> int:
        return self.embedding.shape[1]

    @property
    def context(self) -> int:
        """The longest sequence of tokens, prompt included: 448."""
        return self.positions.shape[0]


def encoder_weights(model: Whisper, dtype: torch.dtype) -> Encoder:
    """The encoder of `model` in `dtype`, on the model's device."""
    encoder = model.encoder
    return Encoder(
        conv1=(encoder.conv1.weight.detach().to(dtype), encoder.conv1.bias.detach().to(dtype)),
        conv2=(encoder.conv2.weight.detach().to(dtype), encoder.conv2.bias.detach().to(dtype)),
        positions=encoder.positional_embedding.detach().float(),
        blocks=tuple(
            EncoderBlock(
                norm=_norm(block.attn_ln, dtype),
                qkv=_fused(dtype, block.attn.query, block.attn.key, block.attn.value),
                out=_fused(dtype, block.attn.out),
                mlp_norm=_norm(block.mlp_ln, dtype),
                up=_fused(dtype, block.mlp[0]),
                down=_fused(dtype, block.mlp[2]),
            )
            for block in encoder.blocks
        ),
        norm=_norm(encoder.ln_post, dtype),
        heads=model.dims.n_audio_head,
    )


def decoder_weights(model: Whisper, dtype: torch.dtype) -> Decoder:
    """The decoder of `model` in `dtype`, on the model's device."""
    decoder = model.decoder
    layers, heads = model.alignment_heads.coalesce().indices().tolist()
    embedding = decoder.token_embedding.weight.detach()
    return Decoder(
        embedding=embedding,
        project=Linear(embedding.to(dtype), None).packed(),
        dtype=dtype,
        positions=decoder.positional_embedding.detach().float(),
        blocks=tuple(_decoder_block(block, dtype) for block in decoder.blocks),
        norm=_norm(decoder.ln, torch.float32),
        heads=model.dims.n_text_head,
        alignment=tuple(zip(layers, heads, strict=True)),
    )


def _decoder_block(block: ResidualAttentionBlock, dtype: torch.dtype) -> DecoderBlock:
    cross: MultiHeadAttention = block.cross_attn
    return DecoderBlock(
        norm=_norm(block.attn_ln, dtype),
        qkv=_fused(dtype, block.attn.query, block.attn.key, block.attn.value).packed(),
        out=_fused(dtype, block.attn.out).packed(),
        cross_norm=_norm(block.cross_attn_ln, dtype),
        cross_q=_fused(dtype, cross.query).packed(),
        cross_kv=_fused(dtype, cross.key, cross.value),
        cross_out=_fused(dtype, cross.out).packed(),
        mlp_norm=_norm(block.mlp_ln, dtype),
        up=_fused(dtype, block.mlp[0]).packed(),
        down=_fused(dtype, block.mlp[2]).packed(),
    )


def _norm(norm: torch.nn.LayerNorm, dtype: torch.dtype) -> Norm:
    return Norm(norm.weight.detach().float(), norm.bias.detach().float(), dtype)


def _fused(dtype: torch.dtype, *layers: torch.nn.Linear) -> Linear:
    """Linear layers over the same input as one; a missing bias (Whisper's keys have none) is zero."""
    weight = torch.cat([layer.weight.detach() for layer in layers]).to(dtype)
    biases = [
        layer.bias.detach() if layer.bias is not None else layer.weight.new_zeros(layer.out_features)
        for layer in layers
    ]
    return Linear(weight.contiguous(), torch.cat(biases).to(dtype))
