"""`meetbot vocabulary`: names and jargon that Whisper should listen for."""

from __future__ import annotations

from typing import Annotated

import typer

from meetbot.cli.bar import say
from meetbot.errors import UsageError

vocabulary_app = typer.Typer(help="Names and jargon that Whisper should listen for.", no_args_is_help=True)

Terms = Annotated[list[str], typer.Argument(metavar="TERM...", help="One or more.", show_default=False)]


@vocabulary_app.command("list")
def list_terms() -> None:
    """List the vocabulary, a term a line.

    Example: meetbot vocabulary list
    """
    from meetbot.library import Library

    with Library.open() as library:
        terms = library.vocabulary()
    for term in terms:
        typer.echo(term)
    if not terms:
        say("The vocabulary is empty.")


@vocabulary_app.command()
def add(terms: Terms) -> None:
    """Add names or jargon. Meetings are transcribed with them from now on.

    Example: meetbot vocabulary add Kubernetes "Ana López"
    """
    from meetbot.library import Library

    words = [word for term in terms for word in term.split(",") if word.strip()]
    if not words:
        raise UsageError("There is no term in that.", hint="meetbot vocabulary add Kubernetes")
    with Library.open() as library:
        library.learn(words)


@vocabulary_app.command()
def remove(terms: Terms) -> None:
    """Remove names or jargon.

    Example: meetbot vocabulary remove Kubernetes
    """
    from meetbot.library import Library

    with Library.open() as library:
        library.unlearn(terms)
