"""Retrieval against known answers: how many of the turns that answer a question are among what is found. Pure but for
the embedding model.

recall@k of a query: the part of its gold turns that lie in the first k windows, averaged over queries. Four ways to
order the same windows are compared: words alone, meaning alone (cosine), both fused, and what `ask` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from meetbot.ask.retrieve import Embedder, Index
from meetbot.evaluate.qmsum import QMSumMeeting
from meetbot.evaluate.retrieval import Hits, hits_at, mean_recall

Order = Callable[[Index, str], list[int]]


@dataclass(frozen=True)
class Recall:
    """Mean recall@k over `queries` queries, for each way of ordering."""

    k: int
    queries: int
    by: dict[str, float]


def _words(index: Index, question: str) -> list[int]:
    return [int(place) for place in np.argsort(-index.words.scores(question), kind="stable")]


def _meaning(index: Index, question: str) -> list[int]:
    if index.vectors is None or index.embedder is None:
        return []
    return [int(place) for place in np.argsort(-(index.vectors @ index.embedder([question])[0]), kind="stable")]


ORDERS: dict[str, Order] = {
    "words": _words,
    "cosine": _meaning,
    "meetbot": lambda index, question: index.order(question),
}


def recall(meetings: Sequence[QMSumMeeting], embedder: Embedder | None, k: int = 10) -> Recall:
    """Mean recall@k over all specific queries of `meetings`; without `embedder` words alone are searched."""
    found: dict[str, list[Hits]] = {name: [] for name in ORDERS}
    for meeting in meetings:
        index = Index.of([meeting.transcript], embedder)
        for query in meeting.queries:
            if not query.turns:
                continue
            for name, order in ORDERS.items():
                ranked = [{turn.id for turn in index.windows[place].turns} for place in order(index, query.text)[:k]]
                found[name].append(hits_at(ranked, query.turns, k))
    return Recall(k, len(found["meetbot"]), {name: mean_recall(hits) for name, hits in found.items()})
