"""From published files to the form meetbot opens, once, when a model is fetched: one function a form.

Each takes the catalogue's entry, the folder of published files and the folder to fill. Nothing is unpickled but with
torch's restricted reader.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from meetbot.errors import ModelCorrupt
from meetbot.models.catalogue import Entry


def unpickle(path: Path, what: str = "weights") -> Any:
    """A .pt, .bin or .ckpt file of tensors and plain values, mapped rather than read. Raises ModelCorrupt.

    Files of torch's old format (before 1.6) cannot be mapped and are read whole.
    """
    from pickle import UnpicklingError

    import torch

    try:
        try:
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError as error:
            if "mmap" not in str(error):
                raise
            return torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise ModelCorrupt(f"{path.name} holds more than {what}, or is cut short; it was not opened.") from error


def as_it_is(entry: Entry, place: Path, build: Path) -> None:
    """Published files that need no conversion."""
    for path in sorted(place.rglob("*")):
        target = build / path.relative_to(place)
        if path.is_dir():
            target.mkdir(mode=0o700)
        else:
            path.rename(target)


def whisper_ctranslate2(entry: Entry, place: Path, build: Path) -> None:
    """CTranslate2's model.bin and config.json."""
    from meetbot.models import ctranslate2, whisper

    whisper.save(build, ctranslate2.read(place))


def whisper_openai(entry: Entry, place: Path, build: Path) -> None:
    """OpenAI's model.pt; the alignment heads are those of openai-whisper's table."""
    from dataclasses import replace

    from meetbot.models import openai_checkpoint, whisper

    model = openai_checkpoint.read(place / "model.pt")
    whisper.save(build, replace(model, alignment_heads=openai_checkpoint.published_heads(entry.openai, model.dims)))


def whisper_huggingface(entry: Entry, place: Path, build: Path) -> None:
    """A folder of transformers."""
    from meetbot.models import huggingface, whisper

    whisper.save(build, huggingface.read(place))


def pyannote(entry: Entry, place: Path, build: Path) -> None:
    """pyannote checkpoints, each in the folder it came in; what is no pickle stays as it is."""
    from meetbot.models import pyannote as room

    for path in sorted(place.rglob("*")):
        target = build / path.relative_to(place)
        if path.is_dir():
            target.mkdir(mode=0o700)
        elif path.name == "pytorch_model.bin":
            room.convert(path, target.parent)
        else:
            path.rename(target)


def state_dict(entry: Entry, place: Path, build: Path) -> None:
    """A plain dictionary of tensors, `model.pt`."""
    from meetbot.models import safetensors_file

    tensors = unpickle(place / "model.pt")
    safetensors_file.write(build / "model.safetensors", tensors.get("model_state", tensors), {"format": "pt"})


CONVERTERS: dict[str, Callable[[Entry, Path, Path], None]] = {
    "": as_it_is,
    "whisper-ctranslate2": whisper_ctranslate2,
    "whisper-openai": whisper_openai,
    "whisper-huggingface": whisper_huggingface,
    "pyannote": pyannote,
    "state-dict": state_dict,
}
