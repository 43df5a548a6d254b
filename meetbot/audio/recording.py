"""A recording that somebody names, and the part of it that is wanted: nothing is read before it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from meetbot.progress import Progress

if TYPE_CHECKING:
    from meetbot.audio import Audio


@dataclass(frozen=True)
class Clip:
    """Which part of a recording to work on, in seconds."""

    start: float = 0.0
    end: float | None = None


@dataclass
class Recording:
    """A recording that is decoded when a stage first needs its samples, and not before."""

    source: str
    clip: Clip
    progress: Progress
    split: bool = False

    @cached_property
    def audio(self) -> Audio:
        return self._loaded[0]

    def side(self, channel: int | None) -> Audio:
        """One channel of a recording that is split, or (None) all of it."""
        return self.audio if channel is None else self._loaded[1][channel]

    @cached_property
    def _loaded(self) -> tuple[Audio, tuple[Audio, ...]]:
        from meetbot import audio
        from meetbot.audio.sides import load_sides

        if self.split:
            return load_sides(self.source, start=self.clip.start, end=self.clip.end, progress=self.progress)
        return audio.load(self.source, start=self.clip.start, end=self.clip.end, progress=self.progress), ()

    @cached_property
    def sha256(self) -> str:
        from meetbot.audio.source import opened

        if not Path(self.source).is_file():
            # Standard input and pipes can be read but once; what does not exist is explained by the decoder.
            return self.audio.sha256
        with opened(self.source) as file:
            return file.sha256
