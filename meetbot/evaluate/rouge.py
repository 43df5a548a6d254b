"""ROUGE (Lin 2004): how much of a reference's wording an answer has. F1 of ROUGE-1, ROUGE-2 and ROUGE-L.

On the normalised words of `text.units`, without stemming, so figures are a little lower than those of tools that
stem; ROUGE-L is the longest common subsequence of the whole texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from meetbot.evaluate.text import units


@dataclass(frozen=True, slots=True)
class Rouge:
    """F1 of each, from 0 to 1."""

    rouge1: float
    rouge2: float
    rouge_l: float


def rouge(reference: str, answer: str, language: str = "en") -> Rouge:
    """`answer` against `reference`. With several references take the best of each."""
    truth, given = units(reference, language), units(answer, language)
    return Rouge(_ngrams(truth, given, 1), _ngrams(truth, given, 2), _longest(truth, given))


def mean(scores: Sequence[Rouge]) -> Rouge:
    """The mean over questions; zeros for none."""
    count = max(len(scores), 1)
    return Rouge(
        sum(score.rouge1 for score in scores) / count,
        sum(score.rouge2 for score in scores) / count,
        sum(score.rouge_l for score in scores) / count,
    )


def _ngrams(truth: Sequence[str], given: Sequence[str], n: int) -> float:
    counts = [
        Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1)) for words in (truth, given)
    ]
    return _f1((counts[0] & counts[1]).total(), counts[0].total(), counts[1].total())


def _longest(truth: Sequence[str], given: Sequence[str]) -> float:
    """The longest common subsequence, one row of the table at a time."""
    row = [0] * (len(given) + 1)
    for word in truth:
        previous = 0
        for column, other in enumerate(given, 1):
            previous, row[column] = row[column], previous + 1 if word == other else max(row[column], row[column - 1])
    return _f1(row[-1], len(truth), len(given))


def _f1(shared: int, truth: int, given: int) -> float:
    return 2 * shared / (truth + given) if truth + given else 0.0
