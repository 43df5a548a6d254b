"""Command-line options. Those of Settings are derived from its fields, so that a setting is written once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from meetbot.config import Panel, Settings, resolve, settings_fields

Recording = Annotated[str, typer.Argument(metavar="AUDIO", help="An audio or video file, or - for stdin.")]
Recordings = Annotated[
    list[str], typer.Argument(metavar="AUDIO", help="Audio or video files, or - for stdin.", show_default=False)
]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to FILE; - is stdout.", rich_help_panel="Output"),
]
OutputFolder = Annotated[
    Path | None,
    typer.Option("--output-dir", metavar="DIR", help="Write one file a format into DIR.", rich_help_panel="Output"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.", rich_help_panel="Output")]
Force = Annotated[bool, typer.Option("--force", "-y", help="Overwrite files.", rich_help_panel="Output")]
Start = Annotated[float, typer.Option("--start", min=0, help="Begin here (seconds).", rich_help_panel="Input")]
End = Annotated[float | None, typer.Option("--end", min=0, help="Stop here (seconds).", rich_help_panel="Input")]
Restart = Annotated[bool, typer.Option("--restart", help="Ignore what is cached.", rich_help_panel="Machine")]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress, no notes; warnings and errors stay.", rich_help_panel="Output"),
]


def with_settings(*panels: Panel, also: Sequence[str] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command that takes the settings of `panels` and those named in `also` as options, and all as its `settings`.

    @with_settings("Speakers", "Machine")
    def diarize(audio: Recording, *, settings: Settings) -> None: ...
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = [item for item in signature.parameters.values() if item.name != "settings"]
        options = [
            inspect.Parameter(
                item.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(item.name)
            )
            for item in settings_fields()
            if item.metadata["panel"] in panels or item.name in also
        ]
        names = {option.name for option in options}

        @functools.wraps(command)
        def run(*args: Any, **kwargs: Any) -> None:
            flags = {name: kwargs.pop(name) for name in names}
            command(*args, **kwargs, settings=resolve(flags).settings)

        run.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        run.__annotations__ = {}
        del run.__wrapped__  # typer must see the signature above, not the command's
        return run

    return decorate


@functools.cache
def _hints() -> dict[str, Any]:
    return get_type_hints(Settings)


def _annotation(name: str) -> Any:
    """The typer annotation of setting `name`: optional, so that "not given" can be told from the default."""
    item = next(item for item in settings_fields() if item.name == name)
    flag = "--" + name.replace("_", "-")
    flags = [f"{flag}/--{item.metadata['off']}" if item.metadata["off"] else flag]
    if item.metadata["short"]:
        flags.append(f"-{item.metadata['short']}")
    default = "" if item.default in (None, True, False) else f" [default: {item.default}]"
    option = typer.Option(
        *flags, help=item.metadata["help"] + default, rich_help_panel=item.metadata["panel"], show_default=False
    )
    kind = _hints()[name]
    return Annotated[kind if type(None) in getattr(kind, "__args__", ()) else kind | None, option]
