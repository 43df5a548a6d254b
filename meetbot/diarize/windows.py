"""The segmentation network over a recording: ten-second windows in, who is active in each frame of each out.

Windows start on whole frames of the network, so that frames of different windows lie exactly on one another; the
last ones are padded with silence. Reads the recording window by window: memory does not grow with its length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pyannote.audio.utils.powerset import Powerset

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.diarize.parallel import each

FRAME = 270
"""Samples from one frame of segmentation-3.0 to the next (its strides: 10 · 3 · 3 · 3)."""
CENTRE = 495
"""Samples from the start of a window to the centre of its first frame (receptive field: 991 samples)."""
WINDOW = 10 * SAMPLE_RATE
RATE = SAMPLE_RATE / FRAME

Report = Callable[[int, int], None]
"""Called with (done, total)."""


def offsets(samples: int, step: int) -> NDArray[np.int64]:
    """In which frame of the recording each window begins; together they reach its end. `step` in frames."""
    beyond = max(0, samples - WINDOW)
    return np.arange(0, 1 + -(-beyond // (step * FRAME)), dtype=np.int64) * step


def activity(
    model: Any, audio: Audio, begins: NDArray[np.int64], *, device: torch.device, report: Report
) -> NDArray[np.bool_]:
    """(windows, frames, speakers): who speaks. Speakers are numbered anew in every window."""
    specification = model.specifications
    powerset = Powerset(len(specification.classes), specification.powerset_max_classes)
    mapping = powerset.build_mapping().numpy().astype(bool)
    size = 4 if device.type == "cpu" else 64  # a core's cache holds no more; measured

    def infer(batch: NDArray[np.int64]) -> NDArray[np.bool_]:
        waveforms = np.zeros((len(batch), 1, WINDOW), np.float32)
        for row, begin in zip(waveforms, batch.tolist(), strict=True):
            start = audio.start + begin * FRAME / SAMPLE_RATE
            piece = audio.window(start, start + WINDOW / SAMPLE_RATE)[:WINDOW]
            row[0, : len(piece)] = piece
        scores = model(torch.from_numpy(waveforms).to(device))
        classes: NDArray[np.int64] = scores.argmax(dim=-1).cpu().numpy()
        return mapping[classes]

    batches = [begins[first : first + size] for first in range(0, len(begins), size)]
    found, done = [], 0
    for batch in each(infer, batches, device):
        found.append(batch)
        done += len(batch)
        report(done, len(begins))
    return np.concatenate(found)
