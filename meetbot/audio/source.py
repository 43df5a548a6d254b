"""A recording's bytes: found, readable, hashed. In: a path or "-". Out: an open, seekable file with its SHA-256.

What cannot be rewound (stdin, a named pipe) is first copied to a temporary file without a name.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from meetbot import paths
from meetbot.errors import AudioError, UsageError

_BLOCK = 1 << 20


@dataclass(frozen=True, eq=False)
class SourceFile:
    """An open recording. `name` is for people: the file's name, or "stdin"; `size` is in bytes."""

    name: str
    sha256: str
    size: int
    file: BinaryIO


@contextmanager
def opened(source: str | Path) -> Iterator[SourceFile]:
    """`source` open for reading from its first byte, closed at the end of the block.

    Raises AudioError: audio.missing, .folder, .forbidden, .empty, .no_space, .unreadable.
    """
    if str(source) == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError(
                "Nothing comes in on stdin.", hint="Pipe a recording in, or name a file: cat talk.mp3 | meetbot …"
            )
        with _spooled(sys.stdin.buffer) as file:
            yield _hashed("stdin", file)
        return
    path = Path(source)
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise AudioError(
                f"{path} is a folder, not a recording.", hint=f"Name the files in it: {path}/*.mp3", kind="folder"
            )
        if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
            raise AudioError(f"{path} is a device, not a recording.", hint="Name a media file.", kind="unreadable")
        with path.open("rb") as file:
            if stat.S_ISREG(kind):
                yield _hashed(paths.shown(path.name), file)
            else:
                with _spooled(file) as copy:
                    yield _hashed(paths.shown(path.name), copy)
    except OSError as error:
        raise _explained(path, error) from error


def anonymous_file() -> BinaryIO:
    """A temporary file that no folder lists: it is gone with the process, even a killed one. TMPDIR says where."""
    return tempfile.TemporaryFile()


@contextmanager
def _spooled(stream: BinaryIO) -> Iterator[BinaryIO]:
    with anonymous_file() as file:
        while block := stream.read(_BLOCK):
            file.write(block)
        file.flush()
        yield file


def _hashed(name: str, file: BinaryIO) -> SourceFile:
    file.seek(0)
    digest = hashlib.sha256()
    size = 0
    while block := file.read(_BLOCK):
        digest.update(block)
        size += len(block)
    if not size:
        raise AudioError(
            f"{name} is empty: it has no bytes.", hint="Was the recording saved, or the copy finished?", kind="empty"
        )
    file.seek(0)
    return SourceFile(name=name, sha256=digest.hexdigest(), size=size, file=file)


def _explained(path: Path, error: OSError) -> AudioError:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            if path.is_symlink():
                target = os.readlink(path)
                return AudioError(
                    f"{path} is a link to {target}, which does not exist.", hint="Mend the link.", kind="missing"
                )
            return AudioError(f"There is no file {path}.", hint="Check the path.", kind="missing")
        case errno.EACCES | errno.EPERM:
            return AudioError(
                f"{path} may not be read by this user.", hint=f"Allow it: chmod u+r '{path}'", kind="forbidden"
            )
        case errno.ENOSPC | errno.EDQUOT:
            return AudioError(
                "There is no room left for the decoded recording.",
                hint=f"Free some space in {tempfile.gettempdir()}, or set TMPDIR to a roomier folder.",
                kind="no_space",
            )
        case _:
            return AudioError(
                f"{path} cannot be read: {error.strerror or error}.", hint="Copy it to a local disk.", kind="unreadable"
            )
