"""Where somebody speaks: sound in, spans of speech out. Knows nothing of who speaks, or of words.

The network is Silero VAD v6 (https://github.com/snakers4/silero-vad, MIT), whose weights come with its package; the
package itself is never imported, because importing it sets PyTorch to one thread for the whole process. Its
convolutions run over many frames at once and only its small LSTM goes frame by frame, which gives the
probabilities of the streaming original several times faster.

Concedes: music with singing counts as speech; whispering far from a microphone may not.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.errors import ModelMissing

FRAME = 512  # samples a frame: 32 ms
CONTEXT = 64  # samples of the frame before that each frame also sees
BLOCK = 120.0  # seconds of sound held as floats at once
FRAME_SECONDS = FRAME / SAMPLE_RATE

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """When a probability is speech. Seconds; the bias is to keep rather than to lose.

    `onset` opens a span and `offset`, lower, closes it (hysteresis); pauses under `min_pause` do not split, and spans
    under `min_speech` are dropped.
    """

    onset: float = 0.3
    offset: float = 0.15
    min_speech: float = 0.12
    min_pause: float = 0.1


def speech(audio: Audio, options: VoiceOptions = VoiceOptions()) -> list[Span]:
    """The spans of speech in `audio`, in seconds of the recording, ordered and disjoint."""
    probabilities = np.concatenate([*_probabilities(audio), np.zeros(0, np.float32)])
    return [
        (max(audio.start, audio.start + start), min(audio.end, audio.start + end))
        for start, end in spans(probabilities, options)
    ]


def spans(probabilities: NDArray[np.float32], options: VoiceOptions = VoiceOptions()) -> list[Span]:
    """Hysteresis over one probability a frame of 32 ms; seconds from the first frame. The end is not clipped.

    >>> spans(np.array([0, 0, 0.9, 0.3, 0.9, 0.9, 0.1, 0], np.float32), VoiceOptions(min_pause=0.05))
    [(0.064, 0.192)]
    """
    found: list[Span] = []
    begun: int | None = None
    for index, probability in enumerate(probabilities):
        if begun is None and probability >= options.onset:
            begun = index
        elif begun is not None and probability < options.offset:
            found.append((begun * FRAME_SECONDS, index * FRAME_SECONDS))
            begun = None
    if begun is not None:
        found.append((begun * FRAME_SECONDS, len(probabilities) * FRAME_SECONDS))
    return [span for span in merge(found, options.min_pause) if span[1] - span[0] >= options.min_speech]


def merge(found: list[Span], gap: float = 0.0) -> list[Span]:
    """Spans ordered and disjoint, those at most `gap` seconds apart joined.

    >>> merge([(3.0, 4.0), (0.0, 1.0), (0.5, 2.0)], gap=0.5)
    [(0.0, 2.0), (3.0, 4.0)]
    """
    merged: list[Span] = []
    for start, end in sorted(found):
        if merged and start - merged[-1][1] <= gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _probabilities(audio: Audio) -> Iterator[NDArray[np.float32]]:
    """One probability of speech for every 32 ms, in blocks: memory does not grow with the recording."""
    network = _network()
    state: tuple[Tensor, Tensor] | None = None
    per_block = int(BLOCK * SAMPLE_RATE) // FRAME * FRAME
    before = np.zeros(CONTEXT, np.float32)
    for first in range(0, len(audio.samples), per_block):
        block = audio.samples[first : first + per_block].astype(np.float32) / 32768.0
        block = np.pad(block, (0, -len(block) % FRAME))
        sound = torch.from_numpy(np.concatenate([before, block]))
        before = block[-CONTEXT:]
        found, state = network(sound.unfold(0, FRAME + CONTEXT, FRAME), state)
        yield found.numpy()
        audio.let_go()


class _Silero:
    """Silero VAD's network: short-time spectrum, four convolutions, one LSTM, one probability a frame."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        self.weights = weights
        self.lstm = torch.nn.LSTM(128, 128)
        self.lstm.load_state_dict({f"{name}_l0": weights[f"lstm_cell.{name}"] for name in
                                   ("weight_ih", "weight_hh", "bias_ih", "bias_hh")})  # fmt: skip

    @torch.inference_mode()
    def __call__(self, frames: Tensor, state: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Frames (n, 576) and the LSTM's state to probabilities (n,) and the next state."""
        weights = self.weights
        spectrum = functional.conv1d(
            functional.pad(frames, (0, 64), mode="reflect")[:, None], weights["stft_conv.weight"], stride=128
        )
        real, imaginary = spectrum[:, :129], spectrum[:, 129:]
        x = (real.square() + imaginary.square()).sqrt()
        for layer, stride in enumerate((1, 2, 2, 1), start=1):
            x = functional.conv1d(
                x, weights[f"conv{layer}.weight"], weights[f"conv{layer}.bias"], stride=stride, padding=1
            ).relu()
        hidden, state = self.lstm(x.squeeze(-1), state)
        return (hidden.relu() @ weights["final_conv.weight"][0, :, 0] + weights["final_conv.bias"]).sigmoid(), state


@lru_cache(maxsize=1)
def _network() -> _Silero:
    package = importlib.util.find_spec("silero_vad")
    if package is None or not package.submodule_search_locations:
        raise ModelMissing("the voice activity model is not installed", hint="pip install silero-vad", kind="missing")
    return _Silero(load_file(Path(package.submodule_search_locations[0]) / "data" / "silero_vad_16k.safetensors"))
