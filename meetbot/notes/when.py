"""When something is due: the speaker's words to a calendar date, counted from the day of the meeting. Pure.

Weekdays, months and most dates come from `dateparser`'s language data; what people say in meetings and a date parser
does not know (the end of the week, next Tuesday, the eighteenth) is in `when.toml`. What has no one meaning (soon, next
week, after the holidays) has no date: None.
"""

from __future__ import annotations

import calendar
import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from meetbot.words import fold

Table = Mapping[str, Any]
_WORD = re.compile(r"[^\W_]+(?:[-./'][^\W_]+)*\.?")


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Table]:
    """What people say about time, by language."""
    return tomllib.loads((files("meetbot.notes") / "when.toml").read_text(encoding="utf-8"))


def due_date(words: str, meeting: date, language: str) -> date | None:
    """The day that `words` mean, said at a meeting on the day `meeting`.

    >>> monday = date(2026, 11, 23)
    >>> [str(due_date(words, monday, "en")) for words in ("by Wednesday", "end of the week", "next Tuesday", "soon")]
    ['2026-11-25', '2026-11-27', '2026-12-01', 'None']
    """
    table = tables().get(language)
    if table is None:
        return _parsed(words, meeting, language)
    said = " " + " ".join(_WORD.findall(fold(words.replace("’", "'")))) + " "
    said = re.sub(r" (twenty|thirty) (?=[a-z]+(?:st|nd|rd|th) )", r" \1-", said)
    for rule in (_fixed, _period_end, _middle, _calendar_day, _counted, _day_of_month, _weekday):
        found = rule(said, meeting, table)
        if found:
            return found
    return _parsed(words, meeting, language) if re.search(r"\d", said) else None


def _has(said: str, phrases: list[str]) -> bool:
    return any(_stands(said, fold(phrase)) for phrase in phrases)


def _stands(said: str, phrase: str) -> bool:
    """Whether `phrase` is in `said`, as words of their own where the script has spaces."""
    return phrase in said if "\u3400" <= phrase[:1] <= "\u9fff" else f" {phrase} " in said


def _fixed(said: str, meeting: date, table: Table) -> date | None:
    """Today, tomorrow, the day after tomorrow: the longest phrase wins."""
    phrases = [(fold(phrase), days) for days, group in table["days"].items() for phrase in group]
    for phrase, days in sorted(phrases, key=lambda pair: -len(pair[0])):
        if _stands(said, phrase):
            return meeting + timedelta(days=int(days))
    return None


def _period_end(said: str, meeting: date, table: Table) -> date | None:
    """The end of this or the next week or month. A working week ends on Friday."""
    if not _has(said, table["end"]):
        return None
    later = _has(said, table["next"])
    if _has(said, table["week"]):
        friday = meeting + timedelta(days=(4 - meeting.weekday()) % 7)
        return friday + timedelta(days=7 if later else 0)
    if _has(said, table["month"]):
        first = _first_of_next_month(meeting) if later else meeting.replace(day=1)
        return _last_day(first)
    if _has(said, table["year"]):
        return date(meeting.year + later, 12, 31)
    for name, number in _months(table):
        if f" {name} " in said:
            year = meeting.year + (number < meeting.month)
            return _last_day(date(year, number, 1))
    return None


def _middle(said: str, meeting: date, table: Table) -> date | None:
    """The middle of a month is its fifteenth."""
    for name, month in _months(table):
        if any(f" {fold(word)} {name} " in said for word in table["middle"]):
            return _next(meeting, month, 15)
    return None


