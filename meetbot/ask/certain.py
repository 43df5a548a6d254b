"""How sure the model is that an answer is one: it is asked yes or no about the turns that are cited.

A small model asked for an answer gives one, whether there is any, and says of the many turns that it read that they
have it. Asked again about the cited turns and those beside them alone, it knows better: docs/notes.md has the figures.
"""

from __future__ import annotations

import math

from meetbot.llm import LanguageModel, Prompt, neutral
from meetbot.prompting import prompt

HOPELESS = -1.0  # log odds that what was read holds an answer, below which none is asked for
CERTAIN = 0.0  # sum of the log odds of both questions about the cited turns, from which an answer is given
BESIDE = 1  # turns beside a cited one that are read with it: who asks, or who says yes
MOST = 4.0  # of one answer's log odds: a model elsewhere says yes or no and nothing between


def holds(model: LanguageModel, excerpts: str, question: str) -> float:
    """The log odds that `excerpts` contain the answer to `question`."""
    return _odds(model, excerpts, prompt("told", question=neutral(question)))


def says(model: LanguageModel, excerpts: str, question: str, answer: str) -> float:
    """The log odds that `excerpts` say that `answer` is the answer to `question`."""
    return _odds(model, excerpts, prompt("says", question=neutral(question), answer=neutral(answer)))


def _odds(model: LanguageModel, excerpts: str, asked: str) -> float:
    likely = model.weigh(Prompt(prompt("system"), excerpts, asked), ("yes", "no"))[0]
    least = 1 / (1 + math.exp(MOST))
    likely = min(max(likely, least), 1 - least)
    return math.log(likely / (1 - likely))
