"""A transcript to the places where its subject changes: chapters that follow each other and cover the meeting. Pure.

TextTiling (Hearst 1997): where the words before a gap and those after it have least in common, a chapter begins.
Concedes: a subject that comes back later is another chapter.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

from meetbot.domain import Utterance
from meetbot.words import content

REACH = 8  # turns compared on either side of a gap
WORDS = 450  # of speech a chapter has on average; about three minutes
FEWEST = 6  # turns in a chapter
MOST = 14  # chapters in a meeting: a reader's list, however long the meeting


def chapters(utterances: Sequence[Utterance]) -> list[tuple[Utterance, ...]]:
    """`utterances` in runs, one a chapter."""
    total = sum(len(utterance.text.split()) or len(content(utterance.text)) for utterance in utterances)
    wanted = max(1, min(MOST, round(total / WORDS), len(utterances) // FEWEST))
    bags = [Counter(word[:6] for word in content(utterance.text)) for utterance in utterances]
    depths = _depths([_closeness(bags, gap) for gap in range(1, len(utterances))])
    cuts: list[int] = []
    for gap in sorted(range(1, len(utterances)), key=lambda gap: (-depths[gap - 1], gap)):
        if len(cuts) + 1 >= wanted:
            break
        if all(abs(gap - other) >= FEWEST for other in [0, *cuts, len(utterances)]):
            cuts.append(gap)
    edges = [0, *sorted(cuts), len(utterances)]
    return [tuple(utterances[a:b]) for a, b in itertools.pairwise(edges)]


def _closeness(bags: Sequence[Counter[str]], gap: int) -> float:
    """Cosine of the words before and after `gap`."""
    before: Counter[str] = sum(bags[max(0, gap - REACH) : gap], Counter())
    after: Counter[str] = sum(bags[gap : gap + REACH], Counter())
    dot = sum(count * after[word] for word, count in before.items())
    size = math.sqrt(sum(n * n for n in before.values()) * sum(n * n for n in after.values()))
    return dot / size if size else 0.0


def _depths(closeness: Sequence[float]) -> list[float]:
    """How far each value lies below the nearest peaks on both sides."""
    depths = []
    for index, value in enumerate(closeness):
        left = right = value
        for other in reversed(closeness[:index]):
            if other < left:
                break
            left = other
        for other in closeness[index + 1 :]:
            if other < right:
                break
            right = other
        depths.append(left + right - 2 * value)
    return depths
