"""`meetbot ask`: an answer from a recording, with the words it rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli import run
from meetbot.cli.options import Force, Json, Output, Quiet, Recording, Restart, with_settings
from meetbot.config import Settings
from meetbot.domain import Answer, Transcript

if TYPE_CHECKING:
    from meetbot.pipeline import Pipeline


@with_settings("Speech", "Speakers", "Notes", "Machine")
def ask(
    meeting: Recording,
    question: Annotated[str, typer.Argument(help="What you want to know.", show_default=False)],
    *,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
    restart: Restart = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Answer a question from a recording with verbatim quotes, or say that the recording does not tell.

    Example:

        meetbot ask meeting.m4a "When do we ship, and who decided that?"
    """
    from meetbot import codec

    target = run.named(output)
    run.check_free([target] if target else [], force)
    stages = run.pipeline(settings, "ask", restart=restart, quiet=quiet)
    answer = stages.ask(question, [_meeting(stages, meeting)])
    run.deliver(codec.to_json(answer, indent=2) if as_json else _text(answer), target)


def _meeting(stages: Pipeline, meeting: str) -> tuple[str, Transcript]:
    """The title and transcript of `meeting`: of a recording, or of what the library has under that name."""
    from meetbot.library import Library

    if meeting == "-" or Path(meeting).exists():
        heard = run.corrected(stages.transcribe(stages.open(meeting)), stages)
        run.keep(stages, meeting, heard)
        return Path(heard.audio.name).stem, heard
    with Library.open() as library:
        kept = library.load(library.find(meeting).id)
        return kept.entry.title, kept.transcript


def _text(answer: Answer) -> str:
    from meetbot.cli.bar import clock

    if not answer.found:
        return "The recording does not say."
    quotes = [f"> {item.speaker}, {clock(item.start)} ({item.turn}): “{item.quote}”" for item in answer.citations]
    return "\n".join([answer.answer, "", *quotes])
