"""The models on this machine: one folder each, with a manifest of what it holds. Reading only; `pull` fills it.

    <models>/whisper-base/model.safetensors, config.json, meetbot.json      the manifest
    <models>/.pull/                                                          downloads under way; `pull` cleans it

A model is there when its manifest is: folders are put in place by one rename, after everything in them was checked.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from meetbot import paths
from meetbot.errors import ModelCorrupt, ModelMissing, UsageError
from meetbot.progress import Progress, Step
from meetbot.store import write_atomic

MANIFEST = "meetbot.json"
BLOCK = 1 << 20

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # what may name a folder of ours: no path, nothing hidden
State = Literal["ok", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model's folder holds. `files` maps a name to (bytes, sha256); `origin` says where it came from."""

    id: str
    kind: str
    licence: str
    origin: str
    files: dict[str, tuple[int, str]]
    purpose: str = ""

    @property
    def bytes(self) -> int:
        """Size on disk."""
        return sum(size for size, _ in self.files.values())


def folder(model: str) -> Path:
    """Where the model called `model` (an id, not an alias) lives or would live. Raises UsageError for a wrong name."""
    if not NAME.fullmatch(model):
        raise UsageError(
            f"{model!r} is no model's name.", hint="`meetbot models list` shows them.", kind="unknown_model"
        )
    return paths.models() / model


def read_manifest(where: Path) -> Manifest | None:
    """The manifest of the model in folder `where`, or None when no whole model is there."""
    try:
        plain: dict[str, Any] = json.loads((where / MANIFEST).read_text(encoding="utf-8"))
        files = {str(name): (int(size), str(sha)) for name, (size, sha) in plain.pop("files").items()}
        return Manifest(files=files, **plain)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise ModelCorrupt(
            f"The manifest of the model in {where} cannot be read.",
            hint=f"`meetbot models pull {where.name}` fetches it again.",
        ) from error


def write_manifest(where: Path, manifest: Manifest) -> None:
    """Write `manifest` into folder `where`."""
    write_atomic(where / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")


def record(where: Path, name: str) -> None:
    """Take the file `name` of the model in `where` into its manifest as it is now, after changing it on purpose."""
    manifest = read_manifest(where)
    assert manifest is not None
    path = where / name
    write_manifest(where, replace(manifest, files=manifest.files | {name: (path.stat().st_size, sha256(path))}))


def installed() -> list[Manifest]:
    """Every model on this machine, by id."""
    root = paths.models()
    folders = sorted(path for path in root.iterdir() if not path.name.startswith(".")) if root.is_dir() else []
    found = []
    for path in folders:
        # One whose manifest is unreadable is shown as damaged where it is asked for by name.
        with contextlib.suppress(ModelCorrupt):
            found.append(read_manifest(path))
    return [manifest for manifest in found if manifest]


def sha256(path: Path, step: Step | None = None) -> str:
    """The hash of a file, read in blocks; `step` advances in bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            if step:
                step.advance(len(block))
    return digest.hexdigest()


def damage(where: Path, manifest: Manifest, *, thorough: bool = False, step: Step | None = None) -> str:
    """What is wrong with the model in `where`, in a few words, or "". Looks at sizes; `thorough` hashes every byte."""
    for name, (size, sha) in manifest.files.items():
        path = where / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size:,} bytes, not {size:,}"
        if thorough and sha256(path, step) != sha:
            return f"{name} was changed since it was fetched"
    return ""


def locate(model: str) -> Path | None:
    """The folder of `model`, or for a language model its .gguf file; None when it is not here.

    Raises ModelCorrupt when files are gone or have the wrong size (a look at sizes: hashing is for `verify`).
    """
    where = folder(model)
    manifest = read_manifest(where)
    if manifest is None:
        return None
    if wrong := damage(where, manifest):
        raise ModelCorrupt(
            f"The model {model} is damaged: {wrong}.", hint=f"`meetbot models pull {model}` fetches it again."
        )
    return usable(where, manifest)


def verify(model: str, progress: Progress) -> tuple[State, str]:
    """The state of `model` after hashing every byte, and what is wrong with it in a few words."""
    where = folder(model)
    try:
        manifest = read_manifest(where)
    except ModelCorrupt as error:
        return "damaged", str(error)
    if manifest is None:
        return "missing", ""
    with progress.stage("verify", total=manifest.bytes, unit="B") as step:
        step.describe(model)
        wrong = damage(where, manifest, thorough=True, step=step)
    return ("damaged", wrong) if wrong else ("ok", "")


def usable(where: Path, manifest: Manifest) -> Path:
    """What a program opens: the .gguf file of a language model, the folder of any other."""
    ggufs = [name for name in manifest.files if name.endswith(".gguf")]
    return where / ggufs[0] if ggufs else where


def remove(model: str) -> int:
    """Delete `model` from this machine; the bytes freed. Raises ModelMissing, or UsageError for a wrong name."""
    where = folder(model)
    if not where.is_dir():
        raise ModelMissing(
            f"The model {model} is not on this machine.", hint="`meetbot models list` shows them.", kind="missing"
        )
    freed = sum(path.stat().st_size for path in where.rglob("*") if path.is_file())
    # Renamed first, so that a reader sees a whole model or none.
    gone = paths.private_folder(paths.models() / ".pull") / f"removed-{model}-{os.getpid()}"
    where.rename(gone)
    shutil.rmtree(gone)
    return freed
