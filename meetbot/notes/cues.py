"""What a turn does in a conversation, told by its wording: offers, asks, agrees, refuses, takes back, settles. Pure.

Patterns by language in `cues.toml`. They nominate turns for the model to be asked about; for a language without
patterns, nothing is nominated and every stretch is read whole.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from meetbot.domain import Utterance
from meetbot.words import fold

# A sentence. No end of one is the full stop of a title ("Mrs. Lyle"), within a number ("2.5 million", "9.30"), or of a
# German ordinal ("am 3. Mai", "der 3. ist gut"): Whisper writes numbers in digits.
_ORDINAL = r"\d\.(?=\d|\s+[a-zà-öø-ÿ]|\s+(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez))"
SENTENCE = re.compile(rf"(?:\b(?:Mrs?|Ms|Dr|Sra?)\.|{_ORDINAL}|[^.!?。！？])+[.!?。！？]*")
SHORT = 7  # words; in so short a turn a yes counts wherever it stands ("Tomorrow, yep")


@lru_cache(maxsize=1)
def patterns() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    """Language to cue to pattern."""
    tables = tomllib.loads((files("meetbot.notes") / "cues.toml").read_text(encoding="utf-8"))
    return {
        language: {cue: re.compile(pattern) for cue, pattern in table.items()} for language, table in tables.items()
    }


def known(language: str) -> bool:
    """Whether there are patterns for `language`."""
    return language in patterns()


def spelled(text: str) -> str:
    """`text` as the patterns expect it: folded, one kind of apostrophe."""
    return fold(text.replace("’", "'").replace("ʼ", "'"))


def cues(utterances: Sequence[Utterance], language: str) -> list[frozenset[str]]:
    """The cues of each of `utterances`, by names that are those of `cues.toml`, and "question"."""
    table = patterns()[language]
    found = []
    for utterance in utterances:
        said = spelled(utterance.text)
        mine = {cue for cue, pattern in table.items() if pattern.search(said)}
        if said.rstrip('"»” ').endswith("?"):
            mine.add("question")
        found.append(frozenset(mine))
    return found


def has_cue(text: str, language: str, cue: str) -> bool:
    """Whether `text` has `cue`, a name of `cues.toml`; never in a language without patterns."""
    pattern = patterns().get(language, {}).get(cue)
    return pattern is not None and pattern.search(spelled(text)) is not None


def without(text: str, language: str, cue: str) -> str:
    """`text`, folded, without the words that are `cue`."""
    said = spelled(text)
    pattern = patterns().get(language, {}).get(cue)
    return pattern.sub(" ", said) if pattern is not None else said


def without_due(text: str, language: str) -> str:
    """`text`, folded, without the words that say when something is due."""
    return without(text, language, "due")


def without_clauses(text: str, language: str, cue: str) -> str:
    """`text`, folded, without the clauses that begin with `cue`."""
    said = spelled(text)
    pattern = patterns().get(language, {}).get(cue)
    return re.sub(rf"(?:{pattern.pattern})[^,;.!?，。；]*", " ", said) if pattern is not None else said


def opening(text: str, language: str) -> int:
    """How many characters of `text` only open it: "And", "Yeah, so"."""
    pattern, said = patterns().get(language, {}).get("opening"), spelled(text)
    found = pattern.match(said) if pattern is not None and len(said) == len(text) else None
    return found.end() if found else 0


def after(text: str, language: str, cue: str) -> str:
    """What follows the last `cue` of `text`, folded; all of it where there is none."""
    said = spelled(text)
    pattern = patterns().get(language, {}).get(cue)
    return said[max((match.end() for match in pattern.finditer(said)), default=0) :] if pattern else said


def due_words(text: str, language: str) -> str | None:
    """The words of `text` that say when something is due, as they were said, or None."""
    if language not in patterns():
        return None
    found = list(patterns()[language]["due"].finditer(spelled(text)))
    if not found:
        return None
    return _as_said(max(found, key=lambda match: match.end() - match.start()), text)


def event_words(text: str, language: str) -> str | None:
    """The words of `text` that say ahead of or after what something is done, as they were said, or None."""
    pattern = patterns().get(language, {}).get("event")
    found = pattern.search(spelled(text)) if pattern is not None else None
    return _as_said(found, text) if found else None


def spans(text: str, language: str, *names: str) -> list[tuple[int, int, str]]:
    """Where in `text`, folded, the cues of these names begin and end, and as what they were said; in order."""
    said, table = spelled(text), patterns().get(language, {})
    found = [match for name in names if name in table for match in table[name].finditer(said) if match[0]]
    return sorted((match.start(), match.end(), _as_said(match, text)) for match in found)


def _as_said(found: re.Match[str], text: str) -> str:
    """What was found in `text` as the patterns expect it, in its own spelling."""
    # Folding may change lengths (ß, œ); then the folded words are as good.
    return text[found.start() : found.end()] if len(found.string) == len(text) else found[0]
