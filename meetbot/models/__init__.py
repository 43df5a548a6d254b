"""Models: what there is (`catalogue`), what is here (`shelf`), how it comes (`pull`), how it is opened.

Other rooms call `require` and open what it names: a folder for Whisper, pyannote's parts and embeddings, a .gguf file
for a language model.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from meetbot.progress import Progress, Silent

__all__ = ["DEFAULTS", "contents", "offline_wanted", "require", "require_all"]

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
    missing, known = _search([model])
    if missing:
        _fetch(missing, offline=offline, progress=progress or Silent())
        missing, known = _search([model])
    return known[model]


def require_all(models: Sequence[str], *, offline: bool = False, progress: Progress | None = None) -> None:
    """As `require` for several, so that what a whole run needs is fetched once, before it starts."""
    missing, _ = _search(models)
    if missing:
        _fetch(missing, offline=offline, progress=progress or Silent())


def contents(model: str) -> tuple[str, ...]:
    """What tells `model` from another that had its name before; nothing for one of the catalogue, whose hash is fixed.

    Part of what a cache's key is made of: one may train or import again under the same id.
    """
    from meetbot.models import shelf
    from meetbot.models.catalogue import catalogue

    where = None if catalogue().find(model) else _search([model])[1].get(model)
    if where is None:
        return ()
    manifest = shelf.read_manifest(where)
    if manifest is not None:
        return tuple(sha for _, (_, sha) in sorted(manifest.files.items()))
    files = sorted(path for path in where.rglob("*") if path.is_file()) if where.is_dir() else [where]
    return tuple(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)


def _search(models: Sequence[str]) -> tuple[list[str], dict[str, Path]]:
    """The ids of those that are missing, and where the others are. Raises UsageError for a name nothing has."""
    from meetbot.models import shelf
    from meetbot.models.catalogue import catalogue

    missing: list[str] = []
    found: dict[str, Path] = {}
    for model in models:
        # A path has a separator or a model file's ending, so that a folder called "base" here does not hide the model.
        if (os.sep in model or model.endswith(".gguf")) and (given := Path(model).expanduser()).exists():
            found[model] = given
            continue
        known = catalogue().find(model)
        where = shelf.locate(known.id if known else model)
        if where:
            found[model] = where
            continue
        from meetbot.models.pull import entry

        missing.append(entry(model).id)
    return missing, found


def _fetch(missing: Sequence[str], *, offline: bool, progress: Progress) -> None:
    from meetbot.errors import ModelMissing
    from meetbot.models.pull import pull

    if offline or offline_wanted():
        names = " ".join(missing)
        verb = "is" if len(missing) == 1 else "are"
        raise ModelMissing(
            f"Not on this machine, and fetching is switched off: {', '.join(missing)}.",
            hint=f"`meetbot models pull {names}` fetches what {verb} missing.",
            kind="missing",
        )
    pull(missing, progress=progress)
