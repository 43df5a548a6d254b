"""Sources by errors times size: where a human look at the data pays most (Radford et al. 2022, §2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from meetbot.finetune import errors
from meetbot.finetune.segments import Segment
from meetbot.transcribe.engine import TorchEngine

AT_MOST = 600.0  # seconds of a source that are listened to


@dataclass(frozen=True, slots=True)
class SourceErrors:
    """One source and language: how long it is, and the error rate of a sample of it."""

    source: str
    language: str
    seconds: float
    rate: float

    @property
    def weight(self) -> float:
        """Seconds that a model gets wrong, about."""
        return self.seconds * self.rate


def by_source(engine: TorchEngine, folder: Path, segments: Iterable[Segment]) -> list[SourceErrors]:
    """All sources of prepared data, the heaviest first."""
    sizes: dict[tuple[str, str], float] = {}
    samples: dict[tuple[str, str], list[Segment]] = {}
    for segment in segments:
        key = (segment.source, segment.language)
        if sizes.get(key, 0.0) < AT_MOST:
            samples.setdefault(key, []).append(segment)
        sizes[key] = sizes.get(key, 0.0) + segment.seconds
    rows = [
        SourceErrors(*key, seconds, errors.rate(errors.score(engine, folder, samples[key])))
        for key, seconds in sizes.items()
    ]
    return sorted(rows, key=lambda row: -row.weight)
