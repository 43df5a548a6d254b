"""Questions one after another, each answered from the transcript alone; what came before only says what is meant.

A question that leans on those before ("and when does he?") is made to stand for itself: by code where a pronoun can
only mean one person, else by the model, whose wording is refused if it brings in a name or number that nobody wrote.
An answer is never evidence: only the question that it helped to word is put to the transcript.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from meetbot.ask import Asker
from meetbot.domain import Answer
from meetbot.llm import LanguageModel, Prompt, neutral
from meetbot.prompting import prompt
from meetbot.words import content, covered, fold, names, numbers

REMEMBERED = 3  # exchanges that the model reads to understand a question
LONGEST = 240  # characters of a question that stands for itself


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question as it was understood, and its answer."""

    question: str
    answer: str


class Dialogue:
    """A conversation with `asker`; `languages` are those the questions may be in."""

    def __init__(self, asker: Asker, languages: Collection[str]) -> None:
        self.asker = asker
        self.exchanges: list[Exchange] = []
        self._languages = tuple(code for code in dict.fromkeys([*languages, "en"]) if code in _signs())
        self._people = {
            speaker.name for _, transcript in asker.meetings for speaker in transcript.speakers if speaker.name
        }

    def ask(self, question: str) -> Answer:
        """The answer to `question`; `question` of the answer is how it was understood. Raises as Asker.ask does."""
        understood = self.understood(question)
        answer = self.asker.ask(understood)
        self.exchanges.append(Exchange(understood, answer.answer))
        return answer

    def understood(self, question: str) -> str:
        """`question` as it would have been asked without what came before."""
        question = " ".join(question.split())
        if not self.exchanges or not leans(question, self._languages):
            return question
        named = replaced(question, self.exchanges[-1], self._people, self._languages)
        if named and not leans(named, self._languages):
            return named
        return reworded(self.asker.model, question, self.exchanges[-REMEMBERED:])


def leans(question: str, languages: Sequence[str]) -> bool:
    """Whether `question` cannot be understood by itself.

    >>> [leans(text, ["en"]) for text in ("When does he travel?", "Why?", "Who said that we ship on Friday?")]
    [True, True, False]
    """
    if not content(question) and not numbers(question):
        return True
    return any(re.search(_signs()[code]["leans"], question, re.IGNORECASE) for code in languages)


def replaced(question: str, before: Exchange, people: Collection[str], languages: Sequence[str]) -> str | None:
    """`question` with the one person `before` was about in place of its pronoun; None if that could be several.

    >>> replaced("When does he travel?", Exchange("Who is away?", "Ben is."), {"Ben"}, ["en"])
    'When does Ben travel?'
    """
    meant = _named(before.answer, people) or _named(before.question, people) or _guessed(before.answer)
    if len(meant) != 1:
        return None
    (name,) = meant
    for code in languages:
        signs = _signs()[code]
        for pattern, written in ((signs["person"], name), (signs["owner"], signs["owned"].format(name=name))):
            if pattern and re.search(pattern, question, re.IGNORECASE):
                return re.sub(pattern, written.replace("\\", r"\\"), question, flags=re.IGNORECASE)
    return None


def reworded(model: LanguageModel, question: str, exchanges: Sequence[Exchange]) -> str:
    """`question` in the model's words; behind the question before it if those words are not to be trusted."""
    told = "\n".join(f"Question: {neutral(one.question)}\nAnswer: {neutral(one.answer) or '-'}" for one in exchanges)
    schema = {
        "type": "object",
        "properties": {"question": {"type": "string", "minLength": 3, "maxLength": LONGEST}},
        "required": ["question"],
        "additionalProperties": False,
    }
    asked = Prompt(prompt("system"), f"{told}\n\n", prompt("rewrite", question=neutral(question)))
    written = " ".join(str(model.answer(asked, schema, room=120)["question"]).split())
    if faithful(written, question, exchanges):
        return written
    return f"{exchanges[-1].question} {question}"


def faithful(written: str, question: str, exchanges: Sequence[Exchange]) -> bool:
    """Whether `written` keeps what `question` says and adds nothing that was not said before it."""
    known = " ".join([question, *(f"{one.question} {one.answer}" for one in exchanges)])
    kept = numbers(question) <= numbers(written) <= numbers(known)
    heard = content(known)
    named = all(covered(content(name), heard) == 1 for name in names(written))
    return (
        kept and named and covered(content(question), content(written)) == 1 and covered(content(written), heard) > 0.7
    )


def _named(text: str, people: Collection[str]) -> set[str]:
    """Who of `people` is named in `text`."""
    folded = fold(text)
    return {name for name in people if re.search(rf"\b{re.escape(fold(name))}\b", folded)}


def _guessed(text: str) -> set[str]:
    """Words of `text` written like names; an answer of a single word with a capital is one."""
    word = text.strip().rstrip(".")
    return {word} if re.fullmatch(r"[A-ZÀ-Þ][\w-]+", word) else names(text)


@lru_cache(maxsize=1)
def _signs() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files("meetbot.ask") / "leaning.toml").read_text(encoding="utf-8"))
