"""The diarization pipelines: pyannote's `SpeakerDiarization` around models that are on this machine.

Its steps and their order are pyannote's. Those that are slow, or that need memory in proportion to the length of the
recording times the number of speakers, are replaced behind the same methods: see `windows`, `voices` and `cluster`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pyannote.audio import Pipeline
from pyannote.audio.core.plda import PLDA
from pyannote.audio.pipelines import SpeakerDiarization
from pyannote.audio.pipelines.clustering import BaseClustering
from pyannote.core import Annotation, Segment, SlidingWindow, SlidingWindowFeature

from meetbot import models
from meetbot.audio import SAMPLE_RATE
from meetbot.diarize import cluster, decide, windows
from meetbot.diarize.embedding import load_embedding
from meetbot.diarize.options import COMMUNITY
from meetbot.diarize.voices import Voices, voices
from meetbot.errors import ModelMissing
from meetbot.models.pyannote import load_segmentation
from meetbot.progress import Progress

HUB_NAME = "pyannote/speaker-diarization-community-1"
STEP = 148
"""Frames from one window to the next: 2.5 s. docs/diarization.md has what other steps cost and gain."""
INACTIVE = -2
"""pyannote's mark for a local speaker who is nobody."""


class NoPLDA(PLDA):
    """SpeakerDiarization wants a PLDA even where the clustering has no use for one, and would ask the hub for it."""

    def __init__(self) -> None:
        pass


class VoiceClustering(BaseClustering):
    """`find` behind pyannote's interface. The voices come with the file, as `BundledDiarization` left them there."""

    expects_num_clusters = False

    def __init__(self, find: cluster.Find, step: int) -> None:
        super().__init__()
        self.find, self.step = find, step

    def __call__(  # type: ignore[override]
        self,
        embeddings: NDArray[np.float32],
        segmentations: SlidingWindowFeature,
        num_clusters: int | None = None,
        min_clusters: int | None = None,
        max_clusters: float | None = None,
        *,
        file: dict[str, Any],
        **_: Any,
    ) -> tuple[NDArray[np.int64], None, NDArray[np.float32]]:
        """(windows, speakers) people, and their mean voices (people, dimension). Nobody is INACTIVE."""
        heard: Voices = file["voices"]
        most = None if max_clusters is None or np.isinf(max_clusters) else int(max_clusters)
        means = decide.means(heard, self.find, fewest=num_clusters or min_clusters or 1, most=most)
        if means is None:
            active = segmentations.data.any(axis=1)
            return np.where(active, 0, INACTIVE), None, np.zeros((1, embeddings.shape[2]), np.float32)
        people = cluster.assign(cluster.unit(heard.tracks), means)
        file["people"] = decide.by_piece(heard, segmentations.data > 0, people, means, self.step)
        return np.where(people < 0, INACTIVE, people), None, means


