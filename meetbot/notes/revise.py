"""A decision to what it was before: what had been said or planned and is now otherwise, in the words it was said. Pure.

Three signs, strongest first: the decision itself names what it replaces ("not the tiles", "instead of the 23rd"); an
earlier turn recalls another figure or day for the same thing ("we said the 23rd"); an earlier turn has another number
of the same unit ("ten connections" before "five connections").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from meetbot.domain import Superseded, Utterance
from meetbot.notes.cues import SENTENCE, has_cue
from meetbot.notes.people import calendar_words
from meetbot.words import alike, content, covered, numbers, replaced, tokens

REACH = 25  # turns back from where a decision is first cited
AMENDED = 8  # turns back in which another number of the same unit is an earlier proposal of the same thing
SHARED = 1  # words of a decision that are said where an earlier version of it is recalled
MOST = 200  # characters of an earlier version


def earlier(
    said: Sequence[Utterance], cited: Sequence[int], text: str, language: str, since: int = 0
) -> Superseded | None:
    """What the decision `text`, settled in the turns at `cited`, was before; nothing before `since` is looked at."""
    if not cited:
        return None
    first = max(since, min(cited) - REACH)
    back = range(max(cited) - 1, first - 1, -1)
    exchange = " ".join(said[index].text for index in cited)
    found = (
        _replaced(said, cited, back, language)
        or _recalled(said, back, f"{text} {exchange}", text, language)
        or _amended(said, [index for index in back if index >= max(cited) - AMENDED], text, language)
    )
    if found is None:
        return None
    index, sentence = found
    return Superseded(quote(sentence), (said[index].id,))


def quote(sentence: str) -> str:
    """`sentence` as it is listed."""
    return sentence.strip().rstrip(" .,;:。，")[:MOST]


def _sentences(said: Sequence[Utterance], places: Sequence[int]) -> Iterator[tuple[int, str]]:
    for index in places:
        for found in SENTENCE.finditer(said[index].text):
            yield index, found[0]


def _replaced(
    said: Sequence[Utterance], cited: Sequence[int], back: Sequence[int], language: str
) -> tuple[int, str] | None:
    """Where the thing was said that the decision says it replaces."""
    for here in cited:
        for old in replaced(said[here].text, language):
            wanted = [*content(old), *numbers(old)]
            for index, sentence in _sentences(said, [index for index in back if index < here]):
                if wanted and covered(wanted, [*content(sentence), *numbers(sentence)]) == 1:
                    return index, sentence
    return None


def _recalled(
    said: Sequence[Utterance], back: Sequence[int], about: str, text: str, language: str
) -> tuple[int, str] | None:
    """Where another figure for the same thing was recalled."""
    final, subject = _figures(text), content(text)
    for index, sentence in _sentences(said, back):
        figures = _figures(sentence)
        if not has_cue(sentence, language, "established") or bool(figures) != bool(final):
            continue
        near = content(" ".join(one.text for one in said[max(0, index - 1) : index + 2]))
        shared = sum(any(alike(word, other) for other in near) for word in dict.fromkeys(subject))
        if shared >= SHARED and (not figures <= final if final else has_cue(about, language, "contrast")):
            return index, sentence
    return None


def _amended(said: Sequence[Utterance], back: Sequence[int], text: str, language: str) -> tuple[int, str] | None:
    """Where the same unit was said with another number."""
    units = _amounts(text)
    final = numbers(text)
    for index, sentence in _sentences(said, back):
        if has_cue(sentence, language, "past"):
            continue
        for unit, number in _amounts(sentence).items():
            if number not in final and any(alike(unit, other) for other in units):
                return index, sentence
    return None


def _amounts(text: str) -> dict[str, str]:
    """Unit to number: {"connections": "10"} of "ten connections"."""
    words, whole = tokens(text), numbers(text)
    return {
        unit: next(iter(numbers(word)))
        for word, unit in pairwise(words)
        if len(numbers(word)) == 1 and numbers(word) <= whole and unit in content(unit) and unit not in calendar_words()
    }


def _figures(text: str) -> set[str]:
    return numbers(text) | (set(content(text)) & calendar_words())
