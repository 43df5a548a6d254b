"""The encoder: log-mel windows in, audio features out. Knows nothing of text.

Attention over 1,500 frames is a third of the arithmetic.
"""

from __future__ import annotations

import torch
from torch import Tensor

from meetbot.transcribe.weights import Encoder


@torch.inference_mode()
def encode(encoder: Encoder, mel: Tensor) -> Tensor:
    """(windows, n_mels, 3000) to (windows, 1500, width), in the encoder's precision (Radford et al. 2022, §2.2)."""
    attend = encoder.kernels.self_attention
    # Sums over layers are in 32 bits; what is multiplied is in the precision of the kernels.
    x = encoder.conv2(encoder.conv1(mel.transpose(1, 2))) + encoder.positions
    for block in encoder.blocks:
        x = block.out.onto(attend(block.qkv(block.norm(x)), encoder.heads), x)
        x = block.down.onto(block.up.gelu(block.mlp_norm(x)), x)
    return encoder.norm(x)
