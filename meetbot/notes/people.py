"""Who is named in what was said: words written like names, but for days and months, which are written so too. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from meetbot.notes.when import tables
from meetbot.words import fold, function_words, names

# A word that opens a sentence has a capital in any case; it is a name when a verb shows that it does something.
_SUBJECT = re.compile(
    r"(?:^|[.!?…]\s+)([A-ZÀ-Þ][\w-]+)(?=(?:'s|’s)? (?:is|was|has|will|would|said|promised|wants|hat|ist"
    r"|wird|wollte|a|est|va|veut|doit|ha|está|va|quiere|tiene)\b)"
)


@lru_cache(maxsize=1)
def calendar_words() -> frozenset[str]:
    """Days and months of every language known, folded."""
    groups = [group for table in tables().values() for key in ("weekdays", "months") for group in table.get(key, ())]
    return frozenset(fold(word) for group in groups for word in group)


def people_named(text: str) -> set[str]:
    """The names in `text`, as written.

    >>> sorted(people_named("Priya is drawing them. She promised Marco to be done by Friday."))
    ['Marco', 'Priya']
    """
    subjects = {word for word in _SUBJECT.findall(text) if fold(word) not in function_words()}
    return {name for name in names(text) | subjects if fold(name) not in calendar_words()}
