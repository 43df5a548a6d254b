"""Questions about one meeting or many, answered from what was said in them, with verbatim quotes.

ask("Who writes the guide?", [("Weekly", transcript)], AskOptions())
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meetbot.ask.options import AskOptions
from meetbot.domain import Answer, Transcript
from meetbot.errors import UsageError
from meetbot.progress import Progress, Silent
from meetbot.store import Memo

if TYPE_CHECKING:
    from meetbot.ask.retrieve import Embedder

__all__ = ["AskOptions", "ask"]

READ = 8  # windows put before the model, best first, as far as there is room


def ask(
    question: str,
    meetings: Sequence[tuple[str, Transcript]],
    options: AskOptions | None = None,
    *,
    offline: bool = False,
    memo: Memo | None = None,
    progress: Progress | None = None,
) -> Answer:
    """The answer to `question` from `meetings`, each a title (or id) and a transcript.

    Every question stands for itself: nothing asked before is put before the model (it makes answers worse).
    Raises UsageError (an empty question), ModelMissing, LanguageModelError, OutOfMemory.
    """
    options, progress = options or AskOptions(), progress or Silent()
    if not question.strip():
        raise UsageError(
            "the question is empty", hint='ask something: meetbot ask MEETING "who does what?"', kind="empty"
        )
    from meetbot.ask.answer import answer
    from meetbot.ask.retrieve import Index
    from meetbot.llm import open_model
    from meetbot.words import language_name

    transcripts = [transcript for _, transcript in meetings]
    if not any(transcript.utterances for transcript in transcripts):
        return Answer(question, False, "")
    embedder = _embedder(offline, progress) if options.meaning else None
    with progress.stage("ask", total=2, unit="steps") as step:
        found = Index.of(transcripts, embedder).search(question, READ)
        step.advance()
        if not found:
            return Answer(question, False, "")
        model = open_model(options.llm, offline=offline, memo=memo, progress=progress)
        written = 0

        def told(tokens: int) -> None:
            nonlocal written
            written += tokens
            step.describe(f"{written} tokens written")

        model.told = told
        language = language_name(options.answer_language or transcripts[0].language)
        return answer(model, question, meetings, found, language)


def _embedder(offline: bool, progress: Progress) -> Embedder | None:
    from meetbot import models
    from meetbot.ask.embed import embed

    folder = models.require("minilm-l6-v2", offline=offline, progress=progress)
    return lambda texts: embed(texts, folder)
