"""Small random Whisper models of every shape, and the logits a model gives for one fixed input."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from meetbot.models.whisper import Checkpoint, Dims, load_whisper

# Like the published ones but small: 80 or 128 mel bins, decoders shorter than encoders, 51,864 to 51,866 tokens.
SHAPES = {
    "tiny-like": Dims(80, 1500, 64, 2, 2, 51865, 448, 64, 2, 2),
    "english": Dims(80, 1500, 64, 2, 2, 51864, 448, 64, 2, 2),
    "large-v3-like": Dims(128, 1500, 64, 4, 3, 51866, 448, 64, 4, 3),
    "distil-like": Dims(128, 1500, 64, 2, 4, 51866, 448, 64, 2, 2),
    "one-layer-decoder": Dims(80, 1500, 64, 2, 3, 51865, 448, 64, 2, 1),
}


def random_checkpoint(dims: Dims, dtype: torch.dtype = torch.float16, seed: int = 1) -> Checkpoint:
    """A model of these dimensions with weights of a size at which all of it matters for the logits."""
    import whisper.model

    torch.manual_seed(seed)
    model = whisper.model.Whisper(whisper.model.ModelDimensions(**asdict(dims)))
    tensors = {}
    for name, tensor in model.state_dict().items():
        noise = torch.randn_like(tensor) * 0.08
        norm = name.split(".")[-2].endswith("ln") or "ln_post" in name
        value = (
            tensor
            if name == "encoder.positional_embedding"
            else noise + (1.0 if norm and name.endswith("weight") else 0.0)
        )
        tensors[name] = value.to(dtype)
    return Checkpoint(tensors, dims, ((0, 0), (dims.n_text_layer - 1, dims.n_text_head - 1)))


def features(dims: Dims) -> Tensor:
    """(1, n_mels, 3000): one window of made-up log-mel features."""
    return torch.randn(1, dims.n_mels, 3000, generator=torch.Generator().manual_seed(5))


def tokens(dims: Dims) -> Tensor:
    """(1, 12): a prompt without times, and some words."""
    # openai-whisper: English models have neither language nor task tokens, and every special id is one less.
    prompt = [50258, 50259, 50359, 50363] if dims.n_vocab == 51865 else [50258, 50259, 50360, 50364]
    prompt = [50257, 50362, 100, 200] if dims.n_vocab == 51864 else prompt
    return torch.tensor([[*prompt, 11, 262, 1000, 2000, 30_000, 7, 8, 13]])


def logits(folder: Path) -> Tensor:
    """(1, 12, n_vocab): what the model in `folder` says, in 32 bits."""
    model = load_whisper(folder, torch.device("cpu"))
    dims = Dims(**vars(model.dims))
    found: Tensor = model(features(dims), tokens(dims))
    return found
