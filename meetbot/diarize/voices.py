"""Voice vectors for every piece, and for every speaker of every window, from frames computed once.

pyannote runs its embedding network over each window again, once for each of its speakers: with windows of ten
seconds every two and a half, twelve times over each second. Here CAM++ sees each second once, in pieces that follow
the voices (`pieces`), and a speaker's vector is the statistics of the frames that are his. Overlapped speech is left
out where enough remains without it. Works through the recording in blocks: memory does not grow with its length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.diarize import pieces
from meetbot.diarize.campplus import DIMENSION, CamPlus
from meetbot.diarize.embedding import filterbank
from meetbot.diarize.parallel import each
from meetbot.diarize.windows import CENTRE, FRAME, RATE, Report

HOP = 320
"""Samples from one frame vector of CAM++ to the next."""
MIDDLE = 200
"""Samples from the start of the recording to the centre of its first frame vector."""
CLEAN = 0.25
"""Seconds without overlap that are enough for a vector; with less, overlapped speech is used too."""
LEAST = 0.1
"""Seconds of speech below which there is no vector at all."""
BLOCK = 300
"""Seconds of frames held in memory at a time."""
GRAIN = 8
"""Pieces are lengthened to a multiple of this many frame vectors, so that some of equal length make a batch."""
BATCH = 8


@dataclass(frozen=True, slots=True)
class Voices:
    """Vectors (NaN where there is too little speech) and, for each, how many seconds of clean speech are in it.

    `tracks` (windows, speakers, 192) and `track_seconds` are of the speakers of each window; `stretches` (pieces, 192)
    and `stretch_seconds` of the pieces, in which one voice is expected; `piece_at` (frames of the segmentation) names
    the piece over each frame, -1 in silence.
    """

    tracks: NDArray[np.float32]
    track_seconds: NDArray[np.float64]
    stretches: NDArray[np.float32]
    stretch_seconds: NDArray[np.float64]
    piece_at: NDArray[np.int64]


def voices(
    network: CamPlus,
    audio: Audio,
    active: NDArray[np.bool_],
    begins: NDArray[np.int64],
    *,
    device: torch.device,
    report: Report,
) -> Voices:
    """The voices of all windows and pieces of `audio`; `active` and `begins` as in `windows`."""
    count, frames, speakers = active.shape
    tracks = np.full((count, speakers, DIMENSION), np.nan, np.float32)
    clean = active & (active.sum(axis=2, keepdims=True) == 1)
    used = np.where(clean.sum(axis=1, keepdims=True) >= CLEAN * RATE, clean, active)
    alone = pieces.alone(active, begins)
    cuts = pieces.cut(*pieces.votes(active, begins), RATE)
    stretches = np.full((len(cuts), DIMENSION), np.nan, np.float32)
    piece_at = np.full(len(alone), -1, np.int64)
    for number, piece in enumerate(cuts):
        piece_at[piece.start : piece.end] = number
    following = 0
    for bank, windows, done in _blocks(network, audio, cuts, begins, frames=frames, device=device):
        for window in windows:
            begin = int(begins[window])
            tracks[window] = _pooled(network, bank, used[window], begin)
        while following < len(cuts) and cuts[following].end <= int(begins[windows[-1]]) + frames:
            piece = cuts[following]
            mine = alone[piece.start : piece.end, None]
            stretches[following] = _pooled(network, bank, mine, piece.start)[0]
            following += 1
        report(done, count)
    seconds = np.array([alone[piece.start : piece.end].sum() / RATE for piece in cuts])
    return Voices(tracks, clean.sum(axis=1) / RATE, stretches, seconds, piece_at)


class Bank:
    """Frame vectors of a stretch of the recording: row r belongs to frame vector `first + r`."""

    def __init__(self, first: int, length: int, channels: int, device: torch.device) -> None:
        self.first = first
        self.frames = torch.zeros(length, channels, device=device)
        self.there = torch.zeros(length, dtype=torch.bool, device=device)

    def fill(self, start: int, frames: Tensor) -> None:
        """Put `frames` (n, channels) where frame vector `start` of the recording is, as far as it fits."""
        low, high = max(start, self.first), min(start + len(frames), self.first + len(self.frames))
        if low < high:
            self.frames[low - self.first : high - self.first] = frames[low - start : high - start]
            self.there[low - self.first : high - self.first] = True


def frame_at(segmentation_frame: int) -> int:
    """The frame vector nearest to a frame of the segmentation (both counted from the recording's start)."""
    return max(0, round((segmentation_frame * FRAME + CENTRE - MIDDLE) / HOP))


def _blocks(
    network: CamPlus,
    audio: Audio,
    cuts: list[pieces.Piece],
    begins: NDArray[np.int64],
    *,
    frames: int,
    device: torch.device,
) -> Iterator[tuple[Bank, range, int]]:
    """Banks of frames, each with the windows that lie in it; neighbouring banks share a window's length."""
    per_block = max(1, int(BLOCK * RATE / (begins[1] if len(begins) > 1 else frames)))
    carried: list[tuple[int, Tensor]] = []
    todo = iter(cuts)
    pending = next(todo, None)
    for first in range(0, len(begins), per_block):
        windows = range(first, min(len(begins), first + per_block))
        low, high = int(begins[windows[0]]), int(begins[windows[-1]]) + frames
        bank = Bank(frame_at(low), frame_at(high) - frame_at(low) + 1, network.channels, device)
        batch: list[pieces.Piece] = []
        while pending is not None and pending.start < high:
            batch.append(pending)
            pending = next(todo, None)
        for start, found in carried:
            bank.fill(start, found)
        fresh = [(start, found) for _, start, found in frames_of(network, audio, batch, device)]
        for start, found in fresh:
            bank.fill(start, found)
        # What the next block's first windows still reach.
        border = frame_at(int(begins[windows[-1]]))
        carried = [(start, found) for start, found in carried + fresh if start + len(found) > border]
        yield bank, windows, windows[-1] + 1


def frames_of(
    network: CamPlus, audio: Audio, cuts: list[pieces.Piece], device: torch.device
) -> Iterator[tuple[int, int, Tensor]]:
    """Frame vectors of each piece, (its index, number of the first, (n, 512)), in no order."""
    ends = (len(audio.samples) - MIDDLE * 2) // HOP
    alike: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    for index, piece in enumerate(cuts):
        start, end = frame_at(piece.start), min(frame_at(piece.end), ends)
        first, last = frame_at(piece.first), frame_at(piece.last)
        length = -(-(last - first) // GRAIN) * GRAIN
        first = max(0, min(first, ends - length))
        if end > start:
            alike[min(length, ends - first)].append((index, start, end, first))

    def infer(batch: tuple[int, list[tuple[int, int, int, int]]]) -> list[tuple[int, int, Tensor]]:
        length, group = batch
        features = torch.stack([_features(audio, first, length) for _, _, _, first in group]).to(device)
        found = network.frames(features).transpose(1, 2)
        return [
            (index, start, vectors[start - first : end - first].clone())
            for vectors, (index, start, end, first) in zip(found, group, strict=True)
        ]

    batches = [
        (length, group[at : at + BATCH]) for length, group in alike.items() for at in range(0, len(group), BATCH)
    ]
    for found in each(infer, batches, device):
        yield from found


def _features(audio: Audio, first: int, length: int) -> Tensor:
    """Normalised filterbank (2 · length, 80) under the frame vectors `first` and following."""
    begin = audio.start + first * HOP / SAMPLE_RATE
    samples = audio.window(begin, begin + (length * HOP + HOP) / SAMPLE_RATE)
    features = filterbank(torch.from_numpy(samples))[: 2 * length]
    short = 2 * length - len(features)
    if short:  # the recording ends here
        features = torch.cat([features, features[-1:].expand(short, -1)])
    return features - features.mean(dim=0)


def _pooled(network: CamPlus, bank: Bank, used: NDArray[np.bool_], begin: int) -> NDArray[np.float32]:
    """(speakers, 192) for one window, whose speakers are active where `used` (frames, speakers) says."""
    frames, speakers = used.shape
    first = frame_at(begin)
    rows = np.arange(first, min(first + round(frames * FRAME / HOP), bank.first + len(bank.frames)))
    nearest = np.clip(np.rint((rows * HOP + MIDDLE - CENTRE - begin * FRAME) / FRAME).astype(int), 0, frames - 1)
    there = bank.there[first - bank.first :][: len(rows)]
    sequence = bank.frames[first - bank.first :][: len(rows)]
    weights = torch.from_numpy(used[nearest].T.copy()).to(sequence.device) & there
    vectors = np.full((speakers, DIMENSION), np.nan, np.float32)
    enough = weights.sum(dim=1) >= LEAST * SAMPLE_RATE / HOP
    with torch.inference_mode():
        for speaker in torch.nonzero(enough).flatten().tolist():
            mine = sequence[weights[speaker]]
            vectors[speaker] = network.pool(mine.mean(0, keepdim=True), mine.std(0, keepdim=True))[0].cpu().numpy()
    return vectors
