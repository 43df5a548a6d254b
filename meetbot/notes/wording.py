"""What the model wrote and the sentences it was to put in few words, to whether it is one of them shortened. Pure.

Comparing words alone concedes too much: a small model takes the verb of one sentence and the object of another. So the
words have to come from one sentence, in its order and close together; only where that has a pronoun may words stand
that an earlier sentence has side by side. Nothing that turns a sentence round ("not", "if", "only") may get lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from meetbot.notes.cues import has_cue
from meetbot.words import alike, function_words, joins, numbers, tokens, turning

SKIPPED = 2  # telling words of the sentence that may be left out between two that stay
NAMED = 4  # words that may stand for a pronoun
ARTICLES = {"en": {"to", "the", "a", "an"}, "fr": {"le", "la", "les", "un", "une"}, "es": {"el", "la", "un", "una"}}
FEWEST = 2  # telling words that say something


def shortened(text: str, sentences: Sequence[str], language: str, since: int = 0) -> bool:
    """Whether `text` is one of `sentences` in fewer words, with a pronoun named by words of an earlier one.

    Those before the one at `since` only name things.

    >>> shortened("write to Monique", ["And somebody tells Monique.", "I'll write to her."], "en")
    True
    >>> shortened("write to the printer", ["I'll write to Monique.", "The printer is ill."], "en")
    False
    """
    words = _telling(text, language)
    if len(words) < FEWEST:
        return False
    return any(
        turning(text, language) == turning(sentence, language)
        and _function(text, language) - ARTICLES.get(language, set()) <= set(tokens(" ".join(sentences[: index + 1])))
        and numbers(text) <= numbers(" ".join(sentences[: index + 1]))
        and _within(words, sentence, sentences[:index], language)
        for index, sentence in enumerate(sentences)
        if index >= since
    )


def _telling(text: str, language: str) -> list[str]:
    """The words of `text`, in order, that are no function words; numbers are among them."""
    return [word for word in tokens(text) if word not in function_words(language)]


def _function(text: str, language: str) -> set[str]:
    return set(tokens(text)) & function_words(language)


def _within(words: Sequence[str], sentence: str, earlier: Sequence[str], language: str) -> bool:
    spoken = tokens(sentence)
    # A German infinitive stands last where the sentence has its verb first.
    orders = [list(words), [words[-1], *words[:-1]]] if language == "de" else [list(words)]
    for order in orders:
        if _aligned(order, spoken, language):
            return True
        for first in range(len(order)):
            for last in range(first + 1, min(len(order), first + NAMED) + 1):
                rest = [*order[:first], *order[last:]]
                named = any(_side_by_side(order[first:last], other, language) for other in earlier)
                if named and (len(rest) > 1 or (rest and first)) and _aligned(rest, spoken, language, first):
                    return True
    return False


def _aligned(words: Sequence[str], spoken: Sequence[str], language: str, named: int | None = None) -> bool:
    """Whether `spoken` has `words` in order and close together; before the one at `named`, if given, a pronoun."""
    return any(
        _follows(words, spoken, start, language, named) for start, word in enumerate(spoken) if alike(word, words[0])
    )


def _follows(words: Sequence[str], spoken: Sequence[str], start: int, language: str, named: int | None) -> bool:
    places = [start]
    for word in words[1:]:
        place = next((at for at in range(places[-1] + 1, len(spoken)) if alike(spoken[at], word)), None)
        if place is None:
            return False
        places.append(place)
    bounds = [max(-1, start - SKIPPED - 1), *places, min(len(spoken), places[-1] + SKIPPED + 2)]
    for number, (left, right) in enumerate(pairwise(bounds)):
        between = spoken[left + 1 : right]
        inside = 0 < number < len(words)
        if inside and (
            sum(word not in function_words(language) for word in between) > SKIPPED
            or joins(" ".join(between), language)
        ):
            return False
        if number == named and not has_cue(" ".join(between), language, "stands_in"):
            return False
    return True


def _side_by_side(words: Sequence[str], sentence: str, language: str) -> bool:
    """Whether `sentence` has `words` one after the other, function words aside."""
    told = _telling(sentence, language)
    return any(
        all(alike(one, other) for one, other in zip(words, told[at : at + len(words)], strict=True))
        for at in range(len(told) - len(words) + 1)
    )
