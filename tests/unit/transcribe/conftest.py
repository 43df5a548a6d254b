"""One real model, small, and the windows of one real recording, for every test here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor
from whisper.model import Whisper

from meetbot.audio import Audio, load
from meetbot.models.whisper import load_whisper
from meetbot.transcribe.features import log_mel
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.recording import cut_recording

SAMPLE = Path(__file__).parents[3] / "samples" / "weekly-sync.flac"


@pytest.fixture(scope="package")
def sample() -> Audio:
    return load(SAMPLE)


@pytest.fixture(scope="package")
def tiny(models: Callable[[str], Path]) -> Whisper:
    return load_whisper(models("whisper-tiny.en"), torch.device("cpu"))


@pytest.fixture(scope="package")
def mels(sample: Audio) -> Tensor:
    """The sample's windows as spectrograms, (windows, 80, 3000)."""
    import numpy as np

    cut = cut_recording(sample, None, TranscribeOptions())
    return log_mel([np.concatenate([sample.window(*piece) for piece in window.pieces]) for window in cut], 80)
