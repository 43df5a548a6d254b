"""The transcribers that are compared: ours and the peers that are installed, all on the same weights.

Each is an opener: it is called once, in the contender's own process (`workers`), and what it gives is then asked for
the text of recordings; opening is not timed. Peers run as their authors' pages advise. A peer that is not installed is
left out, not failed: it belongs to the extra `bench`.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from meetbot.audio import Audio
from meetbot.bench.workers import Opener
from meetbot.device import DeviceName, pick
from meetbot.domain import Word
from meetbot.models import require
from meetbot.progress import Silent
from meetbot.store import NoMemo
from meetbot.transcribe.engines import open_engine
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.recording import transcribe_with

Transcriber = Callable[[Audio], str]


def installed() -> tuple[str, ...]:
    """The names of the contenders that can run here."""
    return tuple(name for name, package in PACKAGES.items() if not package or importlib.util.find_spec(package))


PACKAGES = {
    "meetbot": "",
    "meetbot, ctranslate2": "ctranslate2",
    "faster-whisper batched int8": "faster_whisper",
    "faster-whisper sequential int8": "faster_whisper",
    "openai-whisper": "whisper",
}


@contextmanager
def transcribers(
    names: tuple[str, ...], options: TranscribeOptions, device: DeviceName
) -> Iterator[dict[str, Opener[str]]]:
    """Openers of those called `names`; the weights they need in another form live until the block ends."""
    with _weights() as weights:
        openers: dict[str, Opener[str]] = {
            "meetbot": partial(_ours, options, device),
            "meetbot, ctranslate2": partial(_ours, replace(options, engine="ctranslate2"), device),
            "faster-whisper batched int8": partial(_faster, options, weights, device, batched=True),
            "faster-whisper sequential int8": partial(_faster, options, weights, device, batched=False),
            "openai-whisper": partial(_openai, options, device),
        }
        yield {name: openers[name] for name in names}


@contextmanager
def word_timer(options: TranscribeOptions, device: DeviceName) -> Iterator[Opener[tuple[Word, ...]]]:
    """The opener of faster-whisper, in batches, that says word by word when it was said. It has to be installed."""
    with _weights() as weights:
        yield partial(_faster_words, options, weights, device)


@contextmanager
def _weights() -> Iterator[Path]:
    """Where the first that needs them puts the weights in CTranslate2's form."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "weights"


def _ours(options: TranscribeOptions, device: DeviceName) -> Transcriber:
    engine = open_engine(options, device=device, offline=False, progress=Silent())

    def run(audio: Audio) -> str:
        found = transcribe_with(engine, audio, None, options, memo=NoMemo(), progress=Silent())
        return "".join(word.text for word in found.words)

    return run


def _openai(options: TranscribeOptions, device: DeviceName) -> Transcriber:
    from meetbot.models.whisper import load_whisper

    model = load_whisper(require(options.model), pick(device))

    def run(audio: Audio) -> str:
        # Its command line's defaults: beam of five, sampling of five when that fails.
        found = model.transcribe(
            audio.window(audio.start, audio.end),
            fp16=model.device.type == "cuda",
            beam_size=5,
            best_of=5,
            language=options.language,
            task=options.task,
        )
        return str(found["text"])

    return run


def _faster_words(options: TranscribeOptions, folder: Path, device: DeviceName) -> Callable[[Audio], tuple[Word, ...]]:
    from faster_whisper import BatchedInferencePipeline

    pipeline: Any = BatchedInferencePipeline(model=_faster_model(options, folder, device))

    def run(audio: Audio) -> tuple[Word, ...]:
        segments, _ = pipeline.transcribe(
            audio.window(audio.start, audio.end), language=options.language, batch_size=16, word_timestamps=True
        )
        heard = (word for segment in segments for word in segment.words)
        return tuple(Word(one.word, one.start, one.end, one.probability) for one in heard)

    return run


def _faster(options: TranscribeOptions, folder: Path, device: DeviceName, *, batched: bool) -> Transcriber:
    from faster_whisper import BatchedInferencePipeline

    model = _faster_model(options, folder, device)
    transcribe: Callable[..., Any] = model.transcribe
    more: dict[str, Any] = {}
    if batched:
        transcribe = BatchedInferencePipeline(model=model).transcribe
        more["batch_size"] = 16

    def run(audio: Audio) -> str:
        segments, _ = transcribe(
            audio.window(audio.start, audio.end), language=options.language, task=options.task, **more
        )
        return "".join(segment.text for segment in segments)

    return run


def _faster_model(options: TranscribeOptions, folder: Path, device: DeviceName) -> Any:
    from faster_whisper import WhisperModel

    from meetbot.models.exchange import export_model

    if not folder.exists():
        export_model(options.model, "ctranslate2", folder)
    cuda = pick(device).type == "cuda"
    return WhisperModel(
        str(folder),
        device="cuda" if cuda else "cpu",
        compute_type="int8_float16" if cuda else "int8",
        cpu_threads=torch.get_num_threads(),
    )
