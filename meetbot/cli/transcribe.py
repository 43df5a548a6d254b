"""`meetbot transcribe`: who said what, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meetbot.cli import picture, run
from meetbot.cli.options import End, Force, Json, Output, OutputFolder, Quiet, Recordings, Restart, Start, with_settings
from meetbot.config import Settings
from meetbot.errors import UsageError

Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        "--output-format",
        metavar="FORMAT",
        help="txt, json, md, srt, vtt, lrc, tsv, rttm, stm or all; may be repeated.",
        rich_help_panel="Output",
        show_default=False,
    ),
]


@with_settings("Speech", "Speakers", "Library", "Machine")
def transcribe(
    recordings: Recordings,
    *,
    formats: Formats = None,
    output: Output = None,
    output_dir: OutputFolder = None,
    max_line_width: Annotated[
        int, typer.Option(min=10, help="Characters in a caption's line.", rich_help_panel="Output")
    ] = 42,
    max_line_count: Annotated[int, typer.Option(min=1, help="Lines in a caption.", rich_help_panel="Output")] = 2,
    highlight_words: Annotated[
        bool, typer.Option(help="Underline each word as it is spoken (srt, vtt).", rich_help_panel="Output")
    ] = False,
    as_json: Json = False,
    force: Force = False,
    start: Start = 0.0,
    end: End = None,
    restart: Restart = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Write down who said what, with the time of every word.

    Examples:

        meetbot transcribe meeting.m4a\n
        meetbot transcribe talk.mp4 -f srt -o talk.srt\n
        meetbot transcribe *.wav -f all --output-dir transcripts
    """
    from meetbot.export import CaptionStyle, ExportOptions, Meeting, write

    wanted = _formats(formats, as_json, output)
    if output_dir is None and (len(wanted) > 1 or len(recordings) > 1):
        raise UsageError("Several files are to be written.", hint="Say where: --output-dir DIR.", kind="output")
    run.check_apart(recordings, output_dir)
    stages = run.pipeline(settings, "transcribe", start=start, end=end, restart=restart, quiet=quiet)
    style = CaptionStyle(max_line_width=max_line_width, max_line_count=max_line_count, highlight_words=highlight_words)

    def one(source: str) -> None:
        targets = {name: run.target(source, name, output, output_dir) for name in wanted}
        run.check_free((path for path in targets.values() if path), force)
        transcript = stages.transcribe(stages.open(source))
        if not transcript.utterances:
            stages.progress.warn(f"no speech was found in {source}")
        picture.show(transcript, quiet=quiet)
        run.keep(stages, source, transcript)
        for name, path in targets.items():
            meeting = Meeting(transcript, media=run.media(source, path))
            run.deliver(write(meeting, name, ExportOptions(captions=style)), path, quiet=quiet)

    raise typer.Exit(run.each(recordings, one))


def _formats(formats: list[str] | None, as_json: bool, output: str | None) -> list[str]:
    """Which formats to write: those asked for, else what the output file's name says, else plain text."""
    from meetbot.export import TRANSCRIPT_FORMATS

    if as_json:
        return ["json"]
    if formats is None:
        suffix = Path(output).suffix[1:].lower() if output else ""
        return [suffix if suffix in TRANSCRIPT_FORMATS else "txt"]
    if "all" in formats:
        return list(TRANSCRIPT_FORMATS)
    for name in formats:
        if name not in TRANSCRIPT_FORMATS:
            raise UsageError(f"No format is called {name}.", hint=f"There are {', '.join(TRANSCRIPT_FORMATS)} and all.")
    return list(dict.fromkeys(formats))
