"""An openai-whisper model's weights, laid out for inference: fused, as the machine's kernels want them, nothing else.

In: `whisper.model.Whisper`. Out: frozen dataclasses of layers that `encode` and `decoder` call. The three projections
of self-attention become one matrix, so do key and value of cross-attention.

Concedes: a second copy of the weights in memory while both models live.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from whisper.model import MultiHeadAttention, ResidualAttentionBlock, Whisper

from meetbot.transcribe.kernels import Convolution, Kernels, Layer, Norm, Vocabulary
from meetbot.transcribe.kernels.plain import PlainNorm


@dataclass(frozen=True, slots=True)
class EncoderBlock:
    """Self-attention, then two linear layers with a GELU between."""

    norm: Norm
    qkv: Layer
    out: Layer
    mlp_norm: Norm
    up: Layer
    down: Layer


@dataclass(frozen=True, slots=True)
class DecoderBlock:
    """Self-attention over the text, cross-attention over the sound, then two linear layers."""

    norm: Norm
    qkv: Layer
    out: Layer
    cross_norm: Norm
    cross_q: Layer
    cross_kv: Layer
    cross_out: Layer
    mlp_norm: Norm
    up: Layer
    down: Layer


@dataclass(frozen=True, slots=True)
class Encoder:
    """`positions` is (frames, width), in 32 bits."""

    kernels: Kernels
    conv1: Convolution
    conv2: Convolution
    positions: Tensor
    blocks: tuple[EncoderBlock, ...]
    norm: Norm
    heads: int


@dataclass(frozen=True, slots=True)
class Decoder:
    """`embedding` is (vocabulary, width), as it was loaded; `alignment` holds (layer, head) pairs."""

    kernels: Kernels
    embedding: Tensor
    vocabulary: Vocabulary
    positions: Tensor
    blocks: tuple[DecoderBlock, ...]
    norm: Norm
    heads: int
    alignment: tuple[tuple[int, int], ...]

    @property
    def device(self) -> torch.device:
        return self.embedding.device

    @property
    def dtype(self) -> torch.dtype:
        return self.kernels.dtype

    @property
    def width(self) -> int:
        return self.embedding.shape[1]

    @property
    def context(self) -> int:
        """The longest sequence of tokens, prompt included: 448."""
        return self.positions.shape[0]


def encoder_weights(model: Whisper, kernels: Kernels) -> Encoder:
    """The encoder of `model`, on the model's device."""
    encoder = model.encoder
    return Encoder(
        kernels=kernels,
        conv1=kernels.convolution(encoder.conv1.weight.detach(), encoder.conv1.bias.detach(), 1),
        conv2=kernels.convolution(encoder.conv2.weight.detach(), encoder.conv2.bias.detach(), 2),
        positions=encoder.positional_embedding.detach().float(),
        blocks=tuple(
            EncoderBlock(
                norm=_norm(kernels, block.attn_ln),
                qkv=_fused(kernels, block.attn.query, block.attn.key, block.attn.value),
                out=_fused(kernels, block.attn.out),
                mlp_norm=_norm(kernels, block.mlp_ln),
                up=_fused(kernels, block.mlp[0]),
                down=_fused(kernels, block.mlp[2]),
            )
            for block in encoder.blocks
        ),
        norm=_norm(kernels, encoder.ln_post),
        heads=model.dims.n_audio_head,
    )


def decoder_weights(model: Whisper, kernels: Kernels) -> Decoder:
    """The decoder of `model`, on the model's device."""
    decoder = model.decoder
    layers, heads = model.alignment_heads.coalesce().indices().tolist()
    embedding = decoder.token_embedding.weight.detach()
    return Decoder(
        kernels=kernels,
        embedding=embedding,
        vocabulary=kernels.vocabulary(embedding),
        positions=decoder.positional_embedding.detach().float(),
        blocks=tuple(decoder_block(kernels, block) for block in decoder.blocks),
        norm=PlainNorm(decoder.ln.weight.detach().float(), decoder.ln.bias.detach().float(), torch.float32),
        heads=model.dims.n_text_head,
        alignment=tuple(zip(layers, heads, strict=True)),
    )


def decoder_block(kernels: Kernels, block: ResidualAttentionBlock) -> DecoderBlock:
    """One layer of a decoder."""
    cross: MultiHeadAttention = block.cross_attn
    return DecoderBlock(
        norm=_norm(kernels, block.attn_ln),
        qkv=_fused(kernels, block.attn.query, block.attn.key, block.attn.value),
        out=_fused(kernels, block.attn.out),
        cross_norm=_norm(kernels, block.cross_attn_ln),
        cross_q=_fused(kernels, cross.query),
        cross_kv=_fused(kernels, cross.key, cross.value),
        cross_out=_fused(kernels, cross.out),
        mlp_norm=_norm(kernels, block.mlp_ln),
        up=_fused(kernels, block.mlp[0]),
        down=_fused(kernels, block.mlp[2]),
    )


def _norm(kernels: Kernels, norm: torch.nn.LayerNorm) -> Norm:
    return kernels.norm(norm.weight.detach(), norm.bias.detach())


def _fused(kernels: Kernels, *layers: torch.nn.Linear) -> Layer:
    """Linear layers over the same input as one; a missing bias (Whisper's keys have none) is zero."""
    biases = [
        layer.bias.detach() if layer.bias is not None else layer.weight.new_zeros(layer.out_features)
        for layer in layers
    ]
    return kernels.layer(torch.cat([layer.weight.detach() for layer in layers]).contiguous(), torch.cat(biases))
