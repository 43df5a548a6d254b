"""`meetbot actions`: what people took on, across meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli.bar import say
from meetbot.cli.options import Json

if TYPE_CHECKING:
    from meetbot.library import Action

actions_app = typer.Typer()

Numbers = Annotated[list[int], typer.Argument(metavar="ID...", help="As `meetbot actions` shows.", show_default=False)]


@actions_app.callback(invoke_without_command=True)
def actions(
    context: typer.Context,
    owner: Annotated[str | None, typer.Option(help="Only this person's (a part of the name).")] = None,
    meeting: Annotated[str | None, typer.Option("--in", metavar="MEETING", help="Only from this meeting.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Those that are done too.")] = False,
    as_json: Json = False,
) -> None:
    """List open tasks of all meetings, the first due first.

    Examples:

        meetbot actions\n
        meetbot actions --owner Ana\n
        meetbot actions done 12
    """
    if context.invoked_subcommand:
        return
    from meetbot.library import Library

    with Library.open() as library:
        within = library.find(meeting).id if meeting else None
        found = library.actions(owner=owner, done=None if all_ else False, meeting=within)
    if as_json:
        import json
        from dataclasses import asdict

        rows = [asdict(action) for action in found]
        typer.echo(json.dumps({"schema_version": 1, "actions": rows}, ensure_ascii=False))
        return
    for action in found:
        typer.echo(_row(action))
    if not found:
        say("No open tasks." if not all_ else "No tasks.")


@actions_app.command()
def done(numbers: Numbers) -> None:
    """Tick tasks off.

    Example: meetbot actions done 12 14
    """
    _tick(numbers, True)


@actions_app.command()
def reopen(numbers: Numbers) -> None:
    """Take ticks back.

    Example: meetbot actions reopen 12
    """
    _tick(numbers, False)


def _tick(numbers: list[int], done: bool) -> None:
    from meetbot.library import Library

    with Library.open() as library:
        for number in numbers:
            typer.echo(_row(library.tick(number, done)))


def _row(action: Action) -> str:
    from meetbot.export.clean import one_line
    from meetbot.export.clock import clock

    due = action.due_date or (one_line(action.due) if action.due else "")
    who = f"{one_line(action.owner)}: " if action.owner else ""
    mark = "x" if action.done else " "
    where = f"{one_line(action.title)}, {action.date}, {clock(action.start)}"
    return f"{action.id:>4} [{mark}] {due:<10}  {who}{one_line(action.task)}  ({where})"
