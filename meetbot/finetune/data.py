"""Prepared data on disk: segments in, a folder out, and the way back.

DATA/audio/000000.flac …      16 kHz mono, at most 30 s each
DATA/segments.jsonl           a Segment a line
DATA/report.json, report.md   what was taken, what was left out and why
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meetbot import codec, paths
from meetbot.audio import SAMPLE_RATE
from meetbot.errors import MeetbotError, UsageError
from meetbot.finetune.segments import Segment

LIST = "segments.jsonl"


class Writer:
    """Writes segments one by one; the list is complete up to the last one whatever happens."""

    def __init__(self, folder: Path) -> None:
        if (folder / LIST).exists():
            raise UsageError(f"{folder} holds data already.", hint="Name another folder.", kind="exists")
        self.folder = paths.private_folder(folder)
        paths.private_folder(folder / "audio")
        self.count = 0

    def add(self, samples: NDArray[np.int16], segment: Segment) -> Segment:
        """Write `samples` (n,) int16 and the segment, which gets the name of its file. Raises MeetbotError."""
        try:
            import soundfile
        except ImportError as error:
            raise MeetbotError(
                "soundfile is not installed.", hint="`pip install 'meetbot[train]'` gets it.", kind="extra"
            ) from error
        named = replace(segment, audio=f"audio/{self.count:06d}.flac", seconds=len(samples) / SAMPLE_RATE)
        soundfile.write(self.folder / named.audio, samples, SAMPLE_RATE, subtype="PCM_16")
        with (self.folder / LIST).open("a", encoding="utf-8") as file:
            file.write(codec.to_json(named) + "\n")
        self.count += 1
        return named


def read(folder: Path) -> Iterator[Segment]:
    """The segments of prepared data, in order. Raises UsageError when there are none."""
    try:
        with (folder / LIST).open(encoding="utf-8") as file:
            for line in file:
                yield codec.from_json(Segment, line)
    except FileNotFoundError:
        raise UsageError(
            f"{folder} holds no prepared data.",
            hint="`meetbot finetune prepare INPUT -o DATA` makes it.",
            kind="no_data",
        ) from None
    except ValueError as error:
        raise UsageError(f"{folder / LIST} is damaged: {error}.", kind="malformed") from None


def fingerprint(folder: Path) -> str:
    """A short name for the data's content: a training that is continued must continue with the same."""
    return hashlib.sha256((folder / LIST).read_bytes()).hexdigest()[:16]
