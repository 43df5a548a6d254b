"""Sound to log-mel spectrograms, Whisper's input: samples in, (n_mels, 3000) out. Knows nothing of speech.

A window shorter than 30 s is padded with zero *samples* before the spectrum, as in training; padding the finished
spectrogram instead costs words (faster-whisper pull request 1101).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from whisper.audio import HOP_LENGTH, N_FFT, N_SAMPLES, mel_filters


@torch.inference_mode()
def log_mel(pieces: list[NDArray[np.float32]], n_mels: int, device: torch.device | None = None) -> Tensor:
    """Windows of at most 30 s at 16 kHz to spectrograms of shape (windows, n_mels, 3000).

    Equal to whisper's `log_mel_spectrogram(pad_or_trim(piece))` one by one; each window has its own maximum.
    """
    padded = torch.zeros(len(pieces), N_SAMPLES)
    for row, piece in enumerate(pieces):
        length = min(len(piece), N_SAMPLES)
        padded[row, :length] = torch.from_numpy(np.ascontiguousarray(piece[:length], dtype=np.float32))
    return torch.stack([_one(samples, n_mels) for samples in padded.to(device or "cpu")])


def _one(samples: Tensor, n_mels: int) -> Tensor:
    # One window at a time: a window's spectrum is 5 MB and stays near the processor.
    spectrum = torch.stft(samples, N_FFT, HOP_LENGTH, window=_hann(samples.device), return_complex=True)
    power = torch.view_as_real(spectrum[..., :-1]).square().sum(-1)
    mel = mel_filters(samples.device, n_mels) @ power
    log = mel.clamp_(min=1e-10).log10_()
    scaled: Tensor = log.clamp_(min=log.max() - 8.0).add_(4.0).div_(4.0)
    return scaled


@lru_cache(maxsize=4)
def _hann(device: torch.device) -> Tensor:
    return torch.hann_window(N_FFT).to(device)


FRAME = 320  # samples: 20 ms


def energies(samples: NDArray[np.float32], frame: int = FRAME) -> NDArray[np.float32]:
    """Mean square of every 20 ms: where a window that must be cut in speech is cut at its quietest."""
    whole = len(samples) // frame * frame
    squares: NDArray[np.float32] = np.square(samples[:whole], dtype=np.float32).reshape(-1, frame).mean(axis=1)
    return squares
