"""How sure the model is that an answer is one: it is asked yes or no about the turns that are cited.

A small model asked for an answer gives one, whether there is any, and says of the many turns that it read that they
have it. Asked again about the cited turns and those beside them alone, it knows better: docs/notes.md has the figures.
"""

from __future__ import annotations

import math

from meetbot.llm import LanguageModel, Prompt, neutral
from meetbot.prompting import prompt

HOPELESS = -1.0  # log odds that what was found holds an answer, below which none is asked for
NOWHERE = -4.0  # the same of the likeliest turn, by a probe
SELECTED, HELD, SAID, BIAS = 0.45, 0.4, 1.55, 0.6  # fitted on questions to tuning meetings: docs/notes.md
MOST = 4.0  # of one answer's log odds: a model elsewhere says yes or no and nothing between


def hopeless(model: LanguageModel, excerpts: str, question: str, selected: float | None) -> bool:
    """Whether no answer need be asked for. `selected`: that the likeliest turn answers, by a probe, if there is one."""
    return holds(model, excerpts, question) < HOPELESS if selected is None else selected < NOWHERE


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


def certain(selected: float | None, held: float, said: float) -> float:
    """The log odds that an answer is right: an answer is given from 0 on.

    `selected`: that the likeliest turn answers, by a probe, if there is one; `held`, `said`: what `holds` and `says`
    are of the turns that are cited.
    """
    if selected is None:
        return held + said
    return SELECTED * selected + HELD * held + SAID * said + BIAS
