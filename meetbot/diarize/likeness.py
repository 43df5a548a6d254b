"""Whom a stretch of a recording sounds like: the cosine of its voice vector to those of known speakers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from meetbot import models
from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.device import DeviceName, pick
from meetbot.diarize import pieces
from meetbot.diarize.cluster import unit
from meetbot.diarize.embedding import load_embedding
from meetbot.diarize.voices import HOP, LEAST, frames_of
from meetbot.diarize.windows import RATE
from meetbot.progress import Progress, Silent


def likeness(
    audio: Audio,
    spans: Sequence[tuple[float, float]],
    voices: Mapping[str, Sequence[float]],
    *,
    device: DeviceName = "auto",
    offline: bool = False,
    progress: Progress = Silent(),  # noqa: B008 - stateless
) -> list[tuple[float, ...]]:
    """For each of `spans` (start, end; seconds, to 3 s each) its cosine to each of `voices`, in their order.

    `voices` are those of a Diarization of the bundled pipeline. A span without enough sound has no cosines, (), nor has
    any where there are not two people to choose from. Raises ModelMissing, and ValueError for a longer span.
    """
    if not spans or len(voices) < 2:
        return [()] * len(spans)
    where = pick(device)
    network = load_embedding(models.require("campplus", offline=offline, progress=progress)).to(where).network
    known = unit(np.array(list(voices.values()), np.float32))
    total = round((audio.end - audio.start) * RATE)
    cuts = []
    for start, end in spans:
        first = min(max(0, round((start - audio.start) * RATE)), total)
        last = min(max(first + 1, round((end - audio.start) * RATE)), total)
        [cut] = pieces.between(first, last, total, RATE)
        cuts.append(cut)
    found: list[tuple[float, ...]] = [()] * len(spans)
    with progress.stage("align: voices", total=len(spans), unit="sentences") as step, torch.inference_mode():
        for index, _, frames in frames_of(network, audio, cuts, where):
            if len(frames) * HOP >= LEAST * SAMPLE_RATE:
                vector = network.pool(frames.mean(0, keepdim=True), frames.std(0, keepdim=True))[0]
                found[index] = tuple((known @ unit(vector.cpu().numpy())).tolist())
            step.advance()
    return found
