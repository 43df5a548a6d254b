"""`meetbot config`: the settings in force and where each is from."""

from __future__ import annotations

import json

import typer

from meetbot import paths
from meetbot.config import resolve

config_app = typer.Typer(help="The settings in force.", no_args_is_help=True)


@config_app.command()
def show() -> None:
    """Print every setting, its value and where that is from.

    Example: meetbot config show
    """
    resolved = resolve()
    for name, origin in resolved.origins.items():
        value = getattr(resolved.settings, name)
        # As the file wants it; what is not set has no value there.
        line = f"{name.replace('_', '-')} = {json.dumps(value, ensure_ascii=False)}"
        typer.echo(f"# {name.replace('_', '-')} is not set" if value is None else f"{line}  # {origin}")


@config_app.command()
def path() -> None:
    """Print where the user's settings file is read from.

    Example: $EDITOR "$(meetbot config path)"
    """
    typer.echo(paths.config() / "config.toml")
