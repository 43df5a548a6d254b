"""`meetbot diarize`: who spoke when, as RTTM."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from meetbot import paths
from meetbot.cli import run
from meetbot.cli.options import End, Force, Json, Output, Quiet, Recording, Restart, Start, with_settings
from meetbot.config import Settings


@with_settings("Speakers", "Machine")
def diarize(
    recording: Recording,
    *,
    exclusive: Annotated[
        bool, typer.Option("--exclusive", help="At most one speaker at any time.", rich_help_panel="Output")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw who spoke when, as SVG.", rich_help_panel="Output"),
    ] = None,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
    start: Start = 0.0,
    end: End = None,
    restart: Restart = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Write down who spoke when, as RTTM; people who speak at once are both there.

    Examples:

        meetbot diarize meeting.m4a\n
        meetbot diarize meeting.m4a --speakers 4 -o meeting.rttm\n
        meetbot diarize meeting.m4a --plot meeting.svg
    """
    from meetbot import codec
    from meetbot.diarize.plot import svg
    from meetbot.export import rttm

    target = run.named(output)
    run.check_free([path for path in (target, plot) if path], force)
    stages = run.pipeline(settings, "diarize", start=start, end=end, restart=restart, quiet=quiet)
    opened = stages.open(recording)
    found = stages.diarize(opened).value
    if not found.turns:
        stages.progress.warn(f"no speech was found in {recording}")
    if plot:
        last = min(end or math.inf, stages.facts(opened).value.info.duration)
        run.deliver(svg(found.turns, last - start, start=start), plot, quiet=quiet)
    if as_json:
        run.deliver(json.dumps({"schema_version": 1} | codec.to_dict(found)), target, quiet=quiet)
    else:
        turns = found.exclusive if exclusive else found.turns
        run.deliver(rttm.lines(turns, paths.shown(recording) if recording != "-" else "stdin"), target, quiet=quiet)
