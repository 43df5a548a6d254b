"""Who spoke when. Audio in; turns (overlapping and exclusive) and one voice vector per speaker out.

Knows nothing of words or names. Concedes: more than two people at exactly the same time are heard as two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.device import DeviceName, pick
from meetbot.diarize.options import BUNDLED, COMMUNITY, DiarizeOptions
from meetbot.domain import Diarization, Turn
from meetbot.progress import Progress, Silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pyannote.core import Annotation

__all__ = ["BUNDLED", "VERSION", "DiarizeOptions", "diarize"]

VERSION = "7"
"""Bumped when the same audio and options give another result: part of the cache key."""


def diarize(
    audio: Audio,
    options: DiarizeOptions = DiarizeOptions(),  # noqa: B008 - frozen
    *,
    device: DeviceName = "auto",
    offline: bool = False,
    progress: Progress = Silent(),  # noqa: B008 - stateless
) -> Diarization:
    """The turns of `audio`, in seconds of the recording, and a voice vector of unit length per speaker.

    Silence, and sound without speech, give an empty Diarization. Raises ModelMissing.
    """
    import torch

    from meetbot.diarize import pipeline
    from meetbot.diarize.hook import Hook

    where = pick(device)
    recording: dict[str, Any] = {"uri": "recording"}
    if options.pipeline == COMMUNITY:
        chosen: Any = pipeline.community(where, offline=offline)
        waveform = torch.from_numpy(audio.window(audio.start, audio.end)).unsqueeze(0)
        recording |= {"waveform": waveform, "sample_rate": SAMPLE_RATE}
    else:
        chosen = pipeline.bundled(where, offline=offline, progress=progress)
        recording |= {"audio": audio}
    with Hook(progress) as hook:
        output = chosen.apply(
            recording,
            num_speakers=options.speakers,
            min_speakers=options.min_speakers,
            max_speakers=options.max_speakers,
            hook=hook,
        )
    return _to_domain(
        output.speaker_diarization, output.exclusive_speaker_diarization, output.speaker_embeddings, audio
    )


def _to_domain(
    annotation: Annotation, exclusive: Annotation, vectors: NDArray[np.float32] | None, audio: Audio
) -> Diarization:
    """pyannote's result with speakers S1, S2, … by first appearance and times of the whole recording."""
    import numpy as np

    labels = annotation.labels()
    names: dict[Any, str] = {}
    for _, _, label in annotation.itertracks(yield_label=True):
        names.setdefault(label, f"S{len(names) + 1}")
    voices: dict[str, tuple[float, ...]] = {}
    for label, vector in zip(labels, vectors if vectors is not None else (), strict=False):
        length = float(np.linalg.norm(vector))
        if np.isfinite(length) and length > 0:
            voices[names[label]] = tuple((vector / length).tolist())
    return Diarization(
        turns=_turns(annotation, names, audio),
        exclusive=_turns(exclusive, names, audio),
        voices={name: voices[name] for name in names.values() if name in voices},
    )


def _turns(annotation: Annotation, names: Mapping[Any, str], audio: Audio) -> tuple[Turn, ...]:
    """Turns in order of start, cut at the end of the audio (the last window is padded)."""
    tracks: Iterable[Any] = annotation.itertracks(yield_label=True)
    turns = (
        Turn(names[label], round(audio.start + segment.start, 3), round(min(audio.end, audio.start + segment.end), 3))
        for segment, _, label in tracks
    )
    return tuple(turn for turn in turns if turn.duration > 0)
