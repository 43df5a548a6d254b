"""The diarization pipelines: pyannote's `SpeakerDiarization` frame around models that are on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from pyannote.audio import Pipeline
from pyannote.audio.core.plda import PLDA
from pyannote.audio.pipelines import SpeakerDiarization

from meetbot import models
from meetbot.diarize.embedding import load_embedding
from meetbot.diarize.options import COMMUNITY
from meetbot.diarize.segmentation import load_segmentation
from meetbot.errors import ModelMissing
from meetbot.progress import Progress

HUB_NAME = "pyannote/speaker-diarization-community-1"


class _NoPLDA(PLDA):  # type: ignore[misc]  # pyannote.audio is untyped
    """SpeakerDiarization wants a PLDA even where the clustering has no use for one, and would ask the hub for it."""

    def __init__(self) -> None:
        pass


def bundled(device: torch.device, *, offline: bool, progress: Progress) -> SpeakerDiarization:
    """segmentation-3.0 and CAM++ in pyannote's pipeline, on `device`. Raises ModelMissing."""
    pipeline = SpeakerDiarization(
        segmentation=load_segmentation(models.require("segmentation-3.0", offline=offline, progress=progress)),
        segmentation_step=0.2,
        embedding=load_embedding(models.require("campplus", offline=offline, progress=progress)),
        embedding_exclude_overlap=True,
        plda=_NoPLDA(),
        clustering="AgglomerativeClustering",
        segmentation_batch_size=16,
        embedding_batch_size=16,
    )
    pipeline.instantiate(
        {
            "segmentation": {"min_duration_off": 0.0},
            "clustering": {"method": "centroid", "min_cluster_size": 6, "threshold": 0.9},
        }
    )
    return pipeline.to(device)


def community(device: torch.device, *, offline: bool) -> Pipeline:
    """pyannote's community-1, from the hub's cache or (with access and a token) from the hub. Raises ModelMissing."""
    hint = f"Ask for access at hf.co/{HUB_NAME}, log in with `hf auth login`, or leave --pipeline out."
    try:
        with _hub(offline):
            pipeline: Any = Pipeline.from_pretrained(HUB_NAME)
    except Exception as error:  # the hub's client has a dozen kinds of refusal, and they change
        raise ModelMissing(f"{COMMUNITY} cannot be loaded: {type(error).__name__}.", hint=hint) from error
    if pipeline is None:
        raise ModelMissing(f"{COMMUNITY} is not on this machine, or the hub refused it.", hint=hint)
    return pipeline.to(device)


@contextmanager
def _hub(offline: bool) -> Iterator[None]:
    """The hub's client, allowed out of this machine unless `offline`."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = offline
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
