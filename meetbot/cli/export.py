"""`meetbot export`: a meeting of the library as a file for somebody else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from meetbot.cli import run
from meetbot.cli.bar import say
from meetbot.cli.library import Meeting
from meetbot.cli.options import Force, Output, OutputFolder
from meetbot.errors import UsageError

Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="md, json, html, docx, pdf, csv, ics, txt, srt, vtt, lrc, tsv, rttm or stm; may be repeated.",
        show_default=False,
    ),
]


def export(
    meeting: Meeting,
    *,
    formats: Formats = None,
    output: Output = None,
    output_dir: OutputFolder = None,
    transcript: Annotated[bool, typer.Option("--transcript", help="Append the transcript (md, docx, pdf).")] = False,
    notes: Annotated[bool, typer.Option(help="With the notes; else the transcript alone.")] = True,
    audio: Annotated[bool, typer.Option(help="Embed the recording (html).")] = True,
    link_audio: Annotated[bool, typer.Option("--link-audio", help="Link the recording instead (html).")] = False,
    max_line_width: Annotated[int, typer.Option(min=10, help="Columns in a caption's line.")] = 42,
    max_line_count: Annotated[int, typer.Option(min=1, help="Lines in a caption.")] = 2,
    highlight_words: Annotated[bool, typer.Option("--highlight-words", help="Underline words as spoken.")] = False,
    force: Force = False,
) -> None:
    """Write a meeting in another format: Markdown, a web page with its sound, a document, a calendar, captions.

    Examples:

        meetbot export weekly -f html -o weekly.html\n
        meetbot export weekly -f csv -o -\n
        meetbot export 3f2a91c0 -f docx -f ics -f srt --output-dir out
    """
    from meetbot.export import CaptionStyle, ExportOptions, write, writer
    from meetbot.export import Meeting as Exported
    from meetbot.library import Library

    run.one_place(output, output_dir)
    with Library.open() as library:
        kept = library.load(library.find(meeting).id)
    wanted = _wanted(formats, output)
    if len(wanted) > 1 and output_dir is None:
        raise UsageError("Several files are to be written.", hint="Say where: --output-dir DIR.", kind="output")
    source = Path(kept.entry.source) if kept.entry.source else None
    shown = kept.notes if notes else None
    for name in wanted:
        writer(name, notes=shown is not None)  # an unknown format is refused before any file is written
    targets = {
        name: output_dir / f"{file_stem(kept.entry.date, kept.entry.title)}.{name}" if output_dir else run.named(output)
        for name in wanted
    }
    run.check_free((path for path in targets.values() if path), force)
    options = ExportOptions(
        transcript=transcript,
        audio=_recording(source) if "html" in wanted and audio and not link_audio else None,
        link_audio=link_audio,
        captions=CaptionStyle(max_line_width, max_line_count, highlight_words),
        done=kept.done,
    )
    for name, path in targets.items():
        media = run.media(str(source), path) if source else None
        run.deliver(write(Exported(kept.transcript, shown, media), name, options), path)


def _wanted(formats: list[str] | None, output: str | None) -> list[str]:
    """The formats asked for, else the one that the output file's name says, else Markdown."""
    from meetbot.export import FORMATS

    if formats:
        return list(dict.fromkeys(formats))
    suffix = Path(output).suffix[1:].lower() if output else ""
    if suffix and suffix not in FORMATS:
        raise UsageError(f"There is no format {suffix!r}.", hint=f"Choose with -f: {', '.join(FORMATS)}.")
    return [suffix or "md"]


def _recording(source: Path | None) -> Path | None:
    if source and source.is_file():
        return source
    where = f"not at {source} any more" if source else "not on this disk"
    say(f"Warning: the recording is {where}: the page is without it.")
    return None


def file_stem(date: str, title: str) -> str:
    """A file name for a meeting: its date and title, without what file systems refuse, shells expand or hide."""
    from meetbot.export.clean import one_line

    words = re.sub(r"[^\w .,()'&+-]+|\.{2,}", " ", one_line(title))
    return f"{date[:10]} {' '.join(words.split())[:80].rstrip('. ') or 'meeting'}"
