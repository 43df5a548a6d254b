"""Whose voice is in these seconds? Spans of a recording in, a voice vector for each out.

The vectors are those of `voices`: CAM++ sees pieces of at most three seconds, each with at least 1.2 s in view, and a
span's vector is the statistics of all its frames.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from meetbot import models
from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.device import DeviceName, pick
from meetbot.diarize import pieces
from meetbot.diarize.campplus import DIMENSION
from meetbot.diarize.embedding import load_embedding
from meetbot.diarize.voices import HOP, LEAST, frames_of
from meetbot.diarize.windows import FRAME, RATE
from meetbot.progress import Progress, Silent

TOGETHER = 64
"""Spans whose frames are in memory at a time."""


def listen(
    audio: Audio,
    spans: Sequence[tuple[float, float]],
    *,
    device: DeviceName = "auto",
    offline: bool = False,
    progress: Progress = Silent(),  # noqa: B008 - stateless
) -> NDArray[np.float32]:
    """(spans, 192) unit vectors; `spans` in seconds of the recording. NaN where there is too little to hear.

    Raises ModelMissing.
    """
    where = pick(device)
    found = np.full((len(spans), DIMENSION), np.nan, np.float32)
    if not spans:
        return found
    network = load_embedding(models.require("campplus", offline=offline, progress=progress)).network.to(where)
    total = len(audio.samples) // FRAME
    for first in range(0, len(spans), TOGETHER):
        cuts: list[pieces.Piece] = []
        owners: list[int] = []
        for number, (start, end) in enumerate(spans[first : first + TOGETHER], first):
            low, high = (min(total, max(0, round((time - audio.start) * SAMPLE_RATE / FRAME))) for time in (start, end))
            if high > low:
                parts = pieces.between(low, high, total, RATE)
                cuts += parts
                owners += [number] * len(parts)
        frames: dict[int, list[Tensor]] = defaultdict(list)
        for index, _, vectors in frames_of(network, audio, cuts, where):
            frames[owners[index]].append(vectors)
        for number, parts_of in frames.items():
            mine = torch.cat(parts_of)
            if len(mine) >= LEAST * SAMPLE_RATE / HOP:
                with torch.inference_mode():
                    vector = network.pool(mine.mean(0, keepdim=True), mine.std(0, keepdim=True))[0].cpu().numpy()
                found[number] = vector / np.linalg.norm(vector)
    return found
