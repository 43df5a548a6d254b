"""Retrieval scored: how much of what a question is about was among the first k hits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hits:
    """`found` of the `gold` turns of one question."""

    found: int
    gold: int

    @property
    def recall(self) -> float:
        """The part that was found; 1 when there was nothing to find."""
        return self.found / self.gold if self.gold else 1.0


def hits_at(ranked: Sequence[Collection[str]], gold: Collection[str], k: int) -> Hits:
    """How many of the turns `gold` are in the first `k` windows of `ranked`, best first; each is a set of turns.

    >>> hits_at([{"T1", "T2"}, {"T8"}], {"T2", "T8", "T9"}, k=1)
    Hits(found=1, gold=3)
    """
    seen = {turn for window in ranked[:k] for turn in window}
    wanted = set(gold)
    return Hits(len(seen & wanted), len(wanted))


def turns_at(ranked: Sequence[str], gold: Collection[str], k: int) -> Hits:
    """How many of `gold` are among the first `k` single turns."""
    return hits_at([{turn} for turn in ranked], gold, k)


def mean_recall(questions: Sequence[Hits]) -> float:
    """The mean over questions (as QMSum's are: each counts the same, however long its span)."""
    return sum(hits.recall for hits in questions) / len(questions) if questions else 0.0


def reciprocal_rank(ranked: Sequence[Collection[str]], gold: Collection[str]) -> float:
    """One over the rank of the first window with a gold turn; 0 when there is none."""
    wanted = set(gold)
    return next((1 / rank for rank, window in enumerate(ranked, 1) if wanted & set(window)), 0.0)
