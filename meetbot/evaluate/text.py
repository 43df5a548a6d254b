"""Text as it is scored: Whisper's own normalisers, then words, or characters where a language writes no spaces.

Radford et al. 2022, appendix C: the English normaliser for English (numbers, contractions, spelling, fillers), the
basic one for the rest; every character a word for Chinese, Japanese, Thai, Lao, Burmese and Cantonese, where the rate
is then a character error rate (CER).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

UNSEGMENTED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})


def by_character(language: str) -> bool:
    """Whether errors in `language` (an ISO 639-1 code as Whisper has it) are counted in characters."""
    return language in UNSEGMENTED


def units(text: str, language: str) -> tuple[str, ...]:
    """The words of `text` that are compared, or its characters.

    >>> units("Mm, it's TWENTY-one apples!", "en")          # doctest: +SKIP
    ('it', 'is', '21', 'apples')
    """
    return tuple(_normaliser(language)(text).split())


@cache
def _normaliser(language: str) -> Callable[[str], str]:
    from whisper.normalizers import BasicTextNormalizer, EnglishTextNormalizer

    if language == "en":
        return EnglishTextNormalizer()  # type: ignore[no-any-return]
    return BasicTextNormalizer(split_letters=by_character(language))  # type: ignore[no-any-return]
