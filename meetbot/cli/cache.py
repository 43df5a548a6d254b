"""`meetbot cache`: what is kept of past runs so that nothing is done twice."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from meetbot import paths
from meetbot.cli.bar import agreed
from meetbot.store import Store

cache_app = typer.Typer(help="What is kept of past runs so that nothing is done twice.", no_args_is_help=True)


@cache_app.command()
def info() -> None:
    """Say where the cache is and how large.

    Example: meetbot cache info
    """
    folder = paths.cache() / "stages"
    sizes = [size for _, size in Store(folder).sizes()]
    typer.echo(f"{folder}: {len(sizes)} artefacts, {sum(sizes) / 1e6:.1f} MB")


@cache_app.command()
def clear(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete what is cached. Meetings in the library, voices and models stay.

    Example: meetbot cache clear --yes
    """
    folder = paths.cache() / "stages"
    if not yes:
        agreed(f"Delete everything in {folder}?")
    shutil.rmtree(folder, ignore_errors=True)
    typer.echo(f"{folder} is empty.")
