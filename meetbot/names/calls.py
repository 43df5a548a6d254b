"""Who is spoken to by name: "Ben, where are we?", "Thanks, Ben." What stands around a name is in `names.toml`. Pure.

Concedes: text without capitals, languages without a table, and Chinese and Japanese, whose names nothing marks.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from meetbot.words import fold, function_words

Way = Literal["first", "last", "greeted"]
NAME = r"[A-ZÀ-ÖØ-Þ](?:[\w-]|['’](?!s\b|m\b|re\b|ll\b|ve\b|d\b))*\w"
_SENTENCE = re.compile(r"[^.?!…]+[.?!…]*")
_WORD = re.compile(r"[^\W\d_][\w-]*")


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody called `name`: before what he is told, after it, or in a greeting or thanks; `asks`: with a question."""

    name: str
    way: Way
    asks: bool


def known(language: str) -> bool:
    """Whether it is known how people are called in `language`."""
    return language in _tables()


def key(name: str, language: str) -> str:
    """What two forms of a name have in common: the first of several names, folded, or the one behind a title.

    >>> key("Ana Ruiz", "en"), key("Mrs Lyle", "en")
    ('ana', 'lyle')
    """
    parts = name.split()
    titles = _tables().get(language, {}).get("titles", [])
    return fold(parts[-1] if parts[0].rstrip(".") in titles else parts[0])


def calls(text: str, language: str, common: Collection[str]) -> list[Call]:
    """The people called in `text`, in order; the words of `common`, folded, are no names.

    >>> [(one.name, one.way) for one in calls("Thanks, Ben. Ana, can you look into it?", "en", ())]
    [('Ben', 'greeted'), ('Ana', 'first')]
    """
    none = {*common, *function_words(language), *barred(language)}
    found: dict[tuple[int, str], Call] = {}
    for number, match in enumerate(_SENTENCE.finditer(text)):
        sentence = match[0].strip()
        for way, pattern in _patterns(language):
            for call in pattern.finditer(sentence):
                name = call["name"]
                if fold(name.split()[-1]) not in none:
                    found.setdefault((number, fold(name)), Call(name, way, sentence.endswith("?")))
    return list(found.values())


def common_words(texts: Iterable[str], language: str) -> set[str]:
    """Words that are no names, folded: those that also stand with a small letter, and those that have an article."""
    articles = {fold(one) for one in _tables()[language]["articles"]}
    found = set()
    for text in texts:
        before = ""
        for word in _WORD.findall(text):
            if word[0].islower() or before in articles:
                found.add(fold(word))
            before = fold(word)
    return found


@lru_cache
def barred(language: str) -> frozenset[str]:
    """Words of `language` that stand where names do and are none, folded."""
    table = _tables()[language]
    return frozenset(fold(word) for key in ("never", "opens", "greets") for word in table[key])


@lru_cache
def _patterns(language: str) -> tuple[tuple[Way, re.Pattern[str]], ...]:
    table = _tables()[language]
    opens, greets, titles = (_any(table[key]) for key in ("opens", "greets", "titles"))
    name = rf"(?P<name>(?:{titles}\.? )?{NAME})"
    return (
        ("greeted", re.compile(rf"\b(?i:{greets})[ ,]+{name}(?=\s*[,.?!…—–-]|$)")),
        ("last", re.compile(rf",\s*{name}\s*[.?!…—–-]*$")),
        ("first", re.compile(rf"^(?i:{opens}[ ,]+)*{name}\s*(?=[,.?!…—–]|$)")),
        ("first", re.compile(rf"[,—–]\s*{name}\s*[,—–]")),
    )


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads((files("meetbot.names") / "names.toml").read_text(encoding="utf-8"))
