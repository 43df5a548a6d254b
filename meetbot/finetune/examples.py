"""Segments to what Whisper is trained with: spectrograms and label tokens, one example at a time from the disk.

Labels follow Whisper's format (Radford et al. 2022, figure 1): language, task, then each cue between its times; a share
of the examples without times, so that both ways of writing are kept; sound without speech is <|nospeech|>.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from whisper.tokenizer import Tokenizer, get_tokenizer

from meetbot.audio import load
from meetbot.finetune.segments import Segment
from meetbot.models.whisper import Dims
from meetbot.transcribe.features import log_mel

UNTIMED = 4  # one example in so many is written without times
IGNORED = -100  # a label that does not count


def labels(segment: Segment, tokenizer: Tokenizer, *, timed: bool) -> list[int]:
    """What the decoder shall write after start-of-transcript, with the end.

    Times are rounded to 0.02 s and never run backwards: speakers overlap, Whisper's text does not.
    """
    start = list(tokenizer.sot_sequence[1:])
    if not segment.cues:
        return [tokenizer.no_speech, tokenizer.eot]
    if not timed:
        text = tokenizer.encode(" " + segment.text)
        return [*start, tokenizer.no_timestamps, *text, tokenizer.eot]
    written, reached = start, 0
    for cue in segment.cues:
        first = max(reached, _stamp(cue.start))
        reached = max(first + 1, _stamp(segment.seconds if cue.end is None else cue.end))
        text = tokenizer.encode(" " + cue.text)
        written += [tokenizer.timestamp_begin + first, *text, tokenizer.timestamp_begin + reached]
    return [*written, tokenizer.eot]


def _stamp(seconds: float) -> int:
    return min(round(seconds / 0.02), 1498)


class Examples(Dataset[dict[str, Any]]):
    """The segments of `folder` whose labels fit the decoder."""

    def __init__(self, folder: Path, segments: Sequence[Segment], dims: Dims) -> None:
        self.folder, self.dims = folder, dims
        self.multilingual = dims.n_vocab >= 51865
        self.segments = [
            segment for segment in segments if len(self._labels(segment, timed=True)) <= dims.n_text_ctx // 2
        ]

    def __len__(self) -> int:
        return len(self.segments)

    def __getitem__(self, index: int) -> dict[str, Any]:
        segment = self.segments[index]
        audio = load(self.folder / segment.audio)
        features = log_mel([audio.window(0.0, audio.end)], self.dims.n_mels)[0]
        return {"input_features": features, "labels": self._labels(segment, timed=bool((index + 1) % UNTIMED))}

    def _labels(self, segment: Segment, *, timed: bool) -> list[int]:
        tokenizer = get_tokenizer(
            self.multilingual,
            num_languages=self.dims.n_vocab - 51765 - int(self.multilingual),
            language=segment.language,
            task=segment.task,
        )
        return labels(segment, tokenizer, timed=timed)


def collate(some: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Examples to a batch: features (n, mels, 3000), labels (n, longest) filled up with IGNORED."""
    longest = max(len(one["labels"]) for one in some)
    filled = [one["labels"] + [IGNORED] * (longest - len(one["labels"])) for one in some]
    return {"input_features": torch.stack([one["input_features"] for one in some]), "labels": torch.tensor(filled)}
