"""`meetbot summarize`: the notes on a recording."""

from __future__ import annotations

from typing import Annotated

import typer

from meetbot.cli import picture, run, templates
from meetbot.cli.options import End, Force, Json, Output, OutputFolder, Quiet, Recordings, Restart, Start, with_settings
from meetbot.config import Settings
from meetbot.errors import UsageError


@with_settings("Speech", "Speakers", "Notes", "Library", "Machine")
def summarize(
    recordings: Recordings,
    *,
    date: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD", help="When the meeting was; else the recording tells.", rich_help_panel="Notes"
        ),
    ] = None,
    parameters: templates.Parameters = None,
    transcript: Annotated[
        bool, typer.Option("--transcript", help="Append the transcript.", rich_help_panel="Output")
    ] = False,
    output: Output = None,
    output_dir: OutputFolder = None,
    as_json: Json = False,
    force: Force = False,
    start: Start = 0.0,
    end: End = None,
    restart: Restart = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Write notes: overview, decisions, action items, open questions, topics, each with the turns that show it.

    Examples:

        meetbot summarize meeting.m4a\n
        meetbot summarize meeting.m4a --speakers 4 --date 2026-11-20 -o notes.md\n
        meetbot summarize meeting.m4a -t board --notes-language de\n
        meetbot summarize monday.wav tuesday.wav --output-dir notes
    """
    from meetbot.export import ExportOptions, Meeting, write

    _check_date(date)
    if output and len(recordings) > 1:
        raise UsageError("Several recordings cannot be written to one file.", hint="Use --output-dir DIR.")
    if as_json and len(recordings) > 1 and output_dir is None:
        raise UsageError("--json prints one document.", hint="Use --output-dir DIR for several recordings.")
    run.check_apart(recordings, output_dir)
    template = templates.chosen(settings.template, parameters)
    stages = run.pipeline(settings, "notes", start=start, end=end, restart=restart, quiet=quiet)
    format = "json" if as_json or (output or "").endswith(".json") else "md"
    options = ExportOptions(transcript=transcript)

    def one(source: str) -> None:
        target = run.target(source, format, output, output_dir)
        run.check_free([target] if target else [], force)
        recording = stages.open(source)
        heard = run.corrected(stages.transcribe(recording), stages)
        picture.show(heard, quiet=quiet)
        notes = stages.summarize(heard, date or stages.date(recording), template)
        run.keep(stages, source, heard, notes)
        run.deliver(write(Meeting(heard, notes, run.media(source, target)), format, options), target, quiet=quiet)

    raise typer.Exit(run.each(recordings, one))


def _check_date(text: str | None) -> None:
    import datetime

    try:
        if text is not None:
            datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--date {text} is no date.", hint="Write it as 2026-11-23.") from None
