"""The guard: how much of a training is kept, and whether the result may be installed.

Two kinds of speech have a say: what is held back of the data itself (own), and speech of other kinds (other), because
a model that learns a few voices or names may unlearn the rest. Of both, `choosing` decides how far the weights go from
the base's towards the trained ones (`blend`), and `judging`, which decided nothing, says whether that is good enough.

Weights half way between two models that share a beginning keep most of what was learnt and lose little of what was
known (WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from meetbot.errors import MeetbotError, UsageError
from meetbot.evaluate.scores import Score, rise
from meetbot.finetune import errors
from meetbot.finetune.segments import Segment
from meetbot.models import whisper
from meetbot.models.whisper import Checkpoint
from meetbot.progress import Silent, Step

if TYPE_CHECKING:
    import torch

SHARES = (0.25, 0.35, 0.5, 0.75, 1.0)
UNSEEN = 0.5  # the share when there is no other speech to choose with, as Wortsman et al. advise
# Errors on other speech may rise by five words in a thousand. A rise that a bootstrap calls noise is no measure: the
# fewer the words, the worse the model that would pass.
MARGIN = 0.005


@dataclass(frozen=True, slots=True)
class Speech:
    """Speech in `folder` that nobody trains on, in two halves: one that decides something, one that does not."""

    folder: Path
    choosing: tuple[Segment, ...]
    judging: tuple[Segment, ...]

    @classmethod
    def of(cls, folder: Path, segments: Sequence[Segment]) -> Speech:
        """Every other one of `segments` in each half. Raises UsageError when one half is empty."""
        said = [segment for segment in segments if segment.cues]
        if len(said) < 2:
            raise UsageError(
                f"{folder} has {len(said)} segments with text that can be held back: too few to judge with.",
                hint="Prepare more data, or more of it held back (`--held-back 0.2`).",
                kind="no_data",
            )
        return cls(folder, tuple(said[::2]), tuple(said[1::2]))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Errors of the base and of the tuned model on the same segments, in the same order."""

    base: tuple[Score, ...]
    tuned: tuple[Score, ...]

    def __str__(self) -> str:
        """Both rates and their difference in points, with its 95 % interval."""
        low, high = rise(self.base, self.tuned)
        noise = "" if low is None or high is None else f", 95 %: {100 * low:+.1f} to {100 * high:+.1f}"
        rates = f"{errors.rate(self.tuned):.1%} against {errors.rate(self.base):.1%}"
        return f"{rates} ({100 * self.rise:+.1f} points{noise})"

    @property
    def rise(self) -> float:
        """How much more the tuned model gets wrong, as a rate; negative when it gets less wrong."""
        return errors.rate(self.tuned) - errors.rate(self.base)


def blend(base: Checkpoint, tuned: Checkpoint, share: float) -> Checkpoint:
    """Weights that have gone `share` of the way from the base's to the tuned ones, in the base's precision."""
    mixed = {
        name: (start.float() + share * (tuned.tensors[name].float() - start.float())).to(start.dtype)
        for name, start in base.tensors.items()
    }
    return Checkpoint(mixed, base.dims, base.alignment_heads)


def choose(
    base: Checkpoint, tuned: Checkpoint, own: Speech, other: Speech, *, device: torch.device, step: Step
) -> float:
    """The share of the training that is kept: of those that cost nothing on other speech, the best on the own kind.

    What a model forgets grows with the share, so the first that makes more errors on other speech ends the search. Of
    equals the smallest is taken. Raises MeetbotError when the smallest share costs something already.
    """
    before = tuple(count(base, other.folder, other.choosing, device))
    found: list[tuple[float, float]] = []
    for share in SHARES:
        step.advance()
        mixed = blend(base, tuned, share)
        cost = Comparison(before, tuple(count(mixed, other.folder, other.choosing, device)))
        if cost.rise > 0:
            if not found:
                raise MeetbotError(
                    f"Even a share of {share} of the training makes more errors on other speech: {cost}. Nothing was "
                    "installed.",
                    hint="Prepare other speech together with the data, or train less (--learning-rate).",
                    kind="worse",
                )
            break
        found.append((errors.rate(count(mixed, own.folder, own.choosing, device)), share))
    return min(found)[1]


def compare(base: Checkpoint, tuned: Checkpoint, speech: Speech, device: torch.device) -> Comparison:
    """Both models on the half that decided nothing."""
    first, second = (tuple(count(one, speech.folder, speech.judging, device)) for one in (base, tuned))
    return Comparison(first, second)


def refuse_harm(model: str, own: Comparison, other: Comparison | None) -> None:
    """Raises MeetbotError when the tuned model is worse than `model` on its own kind of speech or on other speech."""
    if own.rise > 0:
        raise MeetbotError(
            f"The trained model makes more errors than {model} on held-back data: {own}. It was not installed.",
            hint="Prepare more data, or train less (--steps, --learning-rate).",
            kind="worse",
        )
    if other is not None and other.rise > MARGIN:
        raise MeetbotError(
            f"The trained model makes more errors than {model} on other speech: {other}. It was not installed.",
            hint="Prepare other speech together with the data, or train less (--learning-rate).",
            kind="worse",
        )


def count(model: Checkpoint, folder: Path, segments: Sequence[Segment], device: torch.device) -> list[Score]:
    """The errors of a checkpoint that is on no shelf, decoded in the device's usual precision."""
    from meetbot.models.whisper import load_whisper
    from meetbot.transcribe.engine import TorchEngine
    from meetbot.transcribe.engines import kernels_for

    with tempfile.TemporaryDirectory() as scratch:
        whisper.save(Path(scratch), model)
        loaded = load_whisper(Path(scratch), device)
    return errors.score(TorchEngine(loaded, kernels_for(loaded, "auto", Silent()), batch=8), folder, segments)
