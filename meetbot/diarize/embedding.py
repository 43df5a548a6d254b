"""CAM++ as a `pyannote.audio.Model`: 16 kHz waveforms and masks in, one voice vector each out.

This is the embedding that pyannote's pipelines, metrics and `Inference` can use as it is.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from pyannote.audio.core.model import Model
from pyannote.audio.core.task import Problem, Resolution, Specifications
from torch import Tensor
from torchaudio.compliance import kaldi

from meetbot.diarize.campplus import DIMENSION, MEL_BINS, CamPlus

WEIGHTS = "model.safetensors"


def filterbank(waveform: Tensor) -> Tensor:
    """Log mel filterbank of one waveform (samples,) in [-1, 1]: (frames, 80), a frame every 10 ms, not normalised."""
    features: Tensor = kaldi.fbank(waveform.unsqueeze(0), num_mel_bins=MEL_BINS, sample_frequency=16_000.0)
    return features


class CamPlusEmbedding(Model):
    """Voice vectors of 192 coordinates; compare them by their cosine."""

    dimension = DIMENSION

    def __init__(self) -> None:
        super().__init__(sample_rate=16_000, num_channels=1)
        self.network = CamPlus()
        self.specifications = Specifications(
            problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=3.0, min_duration=0.5
        )

    def forward(self, waveforms: Tensor, weights: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """Waveforms (batch, 1, samples) to vectors (batch, 192).

        `weights` (batch, n) says how much each moment counts, at any resolution; all of them alike when None.
        Vectors of waveforms with no weight at all are NaN, which pyannote's clustering leaves out.
        """
        features = torch.stack([filterbank(waveform) for waveform in waveforms.squeeze(1)])
        frames = self.network.frames(features - features.mean(dim=1, keepdim=True))
        if weights is None:
            weights = frames.new_ones(len(frames), frames.shape[2])
        else:
            weights = F.interpolate(weights.unsqueeze(1), size=frames.shape[2], mode="nearest").squeeze(1)
        mean, deviation = statistics(frames, weights)
        return self.network.pool(mean, deviation)


def statistics(frames: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted mean and (unbiased) deviation over time: frames (batch, channels, n), weights (batch, n) >= 0."""
    weights = weights.unsqueeze(1)
    total = weights.sum(dim=2)
    mean = (frames * weights).sum(dim=2) / total
    spread = ((frames - mean.unsqueeze(2)).square() * weights).sum(dim=2)
    freedom = total - weights.square().sum(dim=2) / total
    return mean, (spread / freedom.clamp_min(1e-6)).sqrt()


def load_embedding(folder: Path) -> CamPlusEmbedding:
    """CAM++ from its folder of the model store, ready for inference on the CPU."""
    from safetensors.torch import load_file

    model = CamPlusEmbedding()
    model.network.load_state_dict(load_file(folder / WEIGHTS))
    return model.eval()
