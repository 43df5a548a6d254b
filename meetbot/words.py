"""Text to the units it is compared by: words, numbers, names; character pairs where a script has no spaces.

Pure; knows no language but a few hundred function words and the names of small numbers (words.toml).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

# Scripts written without spaces: Han, kana, Thai, Lao, Khmer, Burmese. (Korean has spaces.)
_UNSEGMENTED = (
    r"\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_TOKEN = re.compile(rf"[{_UNSEGMENTED}]+|\d+(?:[.,:]\d+)*|[^\W\d_{_UNSEGMENTED}]+(?:['’][^\W\d_{_UNSEGMENTED}]+)*")
_RUN = re.compile(rf"[{_UNSEGMENTED}]+")
_SENTENCE_END = tuple(".?!。？！…")
_CLITIC = re.compile(r"['’](?:s|m|re|ve|ll|d|t)$")
_ELISION = re.compile(r"^(?:l|d|j|m|t|s|n|c|qu|jusqu|lorsqu|puisqu|dell|nell|sull|all|un)['’]")


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, object]]:
    return tomllib.loads((files("meetbot") / "words.toml").read_text(encoding="utf-8"))


@lru_cache
def function_words(language: str | None = None) -> frozenset[str]:
    """Words that say little by themselves, folded: of `language`, or of all the languages of words.toml."""
    lists = _tables()["function"]
    chosen = lists.values() if language is None else [lists.get(language, "")]
    return frozenset(fold(word) for text in chosen for word in str(text).split())


@lru_cache(maxsize=1)
def _spelled() -> Mapping[str, int]:
    lists = _tables()["numbers"].values()
    pairs = (entry.rsplit("=", 1) for text in lists for entry in str(text).split())
    return {fold(word): int(number) for word, number in pairs}


def fold(text: str) -> str:
    """`text` in one spelling: compatibility forms unified, lower case, accents dropped.

    >>> fold("Größe, Ａ")
    'grosse, a'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not _is_accent(char)))


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with the word `text`, quotes and brackets aside."""
    return text.rstrip("\"'”’»)]」』 ").endswith(_SENTENCE_END)


def _is_accent(char: str) -> bool:
    # Only Latin, Greek and Cyrillic accents: the voicing marks of kana make other letters.
    return "\u0300" <= char <= "\u036f"


def tokens(text: str) -> list[str]:
    """Words and numbers of `text`, folded, in order; runs of an unsegmented script as overlapping character pairs.

    >>> tokens("Let's ship 1.5 l’eau 東京都")
    ['let', 'ship', '1.5', 'eau', '東京', '京都']
    """
    return [token for raw in _TOKEN.findall(text) for token in _units(raw)]


def _units(raw: str) -> Iterator[str]:
    if _RUN.fullmatch(raw):
        yield from (raw[i : i + 2] for i in range(max(1, len(raw) - 1)))
        return
    word = _ELISION.sub("", _CLITIC.sub("", fold(raw)))
    if word:
        yield word


def unspaced(text: str) -> bool:
    """Whether `text` has a script that is written without spaces."""
    return _RUN.search(text) is not None


def content(text: str) -> list[str]:
    """The tokens of `text` that carry its meaning: no function words, no numbers."""
    empty = function_words() | _spelled().keys()
    return [word for word in tokens(text) if word not in empty and not word[0].isdigit()]


def alike(one: str, other: str) -> bool:
    """Whether two folded words are forms of one: equal, or equal but for their endings.

    >>> alike("prepare", "preparing"), alike("plan", "plant"), alike("contract", "contrast")
    (True, True, False)
    """
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(shorter))
    return same >= 4 and same >= len(shorter) - 1 and len(longer) - same <= 4


def covered(words: Iterable[str], by: Iterable[str]) -> float:
    """The part of `words` that has a form in `by`, 0 to 1; 1 if there are none."""
    wanted, given = list(dict.fromkeys(words)), set(by)
    if not wanted:
        return 1.0
    found = sum(word in given or any(alike(word, other) for other in given) for word in wanted)
    return found / len(wanted)


TENS = frozenset(range(20, 100, 10))  # "twenty one" is a number, "one" alone is mostly a pronoun


def numbers(text: str) -> set[str]:
    """The numbers of `text` in digits, whether written or spelled.

    >>> sorted(numbers("twenty five seats at 1,500 or $3.5"))
    ['1500', '25', '3.5']
    """
    found: set[str] = set()
    pending: int | None = None
    for token in [*tokens(text), ""]:
        value = 1 if token == "one" and pending in TENS else _spelled().get(token)
        if value is not None and pending is not None and _joins(pending, value):
            pending = _joined(pending, value)
            continue
        if pending is not None:
            found.add(str(pending))
        pending = value
        if token[:1].isdigit():
            found.update(_written(token))
    return found


def _joined(left: int, right: int) -> int:
    """One number of two in a row; a hundred multiplies only what is below it (twenty one thousand five hundred)."""
    below = left % right if right >= 100 else 0
    return left - below + below * right if below else left + right


def _joins(left: int, right: int) -> bool:
    """Whether two spelled numbers in a row are one: twenty five, two hundred, hundred five."""
    return right in (100, 1000, 1_000_000) or (left % 10 == 0 and left >= 20 and right < 10) or left % 100 == 0 < left


def _written(token: str) -> Iterator[str]:
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", token)
    plain = re.sub(r"[.,]", "", token) if grouped else token.replace(",", ".")
    yield re.sub(r"^0+(?=\d)", "", plain)
    if ":" in token:
        yield from (re.sub(r"^0+(?=\d)", "", part) for part in token.split(":"))


def names(text: str, language: str | None = None) -> set[str]:
    """Words of `text` written like names: with a capital, not opening a sentence. As written, without clitics.

    Function words are none, of its `language` or, if that is not said, of every one known: Ben and Will are lost then.
    Says little about languages that write every noun with a capital, and nothing about scripts without case.

    >>> sorted(names("Yes, Ben and I saw Ana.", "en")), sorted(names("Yes, Ben and I saw Ana."))
    (['Ana', 'Ben'], ['Ana'])
    """
    empty = function_words(language)
    found = set()
    for sentence in re.split(r"[.!?:…]\s+|\n", text):
        for position, match in enumerate(re.finditer(r"[^\W_]+(?:['’-][^\W_]+)*", sentence)):
            word = _CLITIC.sub("", match[0])
            if position and word[:1].isupper() and len(word) > 1 and fold(word) not in empty:
                found.add(word)
    return found


_LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese", "it": "Italian",
    "nl": "Dutch", "pl": "Polish", "ru": "Russian", "uk": "Ukrainian", "tr": "Turkish", "ja": "Japanese",
    "zh": "Chinese", "ko": "Korean", "ar": "Arabic", "hi": "Hindi", "sv": "Swedish", "da": "Danish",
    "no": "Norwegian", "fi": "Finnish", "cs": "Czech", "el": "Greek", "he": "Hebrew", "ro": "Romanian",
}  # fmt: skip


def language_name(code: str) -> str:
    """The English name of a language, which models know better than its code."""
    return _LANGUAGES.get(code, code)


def language_code(text: str) -> str | None:
    """The code of a language given as a code ("de", "pt-BR") or by its English name; None for one without a name here.

    >>> language_code("German"), language_code("pt-BR"), language_code("Klingon")
    ('de', 'pt', None)
    """
    wanted = text.strip().lower()
    named = next((code for code, name in _LANGUAGES.items() if name.lower() == wanted), None)
    base = re.split(r"[-_]", wanted)[0]
    return named or (base if base in _LANGUAGES else None)


def language_names() -> tuple[str, ...]:
    """The English names of the languages that notes can be asked for."""
    return tuple(sorted(_LANGUAGES.values()))


def replaced(text: str, language: str) -> list[str]:
    """What `text`, in `language`, says that something takes the place of, folded; none in a language without patterns.

    >>> replaced("On Tuesday, not on Monday.", "en")
    ['monday']
    """
    pattern = _pattern("replaced", language)
    said = fold(text.replace("’", "'").replace("ʼ", "'"))
    return [match[1] for match in pattern.finditer(said)] if pattern else []


@lru_cache
def _pattern(table: str, language: str) -> re.Pattern[str] | None:
    pattern = _tables()[table].get(language)
    return re.compile(str(pattern)) if pattern else None


def turning(text: str, language: str) -> list[str]:
    """The words of `text` that turn round what it says or make it hang on something, folded and sorted.

    >>> turning("If he can't, nobody does.", "en")
    ['if', "n't", 'nobody']
    """
    pattern = _pattern("turned", language)
    return sorted(pattern.findall(fold(text.replace("’", "'")))) if pattern else []


def joins(text: str, language: str) -> bool:
    """Whether `text` has a word that joins two things."""
    pattern = _pattern("joined", language)
    return pattern is not None and pattern.search(fold(text)) is not None
