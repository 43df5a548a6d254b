"""`meetbot ask`: an answer from a recording, with the words it rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli import run
from meetbot.cli.options import Force, Json, Output, Quiet, Restart, with_settings
from meetbot.config import Settings
from meetbot.domain import Answer, Transcript
from meetbot.errors import MeetingNotFound, UsageError

if TYPE_CHECKING:
    from meetbot.pipeline import Pipeline

HITS = 200
"""Utterances that share words with a question and decide which meetings are asked."""


@with_settings("Speech", "Speakers", "Machine", also=("llm", "notes_language"))
def ask(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[MEETING] QUESTION",
            help="A recording, or a meeting of the library by id or title, and what you want to know.",
            show_default=False,
        ),
    ],
    *,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Ask every meeting in the library.", rich_help_panel="Input")
    ] = False,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
    restart: Restart = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Answer a question from a recording with verbatim quotes, or say that the recording does not tell.

    Examples:

        meetbot ask meeting.m4a "When do we ship, and who decided that?"\n
        meetbot ask --all "What did we promise the customers?"
    """
    from meetbot import codec

    if len(words) != (1 if everywhere else 2):
        wanted = "--all takes the question alone" if everywhere else "A meeting and a question are needed"
        raise UsageError(f"{wanted}.", hint='Put the question in quotes: meetbot ask talk.m4a "Who does what?"')
    question = words[-1]
    target = run.named(output)
    run.check_free([target] if target else [], force)
    stages = run.pipeline(settings, "ask", restart=restart, quiet=quiet)
    meetings = _everything(question) if everywhere else [opened(stages, words[0])]
    answer = stages.ask(question, meetings)
    run.deliver(codec.to_json(answer, indent=2) if as_json else as_text(answer), target)


def opened(stages: Pipeline, meeting: str) -> tuple[str, Transcript]:
    """The title and transcript of `meeting`: of a recording, or of what the library has under that name."""
    from meetbot.library import Library

    if meeting == "-" or Path(meeting).exists():
        heard = run.corrected(stages.transcribe(stages.open(meeting)), stages)
        run.keep(stages, meeting, heard)
        return Path(heard.audio.name).stem, heard
    with Library.open() as library:
        kept = library.load(library.find(meeting).id)
        return kept.entry.title, kept.transcript


def _everything(question: str) -> list[tuple[str, Transcript]]:
    """The meetings of the library in which words of `question` were said, those that say most of them first."""
    from meetbot.library import Library

    with Library.open() as library:
        meetings = dict.fromkeys(hit.meeting for hit in library.search(question, limit=HITS))
        kept = [library.load(meeting) for meeting in meetings]
    if not kept:
        raise MeetingNotFound("No meeting in the library says anything of this.", hint="`meetbot list` shows them.")
    return [(one.entry.title, one.transcript) for one in kept]


def as_text(answer: Answer) -> str:
    """An answer with its quotes, or that there is none."""
    from meetbot.cli.bar import clock

    if not answer.found:
        return "The recording does not say."
    quotes = [f"> {item.speaker}, {clock(item.start)} ({item.turn}): “{item.quote}”" for item in answer.citations]
    return "\n".join([answer.answer, "", *quotes])
