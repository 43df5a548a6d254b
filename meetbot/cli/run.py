"""What every command does around the pipeline: make one, and put results where the user wants them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from meetbot import paths
from meetbot.cli import meaning
from meetbot.cli.bar import progress, say
from meetbot.config import Settings
from meetbot.device import pick
from meetbot.errors import MeetbotError, UsageError
from meetbot.progress import Progress
from meetbot.store import Store, write_out

if TYPE_CHECKING:
    from meetbot.domain import Notes, Transcript
    from meetbot.pipeline import Goal, Pipeline


def pipeline(
    settings: Settings,
    goal: Goal,
    *,
    start: float = 0.0,
    end: float | None = None,
    restart: bool = False,
    quiet: bool = False,
) -> Pipeline:
    """The pipeline of one command."""
    from meetbot.audio.recording import Clip
    from meetbot.pipeline import Pipeline

    if end is not None and end <= start:
        raise UsageError(f"--end {end:g} is not after --start {start:g}.")
    if settings.library and goal != "diarize":
        settings = replace(settings, hotwords=_hotwords(settings.hotwords))
    settings = replace(settings, notes_language=_language(settings.notes_language))
    if settings.threads is not None:
        _use(settings.threads)
    if settings.beam_size is not None and settings.beam_size < 1:
        raise UsageError("--beam-size must be at least 1.")
    if goal != "diarize" and settings.language is not None:
        from meetbot.transcribe import languages

        languages.check(settings.language)  # before any work is done
    if settings.device != "auto":
        pick(settings.device)  # or the error that says that there is none
    shown = progress(quiet)
    return Pipeline(settings, _cache(fresh=restart, shown=shown), shown, Clip(start, end), goal)


def _cache(*, fresh: bool, shown: Progress) -> Store:
    """Where finished stages are kept. If that is impossible the run goes on, and says so once."""
    folder = paths.cache() / "stages"
    told: list[OSError] = []

    def unwritable(error: OSError) -> None:
        if not told:
            shown.warn(f"{folder} cannot be written ({error.strerror}): the next run begins from nothing.")
        told.append(error)

    return Store(folder, fresh, unwritable)


def _use(threads: int) -> None:
    """Keep to so many cores: every engine counts those this process may use, torch has to be told as well."""
    if threads < 1:
        raise UsageError("--threads must be at least 1.")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    import torch

    torch.set_num_threads(threads)


def _language(wanted: str | None) -> str | None:
    """The code of the language that --notes-language names. Raises UsageError."""
    from meetbot.words import language_code, language_names

    if wanted is None:
        return None
    code = language_code(wanted)
    if code is None:
        hint = f"Choose from {', '.join(language_names())}."
        raise UsageError(f"Notes cannot be asked for in {wanted!r}.", hint=hint, kind="language")
    return code


def _hotwords(given: str | None) -> str | None:
    """The user's vocabulary, and what this command adds to it."""
    from meetbot.library import Library

    with Library.open() as library:
        terms = [*(given or "").split(","), *library.vocabulary()]
    return ", ".join(dict.fromkeys(term.strip() for term in terms if term.strip())) or None


def corrected(transcript: Transcript, stages: Pipeline) -> Transcript:
    """The transcript as the user corrected it, if the library has that of the whole recording; else as it is."""
    if not stages.settings.library or stages.clip != type(stages.clip)():
        return transcript
    from meetbot.library import Library

    with Library.open() as library:
        known = library.of_recording(transcript.audio.sha256)
        if known is None or not known.corrected:
            return transcript
        stages.progress.note("transcript: as corrected in the library")
        return library.load(known.id).transcript


def keep(stages: Pipeline, source: str, transcript: Transcript, notes: Notes | None = None) -> None:
    """Put a whole meeting into the library, unless the user wants none."""
    if not stages.settings.library or stages.clip != type(stages.clip)():
        return
    from meetbot.library import Library

    with Library.open() as library:
        library.add(transcript, notes, source=None if source == "-" else Path(source).absolute())
        meaning.index(library, stages.settings.embedding, stages.progress)


def named(output: str | None) -> Path | None:
    """The file that --output names; None for stdout."""
    return Path(output) if output and output != "-" else None


def target(source: str, format: str, output: str | None, folder: Path | None) -> Path | None:
    """Where the `format` of `source` goes: --output, else a file of its name in --output-dir, else stdout (None)."""
    one_place(output, folder)
    if folder is not None:
        return folder / f"{'stdin' if source == '-' else Path(source).stem}.{format}"
    return named(output)


def one_place(output: str | None, folder: Path | None) -> None:
    """Refuse --output beside --output-dir. Raises UsageError."""
    if output is not None and folder is not None:
        raise UsageError("Both --output and --output-dir say where.", hint="Leave one of them out.", kind="output")


def check_apart(sources: Sequence[str], folder: Path | None) -> None:
    """Refuse recordings whose files in --output-dir would have one name, before any work. Raises UsageError."""
    first: dict[str, str] = {}
    for source in sources if folder else ():
        stem = Path(source).stem
        if stem in first:
            raise UsageError(
                f"{first[stem]} and {source} would be written to one file.",
                hint="Give them to two commands, each with its own --output-dir.",
                kind="output",
            )
        first[stem] = source


def media(source: str, target: Path | None) -> str | None:
    """The recording as a link from `target` (from here, for stdout); none for stdin."""
    if source == "-":
        return None
    return paths.shown(os.path.relpath(source, target.parent if target else "."))


def check_free(targets: Iterable[Path], force: bool) -> None:
    """Refuse to overwrite, before any work is done. Raises UsageError."""
    for target in targets:
        if target.is_dir():
            raise UsageError(f"{target} is a folder.", hint="Name a file, or use --output-dir.", kind="output")
        if target.is_file() and not force:
            raise UsageError(f"{target} exists.", hint="Use --force to overwrite it.", kind="exists")


def deliver(content: str | bytes, target: Path | None, *, quiet: bool = False) -> None:
    """Write `content` to `target` and say so, unless `quiet`; or to stdout when there is no target."""
    if target is not None:
        try:
            write_out(target, content)
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror}.", kind="output") from None
        progress(quiet).note(f"Wrote {target}")
    elif isinstance(content, bytes):
        sys.stdout.buffer.write(content)
    else:
        sys.stdout.write(content if content.endswith("\n") else content + "\n")


def each(sources: list[str], work: Callable[[str], None]) -> int:
    """Do `work` for every source; one that fails does not stop the rest. The exit code: 0, or the first failure's."""
    if len(sources) == 1:
        work(sources[0])
        return 0
    failed = 0
    for source in sources:
        try:
            work(source)
        except MeetbotError as error:
            say(f"Error: {source}: {error} {error.hint}".rstrip())
            failed = failed or error.exit_code
    return failed