class BundledDiarization(SpeakerDiarization):
    """segmentation-3.0 and CAM++. Takes {"uri", "audio": meetbot.audio.Audio} for a file."""

    step: int
    """Frames from one window to the next."""

    def get_segmentations(self, file: Mapping[str, Any], hook: Callable[..., None] | None = None) -> Any:
        """(windows, frames, speakers), 1 where a speaker is active."""
        audio = file["audio"]
        begins = windows.offsets(len(audio.samples), self.step)
        report = _reporter(hook, "segmentation")
        active = windows.activity(
            self._segmentation.model, audio, begins, device=self._segmentation.device, report=report
        )
        step = self.step * windows.FRAME / SAMPLE_RATE
        return SlidingWindowFeature(active.astype(np.float32), SlidingWindow(start=0.0, duration=10.0, step=step))

    def get_embeddings(
        self,
        file: dict[str, Any],
        binary_segmentations: SlidingWindowFeature,
        exclude_overlap: bool = False,
        hook: Callable[..., None] | None = None,
    ) -> NDArray[np.float32]:
        """(windows, speakers, 192), NaN where somebody speaks too little."""
        active = binary_segmentations.data > 0
        begins = np.arange(len(active), dtype=np.int64) * self.step
        network = self._embedding.model_.network
        report = _reporter(hook, "embeddings")
        file["voices"] = voices(network, file["audio"], active, begins, device=self._embedding.device, report=report)
        self._file = file
        found: NDArray[np.float32] = file["voices"].tracks
        return found

    def reconstruct(
        self, segmentations: SlidingWindowFeature, hard_clusters: NDArray[np.int64], count: SlidingWindowFeature
    ) -> SlidingWindowFeature:
        """(frames, people): in each frame the `count` people whom most windows hear."""
        who = self._file.get("people")
        if who is None:  # no voice was clear enough to tell people apart
            who = np.broadcast_to(hard_clusters[:, None, :], segmentations.data.shape)
        heard = decide.votes(segmentations.data > 0, who, len(count.data), int(hard_clusters.max()) + 1, self.step)
        return SlidingWindowFeature(decide.strongest(heard, count.data), count.sliding_window)

    @staticmethod
    def to_annotation(
        discrete_diarization: SlidingWindowFeature, min_duration_on: float = 0.0, min_duration_off: float = 0.0
    ) -> Annotation:
        """Runs of frames as turns; gaps shorter than `min_duration_off` closed, then short turns dropped."""
        frames, annotation = discrete_diarization.sliding_window, Annotation()
        for person, active in enumerate(discrete_diarization.data.T):
            edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
            spans: list[tuple[float, float]] = []
            for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
                start, end = frames[first].middle - frames.step / 2, frames[last - 1].middle + frames.step / 2
                if spans and start - spans[-1][1] < min_duration_off:
                    start = spans.pop()[0]
                spans.append((start, end))
            for start, end in spans:
                if end - start >= min_duration_on:
                    annotation[Segment(max(0.0, start), end), person] = person
        return annotation


def _reporter(hook: Callable[..., None] | None, step: str) -> windows.Report:
    def report(done: int, total: int) -> None:
        if hook is not None:
            hook(step, None, total=total, completed=done)

    return report


def bundled(
    device: torch.device,
    *,
    offline: bool,
    progress: Progress,
    step: int = STEP,
    find: cluster.Find = cluster.people,
) -> BundledDiarization:
    """The pipeline that comes with meetbot, on `device`. Raises ModelMissing.

    `step` in frames of the segmentation; `find` makes people of voices. Both are there to be compared with others.
    """
    pipeline = BundledDiarization(
        segmentation=load_segmentation(models.require("segmentation-3.0", offline=offline, progress=progress)),
        embedding=load_embedding(models.require("campplus", offline=offline, progress=progress)),
        embedding_exclude_overlap=True,
        plda=NoPLDA(),
        clustering="AgglomerativeClustering",
    )
    pipeline.step = step
    pipeline.clustering = VoiceClustering(find, step)
    pipeline.instantiate({"segmentation": {"min_duration_off": 0.0}})
    pipeline.to(device)
    return pipeline


def community(device: torch.device, *, offline: bool) -> Any:
    """pyannote's community-1, from the hub's cache or (with access and a token) from the hub. Raises ModelMissing."""
    hint = f"Ask for access at hf.co/{HUB_NAME}, log in with `hf auth login`, or leave --diarization out."
    try:
        with _hub(offline):
            pipeline = Pipeline.from_pretrained(HUB_NAME)
    except Exception as error:  # the hub's client has a dozen kinds of refusal, and they change
        raise ModelMissing(
            f"{COMMUNITY} cannot be loaded: {type(error).__name__}.", hint=hint, kind="missing"
        ) from error
    if pipeline is None:
        raise ModelMissing(f"{COMMUNITY} is not on this machine, or the hub refused it.", hint=hint, kind="missing")
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
