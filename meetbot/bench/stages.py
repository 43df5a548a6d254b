"""Where our own time goes, and how near each stage comes to what this machine can do.

The roofline: a stage can be no faster than its arithmetic at the machine's peak, nor than its bytes at the memory's
(Williams et al. 2009). Both peaks are measured, not read from a data sheet: a large matrix product in the engine's
precision, and a copy of a tensor too large for any cache.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.domain import Task
from meetbot.transcribe.engine import Ask, TorchEngine
from meetbot.transcribe.features import log_mel
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.recording import cut_recording
from meetbot.transcribe.text import plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stage:
    """Seconds a window; the arithmetic and bytes it needs; `fraction` of the roofline that was reached."""

    name: str
    seconds: float
    gigaflop: float
    gigabyte: float
    fraction: float | None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Peaks in GFLOP/s and GB/s, and the stages of one batch of windows."""

    engine: str
    windows: int
    tokens: int
    peak_gigaflops: float
    peak_gigabytes: float
    stages: tuple[Stage, ...]


def peaks(device: torch.device, dtype: torch.dtype) -> tuple[float, float]:
    """Measured GFLOP/s of matrix products in `dtype`, and GB/s of memory."""
    size = 8192 if device.type == "cuda" else 2048
    left, right = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    large = torch.zeros((512 if device.type == "cuda" else 64) * 2**20, device=device)
    target = torch.empty_like(large)
    flops = 2 * size**3 / _fastest(lambda: left @ right, device)
    copied = 2 * large.nbytes / _fastest(lambda: target.copy_(large), device)
    return flops / 1e9, copied / 1e9


def breakdown(engine: TorchEngine, audio: Audio, options: TranscribeOptions) -> Breakdown:
    """One batch of `audio`'s windows through `engine`, stage by stage."""
    clock = Clock(engine.device)
    cut = clock("find speech, cut windows", lambda: cut_recording(audio, None, options))[: engine.batch]
    sounds = [np.concatenate([audio.window(*piece) for piece in window.pieces]) for window in cut]
    return batch_of(engine, sounds, clock, task=options.task)


def batch_of(
    engine: TorchEngine,
    sounds: Sequence[NDArray[np.float32]],
    clock: Clock,
    *,
    task: Task = "transcribe",
    most: Sequence[int] = (),
    peak: tuple[float, float] | None = None,
) -> Breakdown:
    """`sounds` of at most 30 s as one batch, each with so many tokens as `most` allows.

    What `clock` timed before stands first. `peak`: what `peaks` said, if it was asked already.
    """
    clock("spectrograms (within encode)", lambda: log_mel(list(sounds), engine.dims.n_mels, engine.device))
    heard = clock("encode", lambda: engine.hear(sounds))
    chances, _ = clock("ask the language", lambda: engine.listen(heard))
    languages = [max(row, key=lambda code: row[code]) if row else "en" for row in chances]
    ask = Ask(languages, task, most=most)
    before = engine.tally.row_passes, engine.tally.passes
    rows = range(len(sounds))
    decoded = clock("decode", lambda: engine.write(heard, rows, ask))
    row_passes, passes = engine.tally.row_passes - before[0], engine.tally.passes - before[1]
    if engine.beams > 1:
        searched = replace(ask, beam_size=engine.beams)
        clock(f"decode, {engine.beams} texts a window", lambda: engine.write(heard, rows, searched))
    texts = [plain(engine.tokenizer("en", task), row.tokens) for row in decoded]
    seconds = [len(sound) / SAMPLE_RATE for sound in sounds]
    clock("time words", lambda: engine.align(heard, rows, ask, texts, seconds))
    peak = peak or peaks(engine.device, engine.decoder.dtype)
    work = _work(engine, len(sounds), row_passes, passes)
    return Breakdown(
        engine.name,
        len(sounds),
        sum(len(row.tokens) for row in decoded),
        *peak,
        tuple(_stage(name, taken, work.get(name), peak, len(sounds)) for name, taken in clock.seconds.items()),
    )


def _stage(
    name: str, seconds: float, work: tuple[float, float] | None, peak: tuple[float, float], windows: int
) -> Stage:
    flop, byte = work or (0.0, 0.0)
    least = max(flop / 1e9 / peak[0], byte / 1e9 / peak[1])
    return Stage(name, seconds / windows, flop / 1e9 / windows, byte / 1e9 / windows, least / seconds if work else None)


def _work(engine: TorchEngine, windows: int, row_passes: int, passes: int) -> dict[str, tuple[float, float]]:
    """FLOP and bytes of the two large stages, from the model's shape."""
    dims = engine.dims
    width, frames, layers = dims.n_audio_state, dims.n_audio_ctx, dims.n_audio_layer
    size = torch.finfo(engine.decoder.dtype).bits // 8
    block = 2 * frames * 12 * width**2 + 4 * frames**2 * width
    ends = 2 * 2 * frames * 3 * width * dims.n_mels + 2 * frames * 3 * width**2
    cross = 2 * frames * 2 * width**2 * dims.n_text_layer
    weights = dims.n_text_layer * 14 * dims.n_text_state**2 + dims.n_vocab * dims.n_text_state
    attended = 2 * dims.n_audio_ctx * dims.n_text_state * dims.n_text_layer
    return {
        "encode": (windows * (layers * block + ends + cross), windows * layers * 16 * frames * width * size),
        "decode": (
            row_passes * (2.0 * weights + 2 * attended),
            passes * weights * size + row_passes * attended * size,
        ),
    }


class Clock:
    """Seconds of what it is handed, by name, the device's work included."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str, work: Callable[[], T]) -> T:
        _wait(self.device)
        start = time.perf_counter()
        found = work()
        _wait(self.device)
        self.seconds[name] = time.perf_counter() - start
        return found


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def _fastest(work: Callable[[], object], device: torch.device, times: int = 5) -> float:
    clock = Clock(device)
    taken = []
    for _ in range(times + 1):
        clock("once", work)
        taken.append(clock.seconds["once"])
    return statistics.median(taken[1:])
