"""BM25 (Robertson and Zaragoza 2009) over a few thousand short texts: a query to a score for each. Pure numpy."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from meetbot.words import function_words, tokens

K1 = 1.2
B = 0.5  # windows are of similar length: less correction than the usual 0.75
ASKING = (
    "summarize summarise summary discuss discussed discussion talk talked talking mention mentioned opinion opinions "
    "think thought view views regarding concerning describe explain tell list conversation attitude comment comments "
    "zusammenfassen besprochen gesprochen meinung résume parlé avis resume hablado opinión 讨论 总结 意见"
)
STEM = 6  # characters by which words are compared as well, at half weight: plan, planning, planned


class BM25:
    """An index of `texts`."""

    def __init__(self, texts: Sequence[str]) -> None:
        bags = [Counter(terms(text)) for text in texts]
        self.lengths = np.array([sum(bag.values()) for bag in bags], dtype=np.float64)
        self.postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for index, bag in enumerate(bags):
            for term, count in bag.items():
                self.postings[term].append((index, count))

    def scores(self, query: str) -> NDArray[np.float64]:
        """(n,) how well each text answers to `query`; 0 if no word is shared."""
        result = np.zeros(len(self.lengths))
        if not len(result):
            return result
        norm = K1 * (1 - B + B * self.lengths / max(1.0, float(self.lengths.mean())))
        for term in set(terms(query)) - asking():
            found = self.postings.get(term, [])
            rarity = math.log(1 + (len(result) - len(found) + 0.5) / (len(found) + 0.5))
            for index, count in found:
                weight = 0.5 if term.endswith("*") else 1.0
                result[index] += weight * rarity * count * (K1 + 1) / (count + norm[index])
        return result


@lru_cache(maxsize=1)
def asking() -> frozenset[str]:
    """Terms of the act of asking, which say nothing about what is asked for."""
    return frozenset(terms(ASKING))


def terms(text: str) -> list[str]:
    """The terms of `text`: its words without function words, and their stems marked with "*"."""
    words = [word for word in tokens(text) if word not in function_words()]
    return words + [f"{word[:STEM]}*" for word in words if word.isalpha() and len(word) > 3]
