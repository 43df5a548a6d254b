"""Drafting from the sound alone: the whole window is spelled once, then found again by the last tokens.

A head on the encoder's frames (`heads.CtcHead`) writes each window's tokens before the first pass, without context and
without timestamps. Each pass then looks where in that draft the text stands, and guesses what comes next; where the
draft was wrong it is found again behind the mistake.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from meetbot.transcribe.drafters.heads import CtcHead, Listed, spell
from meetbot.transcribe.greedy import Rows
from meetbot.transcribe.passes import NO_DRAFT

THRESHOLD = 0.4  # of a token's beginning; lower drafts more tokens that nobody said
WANDERS = 4  # places either side of where the draft should stand, that are searched


class Ctc:
    """Per row of the batch the drafted window and the place reached in it."""

    def __init__(self, head: CtcHead, listed: Listed, eot: int) -> None:
        self.head, self.listed, self.eot = head, listed, eot
        self.texts: list[list[int]] = []
        self.places: list[int] = []
        self.seen: list[int] = []

    def begin(self, rows: Rows) -> None:
        """Spell the windows."""
        self.texts = spell(self.head, rows.cache.sound.to(self.head.into.weight.dtype), self.listed, THRESHOLD)
        self.places = [0 for _ in self.texts]
        self.seen = [0 for _ in self.texts]

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        """Find every row's place again."""
        for row, tokens in enumerate(rows.tokens):
            new = [token for token in tokens[self.seen[row] :] if token < self.eot]
            self.seen[row] = len(tokens)
            if new:
                text = [token for token in tokens[-2 * WANDERS :] if token < self.eot]
                self.places[row] = find(self.texts[row], self.places[row] + len(new), text)

    def propose(self, rows: Rows, k: int) -> Tensor:
        """The draft's next tokens, after the partner of a timestamp that has none yet."""
        guesses = []
        for row, tokens in enumerate(rows.tokens):
            lone = len(tokens) > 1 and tokens[-1] >= self.eot > tokens[-2]
            ahead = self.texts[row][self.places[row] :]
            found = [tokens[-1], *ahead] if lone else ahead
            guesses.append([*found, *[NO_DRAFT] * k][:k])
        return torch.tensor(guesses, device=rows.positions.device)

    def select(self, kept: Tensor) -> None:
        """Forget rows that ended."""
        chosen = kept.tolist()
        self.texts, self.places, self.seen = (
            [self.texts[row] for row in chosen],
            [self.places[row] for row in chosen],
            [self.seen[row] for row in chosen],
        )


def find(draft: Sequence[int], expected: int, text: Sequence[int]) -> int:
    """Where in `draft` the token after `text` should stand: near `expected`, behind the most of `text`'s last tokens.

    >>> find([5, 6, 7, 8, 9], 2, [5, 6])
    2
    >>> find([5, 7, 8, 9], 3, [5, 6, 7])  # the draft missed a token
    2
    """
    best, score = max(0, min(expected, len(draft))), 0.0
    for place in range(max(1, expected - WANDERS), min(len(draft), expected + WANDERS) + 1):
        agree = 0
        while agree < min(place, len(text)) and draft[place - 1 - agree] == text[len(text) - 1 - agree]:
            agree += 1
        found = agree - 0.2 * abs(place - expected)
        if agree and found > score:
            best, score = place, found
    return best
