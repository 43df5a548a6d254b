"""`meetbot templates`: what notes of a kind of meeting look like; and the templates a command was given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli import run
from meetbot.cli.options import Force
from meetbot.errors import UsageError

if TYPE_CHECKING:
    from meetbot.templates import Template

templates_app = typer.Typer(help="Templates: what the notes of a kind of meeting look like.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `meetbot templates list` shows.", show_default=False)]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        "-p",
        metavar="KEY=VALUE",
        help="Fill a parameter of the template; may be repeated.",
        rich_help_panel="Notes",
        show_default=False,
    ),
]


@templates_app.command("list")
def list_templates() -> None:
    """List the templates there are, the user's own marked with *.

    Example: meetbot templates list
    """
    from meetbot import templates

    for name, path in templates.every().items():
        mark = "*" if path.parent == templates.folder() else " "
        try:
            about = templates.find(name).about
        except UsageError as error:
            about = f"(cannot be used: {error})"
        typer.echo(f"{mark} {name:<14} {about}")


@templates_app.command()
def show(name: Name) -> None:
    """Print a template's file.

    Example: meetbot templates show weekly
    """
    typer.echo(_text(name), nl=False)


@templates_app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What -t will call it.", show_default=False)],
    base: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="TEMPLATE", help="Begin with this one; else with the one of that name, or weekly."
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Make a template of your own from another, to be edited, in the configuration folder.

    Examples:

        meetbot templates new retrospective\n
        meetbot templates new board\n
        meetbot templates new committee --from board
    """
    from meetbot import templates

    if not re.fullmatch(r"\w[\w-]*", name):
        hint = "Use letters, digits, - and _: meetbot templates new retrospective"
        raise UsageError(f"{name!r} cannot be a template's name.", hint=hint)
    path = templates.folder() / f"{name}.md"
    run.check_free([path], force)
    run.deliver(_text(base or (name if name in templates.every() else "weekly")), path)


def _text(name: str) -> str:
    from meetbot import templates

    return templates.locate(name).read_text(encoding="utf-8")


def chosen(name: str | None, given: Sequence[str] | None, known: Mapping[str, str] | None = None) -> Template:
    """The template called `name`, filled with what -p gave on top of `known`. Raises UsageError."""
    from meetbot.templates import USUAL, find

    pairs = [text.partition("=") for text in given or ()]
    for key, equals, _ in pairs:
        if not equals or not key.strip():
            raise UsageError(f"-p {key} is not KEY=VALUE.", hint='Write it so: -p team="Platform"')
    template = find(name) if name else USUAL
    return template.filled({**(known or {}), **{key.strip(): value.strip() for key, _, value in pairs}})
