"""A question to the windows of the meetings that may answer it, best first.

Words (BM25) and meaning (embeddings) each rank all windows; the two orders are fused by reciprocal ranks (Cormack et
al. 2009). Without the embedding model, or for a language it does not know, words alone decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meetbot.ask.bm25 import BM25
from meetbot.ask.windows import Window, windows
from meetbot.domain import Transcript

SHARES = (0.5, 0.4, 0.3, 0.2)  # of the score of windows one, two, three, four places away
RANK = 60  # of the fusion: how slowly a rank loses weight

Embedder = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Index:
    """The windows of some meetings, ready to be searched."""

    windows: list[Window]
    words: BM25
    vectors: NDArray[np.float32] | None
    embedder: Embedder | None

    @classmethod
    def of(cls, meetings: Sequence[Transcript], embedder: Embedder | None = None) -> Index:
        """Index `meetings`; with `embedder`, meanings are searched as well as words."""
        found = windows(meetings)
        texts = [window.text for window in found]
        return cls(found, BM25(texts), embedder(texts) if embedder and texts else None, embedder)

    def search(self, question: str, count: int = 10) -> list[Window]:
        """The `count` windows that answer best to `question`."""
        return [self.windows[index] for index in self.order(question)[:count]]

    def order(self, question: str) -> list[int]:
        """All windows, best first. Without a shared word or vectors there is no order to give: none are listed."""
        words = self.words.scores(question)
        if self.vectors is None or self.embedder is None:
            fused = self.nearby(words)
            ranked = [int(index) for index in np.argsort(-fused, kind="stable") if fused[index] > 0]
        else:
            meaning = (self.vectors @ self.embedder([question])[0]).astype(np.float64)
            fused = reciprocal(self.nearby(words)) * (words.max(initial=0.0) > 0) + reciprocal(self.nearby(meaning))
            ranked = [int(index) for index in np.argsort(-fused, kind="stable")]
        return self.spread(ranked)

    def nearby(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """`scores` with a share of those of the windows around: what is talked about is talked about for a while."""
        places = np.array([window.meeting for window in self.windows])
        result = scores.astype(np.float64).copy()
        for distance, share in enumerate(SHARES, 1):
            same = places[distance:] == places[:-distance]
            result[distance:] += share * np.where(same, scores[:-distance], 0.0)
            result[:-distance] += share * np.where(same, scores[distance:], 0.0)
        return result

    def spread(self, ranked: Sequence[int]) -> list[int]:
        """`ranked` with windows that have mostly been listed already moved behind the others."""
        seen: set[tuple[int, str]] = set()
        fresh, stale = [], []
        for index in ranked:
            window = self.windows[index]
            turns = {(window.meeting, turn.id) for turn in window.turns}
            if len(turns & seen) * 3 > len(turns):
                stale.append(index)
            else:
                fresh.append(index)
                seen |= turns
        return fresh + stale


def reciprocal(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (RANK + rank) of each score, the best having rank 1."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return 1.0 / (RANK + ranks)
