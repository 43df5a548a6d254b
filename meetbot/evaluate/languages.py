"""Words by language and corpus, as in Whisper's tables: utterances with their text, and what was heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meetbot.evaluate.references import Reference
from meetbot.evaluate.scores import Pooled, Score, pool
from meetbot.evaluate.text import by_character, units
from meetbot.evaluate.words import word_errors


@dataclass(frozen=True)
class UtteranceScore:
    """One utterance: its WER, or CER where the language writes no spaces."""

    name: str
    language: str
    corpus: str
    score: Score


@dataclass(frozen=True)
class LanguageScore:
    """The utterances of one language and corpus, pooled."""

    language: str
    corpus: str
    pooled: Pooled


@dataclass(frozen=True)
class WordsReport:
    """WER or CER by language and corpus, and for every utterance."""

    languages: tuple[LanguageScore, ...]
    utterances: tuple[UtteranceScore, ...]
    schema_version: int = 1


def score_utterance(reference: Reference, heard: str, language: str) -> UtteranceScore:
    """`heard` against the reference's text; `language` is used where the reference names none."""
    language = reference.language or language
    score = word_errors(
        units(reference.text, language), units(heard, language), "CER" if by_character(language) else "WER"
    )
    return UtteranceScore(reference.name, language, reference.corpus or "", score)


def by_language(utterances: Sequence[UtteranceScore]) -> WordsReport:
    """Pooled by language and corpus, both in alphabetical order."""
    groups: dict[tuple[str, str], list[UtteranceScore]] = {}
    for utterance in utterances:
        groups.setdefault((utterance.language, utterance.corpus), []).append(utterance)
    languages = tuple(
        LanguageScore(language, corpus, pool([[member.score] for member in members])[0])
        for (language, corpus), members in sorted(groups.items())
    )
    return WordsReport(languages, tuple(utterances))
