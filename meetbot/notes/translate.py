"""Verified items in the language of the notes, where that is not the one spoken: the model words, code compares.

A translation is taken if the item's numbers, names, days and months are all in it, no other number or weekday is, and
its small words are those of the language asked for. An item that fails stays as it was spoken and says so in
`language`. Concedes: a translation that changes a verb or drops a "not" is not noticed; the cited turns are the proof.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from meetbot.domain import Transcript
from meetbot.llm import LanguageModel, Prompt, neutral
from meetbot.notes.ground import capitals_mean_little
from meetbot.notes.people import people_named
from meetbot.notes.settle import Settled
from meetbot.prompting import prompt
from meetbot.words import content, fold, function_words, language_name, names, numbers, tokens

LONGEST = 240  # characters of a translation
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_HAN = re.compile(r"[\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")


T = TypeVar("T")


def translated(model: LanguageModel, transcript: Transcript, settled: Settled, language: str) -> Settled:
    """`settled` with its texts in `language`, as far as they survive that."""
    spoken = transcript.language
    people = _people(transcript, settled)

    def put(item: T, field: str) -> T:
        text = str(getattr(item, field))
        written = _written(model, text, spoken, language, people)
        change = {"language": spoken} if written is None else {field: written}
        return replace(item, **change)  # type: ignore[type-var]

    return Settled(
        tuple(
            replace(put(one, "text"), history=tuple(put(old, "text") for old in one.history))
            for one in settled.decisions
        ),
        tuple(put(one, "task") for one in settled.action_items),
        tuple(put(one, "text") for one in settled.open_questions),
        tuple(replace(one, language=spoken) for one in settled.unverified),
    )


def _written(model: LanguageModel, text: str, spoken: str, language: str, people: Sequence[str]) -> str | None:
    """`text` in `language`, or None when what the model wrote cannot be relied on."""
    schema = {
        "type": "object",
        "properties": {"translation": {"type": "string", "minLength": 2, "maxLength": LONGEST}},
        "required": ["translation"],
        "additionalProperties": False,
    }
    question = prompt("translate", text=neutral(text), language=language_name(language))
    answer = model.answer(Prompt(prompt("system"), "", question), schema, room=140)
    written = " ".join(str(answer["translation"]).split())
    return written if survives(text, written, spoken, language, people) else None


def survives(text: str, written: str, spoken: str, language: str, people: Sequence[str] = ()) -> bool:
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
        and all(fold(name) in folded for name in _names(text, spoken, people))
        and 0.2 * len(text) < len(written) < 3 * len(text) + 20
        and _is_in(written, text, spoken, language)
    )


def _people(transcript: Transcript, settled: Settled) -> list[str]:
    """Names that stay as they are in every language."""
    owners = [item.owner_name for item in settled.action_items if item.owner_name]
    return [*(speaker.name for speaker in transcript.speakers if speaker.name), *owners]


def _names(text: str, spoken: str, people: Sequence[str]) -> set[str]:
    """The names in `text`: people who are known, and words with a capital where that means something."""
    folded = fold(text)
    known = {name for name in people if re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", folded)}
    if capitals_mean_little(spoken):
        return known
    dated = {fold(form) for kind in (WEEKDAYS, MONTHS) for forms in _forms(spoken, kind) for form in forms}
    return known | {name for name in names(text) | people_named(text) if fold(name) not in dated}


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
