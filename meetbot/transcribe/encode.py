"""The encoder: log-mel windows in, audio features out. Knows nothing of text.

Attention over 1,500 frames is a third of the arithmetic and half of the time on a processor.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from meetbot.transcribe.weights import Encoder, EncoderBlock


@torch.inference_mode()
def encode(encoder: Encoder, mel: Tensor) -> Tensor:
    """(windows, n_mels, 3000) to (windows, 1500, width), in the encoder's precision (Radford et al. 2022, §2.2)."""
    x = mel.to(encoder.positions.dtype)
    x = functional.gelu(functional.conv1d(x, *encoder.conv1, padding=1))
    x = functional.gelu(functional.conv1d(x, *encoder.conv2, stride=2, padding=1))
    x = x.transpose(1, 2) + encoder.positions
    for block in encoder.blocks:
        x = x + _attention(block, block.norm(x), encoder.heads)
        x = x + block.down(functional.gelu(block.up(block.mlp_norm(x))))
    return encoder.norm(x)


def _attention(block: EncoderBlock, x: Tensor, heads: int) -> Tensor:
    windows, frames, width = x.shape
    query, key, value = block.qkv(x).view(windows, frames, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    mixed = functional.scaled_dot_product_attention(query, key, value)
    return block.out(mixed.transpose(1, 2).reshape(windows, frames, width))
