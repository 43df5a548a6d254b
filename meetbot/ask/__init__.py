"""Questions about one meeting or many, answered from what was said in them, with verbatim quotes.

ask("Who writes the guide?", [("Weekly", transcript)], AskOptions())
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from meetbot.ask.options import VERSION, AskOptions
from meetbot.domain import Answer, Transcript
from meetbot.errors import UsageError
from meetbot.progress import Progress, Silent
from meetbot.store import Memo

if TYPE_CHECKING:
    from meetbot.ask.retrieve import Embedder, Index
    from meetbot.llm import LanguageModel

__all__ = ["VERSION", "AskOptions", "Asker", "ask"]

READ = 8  # windows put before the model, best first, as far as there is room


class Asker:
    """Meetings, each a title (or id) and a transcript, ready to be asked: they are indexed, and the model loaded, once.

    Raises ModelMissing, LanguageModelError, OutOfMemory at the first question.
    """

    def __init__(
        self,
        meetings: Sequence[tuple[str, Transcript]],
        options: AskOptions | None = None,
        *,
        offline: bool = False,
        memo: Memo | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.meetings, self.options = meetings, options or AskOptions()
        self._offline, self._memo, self._progress = offline, memo, progress or Silent()

    def ask(self, question: str) -> Answer:
        """The answer to `question`, which stands for itself. Raises UsageError if it is empty."""
        from meetbot.ask.answer import answer
        from meetbot.words import language_name

        if not question.strip():
            hint = 'ask something: meetbot ask MEETING "who does what?"'
            raise UsageError("the question is empty", hint=hint, kind="empty")
        transcripts = [transcript for _, transcript in self.meetings]
        if not any(transcript.utterances for transcript in transcripts):
            return Answer(question, False, "")
        with self._progress.stage("ask", total=2, unit="steps") as step:
            found = self._index.search(question, READ)
            step.advance()
            if not found:
                return Answer(question, False, "")
            written = 0

            def told(tokens: int) -> None:
                nonlocal written
                written += tokens
                step.describe(f"{written} tokens written")

            self.model.told = told
            spoken = transcripts[0].language
            said = answer(self.model, question, self.meetings, found, language_name(spoken))
            return self._translated(said, spoken)

    def _translated(self, answer: Answer, spoken: str) -> Answer:
        """`answer` in the language asked for. It was found and checked in the language `spoken`."""
        from meetbot.translate import calendar_words, translate
        from meetbot.words import fold, names

        wanted = self.options.answer_language or spoken
        if not answer.found or wanted == spoken:
            return answer
        people = {speaker.name for _, transcript in self.meetings for speaker in transcript.speakers if speaker.name}
        capitals = set() if spoken == "de" else names(answer.answer)
        keep = {name for name in people if name in answer.answer} | capitals
        keep = {name for name in keep if fold(name) not in calendar_words(spoken)}
        written = translate(self.model, answer.answer, spoken, wanted, keep)
        return replace(answer, language=spoken) if written is None else replace(answer, answer=written)

    @cached_property
    def model(self) -> LanguageModel:
        """The language model, opened when it is first needed."""
        from meetbot.llm import open_model

        return open_model(self.options.llm, offline=self._offline, memo=self._memo, progress=self._progress)

    @cached_property
    def _index(self) -> Index:
        from meetbot.ask.retrieve import Index

        embedder = _embedder(self.options.embedding, self._offline, self._progress) if self.options.meaning else None
        return Index.of([transcript for _, transcript in self.meetings], embedder)


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
    return Asker(meetings, options, offline=offline, memo=memo, progress=progress).ask(question)


def _embedder(model: str, offline: bool, progress: Progress) -> Embedder | None:
    from meetbot import models
    from meetbot.ask.embed import embed

    folder = models.require(model, offline=offline, progress=progress)
    return lambda texts: embed(texts, folder)
