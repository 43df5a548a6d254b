"""`meetbot chat`: one question after another about a meeting, on a terminal or through a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from meetbot.cli import ask, run
from meetbot.cli.bar import say
from meetbot.cli.library import Meeting
from meetbot.cli.options import Quiet, with_settings
from meetbot.config import Settings
from meetbot.errors import MeetbotError, UsageError

if TYPE_CHECKING:
    from meetbot.ask.dialogue import Dialogue
    from meetbot.progress import Progress


@with_settings("Speech", "Speakers", "Library", "Machine", also=("llm", "notes_language", "embedding"))
def chat(meeting: Meeting, *, quiet: Quiet = False, settings: Settings) -> None:
    """Ask one question after another; "he", "that" or "and when?" may refer to the answer before.

    Every answer is taken from the meeting with verbatim quotes, as `meetbot ask` does. Questions are read a line each;
    an empty line is passed over, and the end of input (Ctrl-D) or Ctrl-C ends the conversation.

    Examples:

        meetbot chat weekly\n
        meetbot chat meeting.m4a < questions.txt
    """
    from meetbot.ask.dialogue import Dialogue

    if meeting == "-":
        raise UsageError("Questions are read from stdin: the recording cannot be.", hint="Name its file.")
    stages = run.pipeline(settings, "ask", quiet=quiet)
    title, transcript = ask.opened(stages, meeting)
    wanted = settings.notes_language
    dialogue = Dialogue(stages.asker([(title, transcript)]), [*([wanted] if wanted else []), transcript.language])
    if sys.stdin.isatty():
        stages.progress.note(f"{title}: ask away. Ctrl-D ends.")
    raise typer.Exit(_converse(dialogue, _questions(), stages.progress))


def _converse(dialogue: Dialogue, questions: Iterator[str], progress: Progress) -> int:
    """Answer every question; one that fails does not end the conversation. The exit code: 0 or the first failure's."""
    failed = 0
    for question in questions:
        try:
            answer = dialogue.ask(question)
        except MeetbotError as error:
            say(f"Error: {error} {error.hint}".rstrip())
            failed = failed or error.exit_code
            continue
        except KeyboardInterrupt:
            if not sys.stdin.isatty():
                raise
            say("No answer then.")
            continue
        if answer.question != question:
            progress.note(f"({answer.question})")
        run.deliver(f"{ask.as_text(answer)}\n\n", None)
        sys.stdout.flush()
    return failed


def _questions() -> Iterator[str]:
    """The lines of stdin that say something, until it ends; with a prompt and a history on a terminal."""
    if not sys.stdin.isatty():
        yield from filter(None, map(str.strip, sys.stdin))
        return
    import readline  # noqa: F401 - gives input() its history and its keys

    while True:
        try:
            line = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            say("")
            return
        if line:
            yield line
