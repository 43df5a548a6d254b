"""`meetbot list`, `show`, `search`, `tag`, `rename`, `delete`: the meetings that were processed on this machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli import meaning, run
from meetbot.cli.bar import agreed, say
from meetbot.cli.options import Json, with_settings
from meetbot.config import Settings

if TYPE_CHECKING:
    from meetbot.library import Entry, Hit

Meeting = Annotated[
    str,
    typer.Argument(metavar="MEETING", help="An id, a recording, or a part of its name or title.", show_default=False),
]
Tag = Annotated[str | None, typer.Option("--tag", metavar="TAG", help="Only meetings with this tag.")]


def list_meetings(tag: Tag = None, as_json: Json = False) -> None:
    """List the meetings in the library, the latest first.

    Examples:

        meetbot list\n
        meetbot list --tag board
    """
    from meetbot.library import Library

    with Library.open() as library:
        entries = library.entries(tag)
    if as_json:
        _print_json("meetings", [asdict(entry) for entry in entries])
        return
    for entry in entries:
        typer.echo(_row(entry))
    if not entries:
        say("No meetings. `meetbot summarize RECORDING` puts one there.")


def _row(entry: Entry) -> str:
    from meetbot.export.clean import one_line
    from meetbot.export.clock import clock

    tags = "".join(f"  #{tag}" for tag in entry.tags)
    return f"{entry.id}  {entry.date}  {clock(entry.duration):>8}  {one_line(entry.title)}{tags}"


def show(
    meeting: Meeting,
    transcript: Annotated[bool, typer.Option("--transcript", help="The transcript, not the notes.")] = False,
    as_json: Json = False,
) -> None:
    """Print a meeting's notes; its transcript if it has none.

    Examples:

        meetbot show weekly\n
        meetbot show 3f2a91c0 --transcript
    """
    from meetbot import export
    from meetbot.library import Library

    with Library.open() as library:
        kept = library.load(library.find(meeting).id)
    notes = None if transcript else kept.notes
    media = run.media(kept.entry.source, None) if kept.entry.source else None
    format = "json" if as_json else "md" if notes else "txt"
    options = export.ExportOptions(done=kept.done)
    typer.echo(export.write(export.Meeting(kept.transcript, notes, media), format, options), nl=False)


@with_settings(also=("embedding",))
def search(
    query: Annotated[str, typer.Argument(help='Words; "a phrase"; begin*.', show_default=False)],
    *,
    meeting: Annotated[str | None, typer.Option("--in", metavar="MEETING", help="Only in this meeting.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Only what this speaker said.")] = None,
    tag: Tag = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many hits.")] = 20,
    as_json: Json = False,
    settings: Settings,
) -> None:
    """Find what was said, in any meeting: who said it and when. Meaning counts as well as words, once the embedding
    model is here (`meetbot models pull minilm-l6-v2`).

    Examples:

        meetbot search "release date"\n
        meetbot search '"ship on friday"' --in weekly\n
        meetbot search budget --speaker Ana --tag board
    """
    from meetbot.library import Library

    with Library.open() as library:
        within = library.find(meeting).id if meeting else None
        wanted = meaning.meant(query, settings.embedding)
        hits = library.search(query, limit=limit, meeting=within, speaker=speaker, tag=tag, meant=wanted)
    if as_json:
        _print_json("hits", [asdict(hit) for hit in hits])
        return
    before = ""
    for hit in hits:
        if hit.meeting != before:
            typer.echo(f"{typer.style(hit.title, bold=True)}  {hit.date}  {hit.meeting}")
        typer.echo(_found(hit))
        before = hit.meeting
    if not hits:
        say("Nobody said that.")


def _found(hit: Hit) -> str:
    """A hit as a line, its words in bold; the terminal's own codes cannot be in it."""
    from meetbot.export.clean import one_line
    from meetbot.export.clock import clock

    text, marks = hit.snippet()
    pieces, done = [], 0
    for start, end in marks:
        pieces += [_inert(text[done:start]), typer.style(_inert(text[start:end]), bold=True, fg="yellow")]
        done = end
    pieces.append(_inert(text[done:]))
    return f"  {clock(hit.start):>7}  {one_line(hit.speaker)}: {''.join(pieces)}"


def _inert(text: str) -> str:
    from meetbot.export.clean import one_line

    # one_line strips what stands at the ends, and pieces of a sentence need their spaces.
    return one_line(f".{text}.")[1:-1]


def tag(
    meeting: Meeting,
    tags: Annotated[list[str], typer.Argument(metavar="TAG...", help="One or more.", show_default=False)],
    remove: Annotated[bool, typer.Option("--remove", "-r", help="Take the tags away.")] = False,
) -> None:
    """Tag a meeting, or take tags away.

    Examples:

        meetbot tag weekly board q4\n
        meetbot tag weekly q4 --remove
    """
    from meetbot.library import Library

    with Library.open() as library:
        found = library.find(meeting)
        entry = library.untag(found.id, tags) if remove else library.tag(found.id, tags)
    typer.echo(_row(entry))


def rename(meeting: Meeting, title: Annotated[str, typer.Argument(help="The new title.", show_default=False)]) -> None:
    """Give a meeting another title, which later runs keep.

    Example: meetbot rename 3f2a91c0 "Release planning"
    """
    from meetbot.library import Library

    with Library.open() as library:
        typer.echo(_row(library.rename(library.find(meeting).id, title)))


def delete(
    meeting: Meeting,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a meeting: from the library, its index and the cache, for good. The recording itself stays.

    Example: meetbot delete 3f2a91c0
    """
    from meetbot import paths
    from meetbot.library import Library
    from meetbot.store import Store

    with Library.open() as library:
        entry = library.find(meeting)
        if not yes:
            agreed(f"Delete “{entry.title}” ({entry.date}) and everything made of it?")
        library.delete(entry.id)
    shutil.rmtree(Store(paths.cache() / "stages").of(entry.sha256).folder, ignore_errors=True)
    say(f"Deleted {entry.id}, {entry.title}." + (f" The recording stays: {entry.source}" if entry.source else ""))


def _print_json(name: str, rows: Sequence[object]) -> None:
    typer.echo(json.dumps({"schema_version": 1, name: rows}, ensure_ascii=False))


def register(app: typer.Typer) -> None:
    """Add everything that works on the library to `app`."""
    from meetbot.cli import actions, correct, export, vocabulary

    app.command("list")(list_meetings)
    for command in (show, search, correct.correct, export.export, tag, rename, delete):
        app.command()(command)
    app.add_typer(actions.actions_app, name="actions")
    app.add_typer(vocabulary.vocabulary_app, name="vocabulary")
