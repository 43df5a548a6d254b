"""An answer with a day or a number to the later turn that changes it, if there is one. Pure.

A later turn changes it when it gives another day or number and either names the old one as replaced ("on Tuesday, not
on Monday") or settles something about what was asked. Patterns by language in `words.toml` and `later.toml`; elsewhere
nothing is found.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from meetbot.domain import Utterance
from meetbot.words import alike, content, fold, numbers, replaced

SHARED = 2  # words of the question, if it has so many, that a turn which only settles must have


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files("meetbot.ask") / "later.toml").read_text(encoding="utf-8"))


def earlier_word(language: str) -> str:
    """How `language` says that something was so before."""
    return _tables().get(language, _tables()["en"])["earlier"]


def changed(
    said: Sequence[Utterance], after: int, answer: str, question: str, *, language: str, days: Collection[str]
) -> int | None:
    """The place of the last turn after `after` that changes what `answer` says when or how much, or None.

    `days` are the names of days and months, folded.
    """
    table = _tables().get(language)
    old = _figures(answer, days)
    if table is None or not old:
        return None
    for index in range(len(said) - 1, after, -1):
        text = fold(said[index].text.replace("’", "'"))
        new = _figures(said[index].text, days)
        if not new - old or (not old.isdisjoint(days) and new.isdisjoint(days)):
            continue  # a day is not changed by a price
        gone = {word for named in replaced(text, language) for word in _figures(named, days)}
        if gone and gone <= old and new - gone - old:
            return index
        asked = list(dict.fromkeys(content(question)))
        if (
            re.search(table["settles"], text)
            and not new & old
            and asked
            and _shared(asked, text) >= min(SHARED, len(asked))
        ):
            return index
    return None


def _shared(asked: Sequence[str], text: str) -> int:
    words = content(text)
    return sum(any(alike(word, other) for other in words) for word in asked)


def _figures(text: str, days: Collection[str]) -> set[str]:
    return numbers(text) | (set(content(text)) & set(days))
