"""`meetbot correct`: a transcript out as text, corrections back, and what depends on it made again."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot import paths
from meetbot.cli import run, templates
from meetbot.cli.bar import progress
from meetbot.cli.library import Meeting
from meetbot.cli.options import Quiet, with_settings
from meetbot.config import Settings
from meetbot.errors import UsageError
from meetbot.store import write_atomic

if TYPE_CHECKING:
    from meetbot.domain import Notes, Transcript
    from meetbot.progress import Progress
    from meetbot.templates import Template


@with_settings("Notes", "Machine")
def correct(
    meeting: Meeting,
    *,
    apply: Annotated[
        str | None,
        typer.Option(
            "--apply", metavar="FILE", help="Take the corrected text from FILE; - is stdin.", show_default=False
        ),
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Only print the text to correct.")] = False,
    notes: Annotated[bool, typer.Option(help="Make the notes again, if there were any.")] = True,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Correct a transcript as text, in your editor. Words keep their times, and the notes are made again.

    Examples:

        meetbot correct weekly\n
        meetbot correct weekly --text > weekly.txt\n
        meetbot correct weekly --apply weekly.txt
    """
    from meetbot.library import Library, correcting

    with Library.open() as library:
        entry = library.find(meeting)
        kept = library.load(entry.id)
        template = _template(kept.notes, settings) if kept.notes and notes else None
        before = correcting.as_text(kept.transcript)
        if text:
            typer.echo(before, nl=False)
            return
        draft = paths.state() / f"correct-{entry.id}.txt"
        shown = progress(quiet)
        after = _read(apply) if apply else _edited(before, draft)
        try:
            corrected = correcting.apply(after, kept.transcript)
        except UsageError as error:
            if not apply:
                error.hint = f"Your text is kept: mend {draft} and run `meetbot correct {entry.id} --apply {draft}`."
            raise
        if corrected is kept.transcript:
            shown.note("Nothing was changed.")
        else:
            # Saved before the notes are made: they take a while, and may fail.
            library.correct(entry.id, corrected)
            shown.note(f"Corrected {entry.title}.")
            _suggest(kept.transcript, corrected, library.vocabulary(), shown)
        if not apply or Path(apply) == draft:
            draft.unlink(missing_ok=True)
    if template and corrected is not kept.transcript:
        stages = run.pipeline(settings, "notes", quiet=quiet)
        again = stages.summarize(corrected, entry.date, template)
        with Library.open() as library:
            library.add(corrected, again)
        shown.note("The notes are up to date.")


def _template(notes: Notes, settings: Settings) -> Template:
    """What -t asks for, else the template that the notes were made with."""
    if settings.template or notes.template is None:
        return templates.chosen(settings.template, None)
    return templates.chosen(notes.template, None, notes.parameters)


def _read(source: str) -> str:
    if source == "-":
        return sys.stdin.read()
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{source} cannot be read: {error}.") from None


def _edited(text: str, draft: Path) -> str:
    """`text` as the user leaves it in their editor. The draft stays until it was taken over."""
    if not sys.stdin.isatty():
        raise UsageError("An editor needs a terminal.", hint="Use --text and --apply FILE.")
    if draft.exists():
        hint = f"Take it over with --apply {draft}, or delete it."
        raise UsageError("A correction that could not be read is still here.", hint=hint)
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    write_atomic(draft, text)
    try:
        code = subprocess.run([*command, str(draft)], check=False).returncode
    except OSError as error:
        message = f"The editor {command[0]!r} cannot be started: {error.strerror}."
        raise UsageError(message, hint="Set EDITOR, or use --text and --apply FILE.") from None
    if code:
        raise UsageError(f"The editor ended with exit code {code}.", hint=f"Your text is in {draft}.")
    return draft.read_text(encoding="utf-8")


def _suggest(before: Transcript, after: Transcript, known: tuple[str, ...], progress: Progress) -> None:
    """Point out capitalised words that the corrections brought in: names that Whisper did not know."""
    heard, written = (
        {word for said in transcript.utterances for word in re.findall(r"[^\W\d_][\w-]+", said.text)}
        for transcript in (before, after)
    )
    names = sorted(word for word in written - heard - set(known) if word[0].isupper())
    if names:
        listed = " ".join(shlex.quote(name) for name in names[:8])
        progress.note(f"To have Whisper listen for them next time: meetbot vocabulary add {listed}")
