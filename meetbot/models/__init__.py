"""Models: what there is (`catalogue`), what is here (`shelf`), how it comes (`pull`), how it is opened.

Other rooms call `require` and open what it names: a folder for Whisper, pyannote's parts and embeddings, a .gguf file
for a language model.
"""

from __future__ import annotations

import os
from pathlib import Path

from meetbot.progress import Progress, Silent

__all__ = ["DEFAULTS", "offline_wanted", "require"]

# What the default settings need.
DEFAULTS = ("whisper-base", "segmentation-3.0", "campplus", "qwen2.5-coder-1.5b", "minilm-l6-v2")


def offline_wanted() -> bool:
    """Whether MEETBOT_OFFLINE forbids fetching."""
    return os.environ.get("MEETBOT_OFFLINE", "").lower() not in ("", "0", "false", "no")


def require(model: str, *, offline: bool = False, progress: Progress | None = None) -> Path:
    """Where `model` (id, alias, or a path of the user's) is on this machine, fetched first if it is missing.

    >>> require("base")  # doctest: +SKIP
    PosixPath('/home/ana/.local/share/meetbot/models/whisper-base')

    A folder, or the .gguf file of a language model. Raises ModelMissing when the model is missing and `offline` or
    MEETBOT_OFFLINE=1 forbids fetching it, ModelCorrupt when it is damaged, UsageError when no model has that name,
    ModelError when fetching fails.
    """
    from meetbot.errors import ModelMissing
    from meetbot.models import shelf
    from meetbot.models.catalogue import catalogue

    # A path has a separator or a model file's ending, so that a folder called "base" here does not hide the model.
    if (os.sep in model or model.endswith(".gguf")) and (given := Path(model).expanduser()).exists():
        return given
    known = catalogue().find(model)
    found = shelf.locate(known.id if known else model)
    if found:
        return found
    if known is None:
        from meetbot.models.pull import entry

        entry(model)  # raises UsageError
        raise AssertionError
    if offline or offline_wanted():
        raise ModelMissing(
            f"The model {known.id} is not on this machine, and fetching is switched off.",
            hint=f"meetbot models pull {known.id}",
            kind="missing",
        )
    from meetbot.models.pull import pull

    pull([known.id], progress=progress or Silent())
    found = shelf.locate(known.id)
    assert found is not None
    return found
