"""OpenAI's .pt files: {"dims": …, "model_state_dict": …}, read with torch's restricted unpickler, and written back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from meetbot.errors import ModelCorrupt, UsageError
from meetbot.models.convert import unpickle
from meetbot.models.whisper import Checkpoint, Dims


def read(path: Path) -> Checkpoint:
    """The model in `path`, its tensors mapped. A .pt says no alignment heads.

    Raises ModelCorrupt when the file holds more than weights, UsageError when it is another kind of checkpoint.
    """
    found = unpickle(path)
    if not isinstance(found, dict) or not {"dims", "model_state_dict"} <= set(found):
        raise UsageError(f"{path.name} is not a checkpoint of OpenAI's form.", kind="import")
    return Checkpoint(dict(found["model_state_dict"]), Dims(**found["dims"]), None)


def published_heads(name: str, dims: Dims) -> tuple[tuple[int, int], ...]:
    """The alignment heads that openai-whisper knows for its model `name`, as (layer, head)."""
    import base64
    import gzip

    import numpy as np
    from whisper import _ALIGNMENT_HEADS

    flat = np.frombuffer(gzip.decompress(base64.b85decode(_ALIGNMENT_HEADS[name])), dtype=bool)
    try:
        mask = flat.reshape(dims.n_text_layer, dims.n_text_head)
    except ValueError as error:
        raise ModelCorrupt(f"The file has another shape than the published model {name}.") from error
    return tuple((int(layer), int(head)) for layer, head in np.argwhere(mask))


def write(model: Checkpoint, path: Path) -> None:
    """The model as a .pt that `whisper.load_model(path)` opens; that form has no place for alignment heads."""
    import torch

    torch.save({"dims": asdict(model.dims), "model_state_dict": dict(model.tensors)}, path)
