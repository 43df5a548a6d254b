"""Finished pieces of work on disk, so that nothing is done twice and nothing is lost.

An artefact's name is a hash of everything that determines it; a write is atomic (a temporary file in the same
folder, synced, then renamed), so a reader sees a whole artefact or none, whatever was killed and when.
Artefacts are JSON text. They can always be deleted: they are a cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from meetbot import paths


class Memo(Protocol):
    """Finished pieces of one long stage: a killed run asks for them and goes on where it was."""

    def get(self, key: str) -> str | None:
        """What was put under `key`, or None."""

    def put(self, key: str, value: str) -> None:
        """Keep `value` under `key`, atomically."""


class NoMemo:
    """Remembers nothing."""

    def get(self, key: str) -> str | None:
        """None."""
        return None

    def put(self, key: str, value: str) -> None:
        """Forget `value`."""


def digest(*parts: Any) -> str:
    """A short name for `parts` (anything JSON can hold): equal parts, equal name, on every machine."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def write_atomic(path: Path, content: str | bytes) -> None:
    """Replace `path` by `content` with mode 0600, so that a reader sees the old file or the whole new one."""
    paths.private_folder(path.parent)
    data = content.encode() if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def write_out(path: Path, content: str | bytes) -> None:
    """Put `content` where a user wants it: a link stays one, and what is no file (a device, a pipe) is written to."""
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
    else:
        write_atomic(path.resolve(), content)


@dataclass(frozen=True)
class Store:
    """A folder of artefacts. `fresh` ignores what is there (`--restart`) but still writes.

    Where it cannot be written, `unwritable` is told why and work goes on; without, the error is raised.

    >>> store = Store(folder)                                        # doctest: +SKIP
    >>> store.put(digest("diarize", sha256, options), text)          # doctest: +SKIP
    """

    folder: Path
    fresh: bool = False
    unwritable: Callable[[OSError], None] | None = None

    def get(self, key: str) -> str | None:
        """The artefact `key`, or None."""
        if self.fresh:
            return None
        try:
            return self._path(key).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def put(self, key: str, value: str) -> None:
        """Keep `value` as artefact `key`."""
        try:
            write_atomic(self._path(key), value)
        except OSError as error:
            if self.unwritable is None:
                raise
            self.unwritable(error)

    def of(self, sha256: str) -> Store:
        """The artefacts of one recording: in a folder of their own, so that they can be deleted with the meeting."""
        return replace(self, folder=self.folder / sha256[:32])

    def within(self, *parts: Any) -> Memo:
        """A memo for the pieces of the stage that `parts` determine."""
        return _Pieces(self, digest(*parts))

    def sizes(self) -> Iterator[tuple[Path, int]]:
        """Every artefact and its size in bytes."""
        for path in sorted(self.folder.rglob("*.json")):
            yield path, path.stat().st_size

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


@dataclass(frozen=True)
class _Pieces:
    store: Store
    stage: str

    def get(self, key: str) -> str | None:
        return self.store.get(digest(self.stage, key))

    def put(self, key: str, value: str) -> None:
        self.store.put(digest(self.stage, key), value)
