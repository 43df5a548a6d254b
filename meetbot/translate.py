"""A short text in another language: the model words, code compares. What fails the comparison is not given out.

A translation is taken if the numbers, names, days and months of the text are all in it, no other number or weekday is,
and its small words are those of the language asked for. Concedes: a translation that changes a verb or drops a "not" is
not noticed; whoever shows one shows the turns it rests on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from meetbot.llm import LanguageModel, Prompt, neutral
from meetbot.prompting import prompt
from meetbot.words import content, fold, function_words, language_name, numbers, tokens

LONGEST = 240  # characters of a translation
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_HAN = re.compile(r"[\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")


def translate(model: LanguageModel, text: str, spoken: str, language: str, keep: Collection[str]) -> str | None:
    """`text` (of language `spoken`) in `language`, or None when what the model wrote cannot be relied on.

    `keep` are the names in `text`, which stay as they are.
    """
    schema = {
        "type": "object",
        "properties": {"translation": {"type": "string", "minLength": 2, "maxLength": LONGEST}},
        "required": ["translation"],
        "additionalProperties": False,
    }
    question = prompt("translate", text=neutral(text), language=language_name(language))
    answer = model.answer(Prompt(prompt("system"), "", question), schema, room=260)
    written = " ".join(str(answer["translation"]).split())
    return written if survives(text, written, spoken, language, keep) else None


def survives(text: str, written: str, spoken: str, language: str, keep: Collection[str] = ()) -> bool:
    """Whether what can be compared in `text` (of language `spoken`) is all in its translation `written`.

    >>> survives("We release on Tuesday", "Wir veröffentlichen am Dienstag", "en", "de")
    True
    >>> survives("We release on Tuesday", "Wir veröffentlichen am Mittwoch", "en", "de")
    False
    """
    days, months = _dates(text, spoken, WEEKDAYS), _dates(text, spoken, MONTHS)
    said, told = numbers(text), numbers(written)
    folded = fold(written)
    return (
        said <= told <= said | {str(month + 1) for month in months}
        and days == _dates(written, language, WEEKDAYS)
        and months <= _dates(written, language, MONTHS)
        and all(fold(name) in folded for name in keep)
        and 0.2 * len(text) < len(written) < 3 * len(text) + 20
        and _is_in(written, text, spoken, language)
    )


def calendar_words(language: str) -> frozenset[str]:
    """The weekdays and months of `language`, folded: words with a capital that are no names."""
    return frozenset(form for kind in (WEEKDAYS, MONTHS) for forms in _forms(language, kind) for form in forms)


def _dates(text: str, language: str, kind: Sequence[str]) -> set[int]:
    """Which weekdays or months (from 0) `text` names."""
    folded = fold(text)
    found = set()
    places = [(form, index) for index, forms in enumerate(_forms(language, kind)) for form in forms]
    for form, index in sorted(places, key=lambda place: -len(place[0])):  # 十一月 before 一月
        pattern = re.escape(form) if _HAN.search(form) else rf"(?<!\w){re.escape(form)}(?!\w)"
        if form[0].isdigit():
            pattern = rf"(?<!\d){pattern}"
        if re.search(pattern, folded):
            found.add(index)
            folded = re.sub(pattern, " ", folded)
    return found


@lru_cache(maxsize=16)
def _forms(language: str, kind: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """How `language` writes each of the weekdays or months in full, folded; nothing for a language nobody knows."""
    from dateparser.languages.loader import default_loader

    try:
        info = default_loader.get_locale(language).info
    except ValueError:
        return tuple(() for _ in kind)
    rows = []
    for name in kind:
        forms = [fold(form) for form in info.get(name, ())]
        # Short forms are words of their own (mon, mar, may); of Japanese 月 alone that is true as well.
        rows.append(tuple(form for form in forms if len(form) > 3 or (_HAN.search(form) and len(form) > 1)))
    return tuple(rows)


def _is_in(written: str, text: str, spoken: str, language: str) -> bool:
    """Whether `written` may be of `language`, by its script and by which language's small words it has more of."""
    if language in ("zh", "ja"):
        return bool(_HAN.search(written) or (language == "ja" and _KANA.search(written)))
    if _HAN.search(written) or _KANA.search(written):
        return False
    if fold(written) == fold(text):
        return not content(text)
    mine, theirs = function_words(language), function_words(spoken)
    words = tokens(written)
    return sum(word in mine for word in words) >= sum(word in theirs for word in words) if mine and theirs else True
