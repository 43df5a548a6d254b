"""Finds a Whisper model's alignment heads by listening: the heads whose attention is where each word is spoken.

In: an installed model that does not know its heads. Out: (layer, head) pairs, kept in its config. The clip is half a
minute of English on the telephone that travels with pyannote.audio; its words, transcribed by people, and their times
(aligned by whisper-base with OpenAI's published heads) are in `calibration.json`. The model is made to say these words,
and a head's score is the attention it pays, on average over tokens, to the time of the word it is saying. Heads that
walk along but ahead or behind, of which there are many, score low. Concedes: a model that has forgotten English cannot
be calibrated.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from meetbot.errors import ModelError
from meetbot.progress import Progress

if TYPE_CHECKING:
    from whisper.model import Whisper

FRAME = 0.02  # seconds an encoder frame
SLACK = 0.1  # seconds around a word that still count as its time
KEEP = 0.6  # of the best head's score
MOST = 10  # openai-whisper's published models have 6 to 23
LEAST = 0.15  # the best head of a model that follows the words scores far more; an even spread over 30 s scores 0.02


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word of the clip with its leading space, and when it is said (seconds)."""

    text: str
    start: float
    end: float


def clip() -> tuple[NDArray[np.float32], tuple[Spoken, ...]]:
    """The clip, (480000,) at 16 kHz in [-1, 1], and its words."""
    import wave
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("pyannote.audio")  # finds it without importing it
    assert spec is not None
    assert spec.submodule_search_locations
    path = Path(next(iter(spec.submodule_search_locations))) / "sample" / "sample.wav"
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
    words = json.loads(files("meetbot.models").joinpath("calibration.json").read_text(encoding="utf-8"))
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32768), tuple(Spoken(*w) for w in words)


def timed_mass(attention: NDArray[np.float32], spans: Sequence[tuple[float, float]]) -> float:
    """The attention in each token's span of time, averaged over tokens.

    `attention` is (tokens, frames of 20 ms), each row summing to one; `spans` are seconds.

    >>> round(timed_mass(np.eye(2, 100, dtype=np.float32), [(0.0, 0.1), (1.0, 1.2)]), 2)
    0.5
    """
    total = 0.0
    for row, (start, end) in zip(attention, spans, strict=True):
        first = max(0, round((start - SLACK) / FRAME))
        total += float(row[first : max(first + 1, round((end + SLACK) / FRAME))].sum())
    return total / len(spans)


def scores(model: Whisper, samples: NDArray[np.float32], words: Sequence[Spoken]) -> NDArray[np.float32]:
    """(layers, heads): `timed_mass` of every cross-attention head of `model` while it is made to say `words`."""
    import torch
    import whisper
    from whisper.model import disable_sdpa
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(
        model.is_multilingual, num_languages=model.num_languages, language="en", task="transcribe"
    )
    prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    pieces = [tokenizer.encode(word.text) for word in words]
    text = [token for piece in pieces for token in piece]
    spans = [(word.start, word.end) for word, piece in zip(words, pieces, strict=True) for _ in piece]
    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(samples), model.dims.n_mels).to(model.device)
    found: dict[int, torch.Tensor] = {}
    hooks = [
        block.cross_attn.register_forward_hook(
            lambda _module, _inputs, outputs, layer=layer: found.__setitem__(layer, outputs[-1][0])
        )
        for layer, block in enumerate(model.decoder.blocks)
    ]
    try:
        with torch.no_grad(), disable_sdpa():
            model(mel[None], torch.tensor([[*prompt, *text, tokenizer.eot]], device=model.device))
    finally:
        for hook in hooks:
            hook.remove()
    # As in openai-whisper's timing, the row that predicts a token, the one before its own, is the one that looks at it.
    rows = slice(len(prompt) - 1, len(prompt) - 1 + len(text))
    table = np.zeros((model.dims.n_text_layer, model.dims.n_text_head), np.float32)
    for layer, logits in found.items():
        weights = logits.float()[:, rows].softmax(-1).cpu().numpy()
        table[layer] = [timed_mass(head, spans) for head in weights]
    return table


def choose(table: NDArray[np.float32]) -> tuple[tuple[int, int], ...]:
    """The heads of a table of `scores` that align: the best, and those not much worse, in order of layer and head.

    Of the upper half of the layers alone, as openai-whisper's own default is: heads below look for a sound, wherever
    it occurs, and take a repeated word for its double (docs/engine.md has the figures).
    """
    upper = _upper(table)
    lower = len(table) - len(upper)
    order = np.argsort(upper, axis=None)[::-1][:MOST]
    kept = [index for index in order if upper.flat[index] >= KEEP * upper.max()]
    return tuple(sorted((lower + int(i) // table.shape[1], int(i) % table.shape[1]) for i in kept))


def _upper(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """The upper half of the layers; all of a model that has one."""
    return table[len(table) // 2 :]


def calibrate(model: str, progress: Progress) -> tuple[tuple[int, int], ...]:
    """Find the alignment heads of the installed model `model` and keep them with it. Returns them.

    Raises ModelError when no head of the model follows the words of the clip.
    """
    import torch

    from meetbot.models import require, shelf, whisper
    from meetbot.models.pull import lock

    where = require(model, offline=True)
    with progress.stage("calibrate") as step:
        step.describe(model)
        table = scores(whisper.load_whisper(where, torch.device("cpu")), *clip())
    if _upper(table).max() < LEAST:
        raise ModelError(f"No attention head of {model} follows the speech of the calibration clip.", kind="heads")
    heads = choose(table)
    config = replace(whisper.read_config(where), alignment_heads=heads)
    with lock(progress):
        whisper.write_config(where, config)
        shelf.record(where, whisper.CONFIG)
    return heads
