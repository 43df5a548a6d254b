"""Files over HTTPS, for users with a network: resumed where they broke off, hashed while written.

In: an address, a target and a hash. Out: the file, whole and checked, or a ModelError of one line. The hub is spoken to
directly (its file list with hashes, then the files), so that its downloads share the progress display, the resuming
and the checks of all others. Standard library only; HTTPS_PROXY, SSL_CERT_FILE, HF_ENDPOINT and HF_TOKEN are honoured.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from meetbot.errors import ModelCorrupt, ModelError
from meetbot.progress import Step

BLOCK = 1 << 20
TRIES = 4
TIMEOUT = 60.0  # seconds without a byte


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a hub repository. `sha256` for large files; small ones have git's hash of the blob instead."""

    name: str
    size: int
    sha256: str
    blob: str
    url: str


def hub_headers() -> dict[str, str]:
    """The user's hub token, where there is one."""
    from huggingface_hub import get_token

    token = get_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def hub_files(repository: str, revision: str = "main") -> list[HubFile]:
    """Every file of `repository` at `revision`, fixed to the commit it names now.

    Raises ModelError: no network, no such repository, or one that wants an account.
    """
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    url = f"{endpoint}/api/models/{quote(repository)}/revision/{quote(revision, safe='')}?blobs=true"
    with _open(url, hub_headers(), repository) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    at = f"{endpoint}/{quote(repository)}/resolve/{found['sha']}"
    files = []
    for sibling in found["siblings"]:
        large = sibling.get("lfs") or {}
        name = str(sibling["rfilename"])
        if name.startswith("/") or ".." in Path(name).parts:
            raise ModelCorrupt(f"The repository {repository} names a file outside itself.", hint="")
        size = int(large.get("size") or sibling.get("size") or 0)
        sha = str(large.get("sha256") or "")
        files.append(HubFile(name, size, sha, str(sibling.get("blobId") or ""), f"{at}/{quote(name)}"))
    return files


def fetch_hub(file: HubFile, target: Path, step: Step) -> None:
    """Fetch one file of the hub and check it against the hash the hub gave for it."""
    fetch(file.url, target, sha256=file.sha256, headers=hub_headers(), step=step)
    if not file.sha256 and file.blob:
        data = target.read_bytes()
        if hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() != file.blob:
            target.unlink()
            raise ModelCorrupt(f"{file.name} is not the file that was published.", hint="Pull it again.")


def fetch(url: str, target: Path, *, sha256: str, headers: Mapping[str, str], step: Step) -> None:
    """Write what is at `url` to `target`, going on with `target`.part if an earlier try left one.

    `step` advances by bytes, those already there included. Raises ModelError when the network fails for good,
    ModelCorrupt when the bytes do not have the hash `sha256` ("" when none is known).
    """
    if target.is_file():
        step.advance(target.stat().st_size)
        return
    part = target.with_name(target.name + ".part")
    counted = 0
    for attempt in range(TRIES):
        have = part.stat().st_size if part.is_file() else 0
        step.advance(max(0, have - counted))
        counted = max(counted, have)
        try:
            counted += _go_on(url, part, have, headers, step)
            break
        except (http.client.IncompleteRead, ConnectionError, TimeoutError) as error:
            if attempt == TRIES - 1:
                raise _unreachable(target.name, url) from error
    digest = hashlib.sha256()
    with part.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    if sha256 and digest.hexdigest() != sha256:
        part.unlink()
        raise ModelCorrupt(f"{target.name} is not the file that was published.", hint="Pull it again.")
    part.rename(target)


def _go_on(url: str, part: Path, have: int, headers: Mapping[str, str], step: Step) -> int:
    """Fetch the rest of a file of which `have` bytes are here. Returns the bytes that came."""
    wanted = {"Range": f"bytes={have}-"} if have else {}
    came = 0
    try:
        answer = _open(url, headers, part.stem, wanted)
    except ModelError as error:
        if isinstance(error.__cause__, urllib.error.HTTPError) and error.__cause__.code == 416:
            return 0  # nothing is left to send: the part is whole, as its hash will show
        raise
    with answer:
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        with part.open("ab" if resumed else "wb") as file:
            while block := answer.read(BLOCK):
                file.write(block)
                came += len(block)
                step.advance(len(block))
        if answer.length:  # http.client ends a read quietly when the connection breaks
            raise http.client.IncompleteRead(b"", answer.length)
    return came


def _open(url: str, headers: Mapping[str, str], name: str, more: Mapping[str, str] | None = None) -> Any:
    request = urllib.request.Request(url, headers={"User-Agent": "meetbot", **(more or {})})
    for key, value in headers.items():
        request.add_unredirected_header(key, value)  # a token is for the host it was given for
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        raise _refused(name, error) from error
    except urllib.error.URLError as error:
        raise _unreachable(name, url) from error


def _refused(name: str, error: urllib.error.HTTPError) -> ModelError:
    if error.code in (401, 403):
        return ModelError(
            f"The hub wants an account for {name} (HTTP {error.code}).",
            hint="Accept the model's conditions on its page, then `hf auth login` or set HF_TOKEN.",
            kind="refused",
        )
    if error.code == 404:
        return ModelError(f"The hub has no {name}.", hint="Check the name on the hub.", kind="fetch")
    return ModelError(
        f"Fetching {name} failed: HTTP {error.code} {error.reason}.", hint="Try again later.", kind="fetch"
    )


def _unreachable(name: str, url: str) -> ModelError:
    host = urllib.request.Request(url).host
    return ModelError(
        f"No network: {host} cannot be reached (fetching {name}).",
        hint="What came so far is kept; the same command goes on.",
        kind="network",
    )
