"""`meetbot ask`: an answer from a recording, with the words it rests on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli import meaning, run
from meetbot.cli.options import Force, Json, Output, Quiet, Restart, with_settings
from meetbot.config import Settings
from meetbot.domain import Answer, Transcript
from meetbot.errors import MeetingNotFound, UsageError

if TYPE_CHECKING:
    from meetbot.pipeline import Pipeline

HITS = 60
"""Utterances of the library, near to a question in words or meaning, that are read with what was said around them."""
AROUND = 6  # turns


@with_settings("Speech", "Speakers", "Library", "Machine", also=("llm", "notes_language", "embedding"))
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
    if not question.strip():
        raise UsageError("The question is empty.", hint='Ask something: meetbot ask talk.m4a "Who does what?"')
    target = run.named(output)
    run.check_free([target] if target else [], force)
    stages = run.pipeline(settings, "ask", restart=restart, quiet=quiet)
    meetings = _everything(question, settings.embedding) if everywhere else [opened(stages, words[0])]
    answer = stages.ask(question, meetings)
    run.deliver(codec.to_json(answer, indent=2) if as_json else as_text(answer), target, quiet=quiet)


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


def _everything(question: str, embedding: str) -> list[tuple[str, Transcript]]:
    """What was said about `question` in the meetings of the library, those that say most of it first."""
    from meetbot.library import Library

    found: dict[str, list[str]] = {}
    with Library.open() as library:
        for hit in library.search(question, limit=HITS, meant=meaning.meant(question, embedding)):
            found.setdefault(hit.meeting, []).append(hit.turn)
        kept = [library.load(meeting) for meeting in found]
    if not kept:
        raise MeetingNotFound("No meeting in the library says anything of this.", hint="`meetbot list` shows them.")
    return [(one.entry.title, _near(one.transcript, found[one.entry.id])) for one in kept]


def _near(transcript: Transcript, turns: list[str]) -> Transcript:
    """`transcript` with nothing but `turns` and what was said around them."""
    said = transcript.utterances
    places = {one.id: index for index, one in enumerate(said)}
    wanted = {index for turn in turns for index in range(max(0, places[turn] - AROUND), places[turn] + AROUND + 1)}
    return replace(transcript, utterances=tuple(one for index, one in enumerate(said) if index in wanted))


def as_text(answer: Answer) -> str:
    """An answer with its quotes, or that there is none."""
    from meetbot.cli.bar import clock

    if not answer.found:
        return "The recording does not say."
    quotes = [f"> {item.speaker}, {clock(item.start)} ({item.turn}): “{item.quote}”" for item in answer.citations]
    return "\n".join([answer.answer, "", *quotes])
