"""What a drafter is taught: windows of sound as the target encodes them, and what the target writes.

A window is a file (safetensors, about 1.5 MB), so that listening is done once, is resumed where it was interrupted, and
a drafter of another kind is trained on the same windows.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from meetbot.audio import Audio, load
from meetbot.errors import AudioError
from meetbot.models.safetensors_file import write
from meetbot.progress import Progress
from meetbot.transcribe.engine import Ask, TorchEngine
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.recording import cut_recording
from meetbot.transcribe.text import plain

AT_ONCE = 8
NOISY = 0.5  # of the windows get noise, where noise is asked for
NOISE_DB = (5.0, 30.0)  # under the speech
SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One window.

    sound: (frames, width) encoded; prompt: tokens before the text; tokens: the target's own, timestamps included,
    without the end; text: those that are text, and begins: the frame (20 ms) at which each of them begins.
    """

    sound: Tensor
    prompt: Tensor
    tokens: Tensor
    text: Tensor
    begins: Tensor


def recordings(inputs: Sequence[Path]) -> list[Path]:
    """Every recording among `inputs`, folders searched. Raises AudioError when there is none."""
    found = []
    for entry in inputs:
        inside = sorted(path for path in entry.rglob("*") if path.suffix.lower() in SUFFIXES)
        found += inside if entry.is_dir() else [entry]
    if not found:
        raise AudioError(f"No recordings in {', '.join(map(str, inputs))}.", kind="missing")
    return found


def listen(
    engine: TorchEngine, inputs: Sequence[Path], folder: Path, *, noise: bool = False, progress: Progress
) -> list[Path]:
    """Transcribe every window of `inputs` greedily and keep it in `folder`; what is there already is not done again.

    With `noise` half of the windows get white or brown noise, seeded by the window, before they are encoded.
    """
    found: list[Path] = []
    paths = recordings(inputs)
    folder.mkdir(parents=True, exist_ok=True)
    waiting: list[tuple[Path, NDArray[np.float32]]] = []
    with progress.stage("listening", total=len(paths), unit="recordings") as step:
        for path in paths:
            audio = load(path)
            for name, sound in _windows(audio):
                file = folder / f"{name}{'-noise' if noise else ''}.safetensors"
                if not file.exists():
                    waiting.append((file, _noisy(sound, name) if noise else sound))
                found.append(file)
            while len(waiting) >= AT_ONCE:
                _hear(engine, waiting[:AT_ONCE])
                waiting = waiting[AT_ONCE:]
            step.advance()
        if waiting:
            _hear(engine, waiting)
    return [file for file in found if file.exists()]


def read(file: Path) -> Lesson:
    """A window from its file."""
    parts = load_file(str(file))
    return Lesson(parts["sound"], parts["prompt"], parts["tokens"], parts["text"], parts["begins"])


def _windows(audio: Audio) -> list[tuple[str, NDArray[np.float32]]]:
    cut = cut_recording(audio, None, TranscribeOptions())
    return [
        (f"{audio.sha256[:16]}-{index:04d}", np.concatenate([audio.window(*piece) for piece in window.pieces]))
        for index, window in enumerate(cut)
    ]


def _noisy(sound: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if rng.random() > NOISY:
        return sound
    white = rng.standard_normal(len(sound)).astype(np.float32)
    noise = white if rng.random() < 0.5 else np.convolve(white, np.exp(-np.arange(24) / 6.0), mode="same")
    level = float(np.sqrt(np.mean(sound**2) + 1e-12)) * 10 ** (-rng.uniform(*NOISE_DB) / 20)
    mixed: NDArray[np.float32] = (sound + noise * (level / float(noise.std()))).astype(np.float32)
    return mixed


def _hear(engine: TorchEngine, some: Sequence[tuple[Path, NDArray[np.float32]]]) -> None:
    heard = engine.hear([sound for _, sound in some])
    chances, _ = engine.listen(heard)
    languages = [max(row, key=lambda code: row[code]) if row else "en" for row in chances]
    rows = range(len(some))
    ask = Ask(languages, "transcribe")
    decoded = engine.write(heard, rows, ask)
    texts = [plain(engine.tokenizer("en", "transcribe"), row.tokens) for row in decoded]
    begins = engine.align(heard, rows, ask, texts, [len(sound) / 16_000 for _, sound in some])
    for row, (file, _) in enumerate(some):
        prompt = engine.tokenizer(languages[row], "transcribe").sot_sequence
        parts = {
            "sound": heard.cache.sound[row].to(torch.bfloat16).cpu(),
            "prompt": torch.tensor(prompt),
            "tokens": torch.tensor(decoded[row].tokens, dtype=torch.long),
            "text": torch.tensor(texts[row], dtype=torch.long),
            "begins": torch.from_numpy(begins[row][: len(texts[row])].copy()),
        }
        partial = file.with_suffix(".partial")
        write(partial, parts)
        partial.replace(file)
