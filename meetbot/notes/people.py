"""Who is named in what was said: words written like names, but for days and months, which are written so too. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from meetbot.notes.when import tables
from meetbot.words import fold, function_words, names

# A word that opens a sentence has a capital in any case; it is a name when a verb shows that it does something.
_VERBS = (
    r"(?:is|was|has|does|will|would|said|promised|wants|sends|brings|hat|ist|wird|will|wollte|soll|schickt|macht"
    r"|prüft|bringt|a|est|va|veut|doit|envoie|fait|ha|está|quiere|tiene|manda|trae|envía)"
)
_SUBJECT = re.compile(rf"(?:^|[.!?…]\s+)([A-ZÀ-Þ][\w-]+)(?=(?:'s|’s)? {_VERBS}\b)")
_TITLED = re.compile(
    r"\b(?:Mrs?|Ms|Miss|Mister|Dr|Prof|Frau|Herrn?|Madame|Mme|Monsieur|Mlle|Señora?|Sra?|Don|Doña)\b\.? "
    r"[A-ZÀ-Þ][\w-]+(?: [A-ZÀ-Þ][\w-]+)?"
)

HOLIDAYS = {"easter", "christmas", "ostern", "weihnachten", "pfingsten", "paques", "noel", "navidad", "pascua"}


@lru_cache(maxsize=1)
def calendar_words() -> frozenset[str]:
    """Days, months and some holidays of every language known, folded."""
    groups = [group for table in tables().values() for key in ("weekdays", "months") for group in table.get(key, ())]
    return frozenset(fold(word) for group in groups for word in group) | HOLIDAYS


def people_named(text: str, language: str) -> set[str]:
    """The names in `text`, as written.

    >>> sorted(people_named("Priya is drawing them. She promised Marco to be done by Friday.", "en"))
    ['Marco', 'Priya']
    """
    subjects = {word for word in _SUBJECT.findall(text) if fold(word) not in function_words(language)}
    return {
        name
        for name in names(text, language) | subjects
        if not {fold(name), fold(name).removesuffix("s")} & calendar_words()
    }


def full_name(name: str, text: str) -> str:
    """`name` with the title or the other names that it stands with in `text`.

    >>> full_name("Lyle", "She is with the auditor, Mrs. Lyle. It was Joanne Pike.")
    'Mrs. Lyle'
    >>> full_name("Pike", "She is with the auditor, Mrs. Lyle. It was Joanne Pike.")
    'Joanne Pike'
    """
    for titled in titled_names(text):
        if name in re.split(r"[ .]+", titled):
            return titled
    this = rf"{re.escape(name)}\b"
    other = rf"(?!{this})[A-ZÀ-Þ][\w-]+"  # who stutters says it twice
    found = re.search(rf"(?:(?<=[\w,;] ){other} )?\b{this}(?: {other})?", text)
    return found[0] if found else name


def titled_names(text: str) -> list[str]:
    """The names in `text` that come with a title ("Frau Petzold"), as written."""
    return [match[0] for match in _TITLED.finditer(text)]


def does_something(name: str, text: str) -> bool:
    """Whether a verb follows `name` in `text`: it is who does something, not to whom it is done."""
    return re.search(rf"\b{re.escape(name)}(?:['’]s [a-z]+ing|(?:['’]s)? {_VERBS})\b", text) is not None