def _weekday(said: str, meeting: date, table: Table) -> date | None:
    """A weekday is the first after the meeting; "next" one, that of the week after the meeting's."""
    for number, group in enumerate(table["weekdays"]):
        if not _has(said, group):
            continue
        if _has(said, [f"{day} {before}" for day in group for before in table["before"]]):
            return None  # "the Sunday before" counts from something else
        if _has(said, table["next"]):
            monday = meeting - timedelta(days=meeting.weekday()) + timedelta(days=7)
            return monday + timedelta(days=number)
        ahead = (number - meeting.weekday()) % 7 or 7
        return meeting + timedelta(days=ahead + (7 if _has(said, table["after_next"]) else 0))
    return None


def _counted(said: str, meeting: date, table: Table) -> date | None:
    """In two weeks, in ten days, a week from now."""
    if not table["within"]:
        return None
    unit = {fold(word): days for days, group in table["units"].items() for word in group}
    number = {fold(word): value for value, group in enumerate(table["counts"]) for word in group}
    within = "|".join(map(re.escape, map(fold, table["within"])))
    found = re.search(rf" (?:{within}) ([^ ]+) ([^ ]+) ", said) or re.fullmatch(r" ([^ ]+) ([^ ]+) ", said)
    if found and found[2] in unit:
        count = int(found[1]) if found[1].isdigit() else number.get(found[1])
        if count:
            return meeting + timedelta(days=count * int(unit[found[2]]))
    return None


def _calendar_day(said: str, meeting: date, table: Table) -> date | None:
    """The twentieth of March, March 3rd, 14. April: the next such day."""
    for name, month in sorted(_months(table), key=lambda pair: -len(pair[0])):  # 十一月 before 一月
        for pattern in (
            rf" ([^ ]+)(?: (?:of|de|du|do))? {name} ",
            rf" {name} (?:the )?([^ ]+) ",
            rf"{name}([^ ]+[号日])",
        ):
            found = re.search(pattern, said)
            day = _ordinal(found[1], table) if found else None
            if day:
                return _next(meeting, month, day)
    return None


def _day_of_month(said: str, meeting: date, table: Table) -> date | None:
    """The eighteenth: the next day of that number."""
    words = said.split()
    for before, word in zip(["", *words], words, strict=False):
        article = before in table["day_article"]
        article = article or any(before in map(fold, group) for group in table["weekdays"])
        # "first thing on Monday" is not the first of the month.
        day = _ordinal(word, table, bare=article) if article or len(words) <= 2 else None
        if day:
            month, year = meeting.month, meeting.year
            if day <= meeting.day:
                following = _first_of_next_month(meeting)
                month, year = following.month, following.year
            return _day(year, month, day)
    return None


def _ordinal(word: str, table: Table, bare: bool = True) -> int | None:
    """The day a word names: eighteenth, 18th, and 18 if `bare`."""
    named = {fold(spelling): number for number, group in enumerate(table["ordinals"]) for spelling in group.split()}
    counts = {fold(count) for group in table["counts"] for count in group}
    if word in named and (bare or word not in counts):
        return named[word]
    found = re.fullmatch(r"(\d{1,2})(st|nd|rd|th|ter|ten|er|\.)?", word)
    if found and (found[2] or bare) and 1 <= int(found[1]) <= 31:
        return int(found[1])
    return None


def _months(table: Table) -> list[tuple[str, int]]:
    return [(fold(name), number + 1) for number, group in enumerate(table["months"]) for name in group]


def _next(meeting: date, month: int, day: int) -> date | None:
    this_year = _day(meeting.year, month, day)
    return this_year if this_year is None or this_year >= meeting else _day(meeting.year + 1, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _parsed(words: str, meeting: date, language: str) -> date | None:
    """What dateparser makes of it, for dates in digits and for languages without a table."""
    from datetime import datetime

    import dateparser

    settings = {
        "RELATIVE_BASE": datetime(meeting.year, meeting.month, meeting.day),
        "PREFER_DATES_FROM": "future",
        "REQUIRE_PARTS": ["day"],
    }
    try:
        found = dateparser.parse(words, languages=[language], settings=settings)
    except ValueError:  # a language it does not know
        return None
    return found.date() if found else None
