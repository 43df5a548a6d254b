"""Drafting by the model itself, in the pass that verifies: Jacobi iteration with a pool of n-grams.

Every pass chooses a token after each fed one, also after guesses that turn out wrong; those later choices are the next
guesses (Santilli et al. 2023, arXiv 2305.10427). What the iterations produce is kept as n-grams, and where the pool
knows the last token its n-gram is guessed instead (Fu et al. 2024, arXiv 2402.02057, with a window of one step).
"""

from __future__ import annotations

import torch
from torch import Tensor

from meetbot.transcribe.greedy import Rows
from meetbot.transcribe.passes import NO_DRAFT


class Jacobi:
    """Per row the tail of the last pass's choices; per batch a pool from a token to what came after it."""

    def __init__(self, k: int = 4) -> None:
        self.k = k
        self.tails: list[list[int]] = []
        self.pool: dict[int, list[int]] = {}
        self.lengths: list[int] = []

    def begin(self, rows: Rows) -> None:
        """No guesses yet; the pool stays from window to window."""
        self.tails = [[] for _ in rows.names]
        self.lengths = [0 for _ in rows.names]

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        """`chosen` (rows, fed guesses + 1): what would follow each fed token."""
        for row, choices in enumerate(chosen.tolist()):
            accepted = len(rows.tokens[row]) - self.lengths[row]
            self.lengths[row] = len(rows.tokens[row])
            self.tails[row] = choices[accepted:]
            for place in range(len(choices) - 1):
                self.pool[choices[place]] = choices[place + 1 : place + 1 + self.k]

    def propose(self, rows: Rows, k: int) -> Tensor:
        """The pool's n-gram, else the tail of the last pass, else the last token again, to start the iteration."""
        guesses = []
        for row, tokens in enumerate(rows.tokens):
            found = self.pool.get(tokens[-1], []) or self.tails[row]
            guesses.append([*found, *([tokens[-1]] * k)][:k] if tokens else [NO_DRAFT] * k)
        return torch.tensor(guesses, device=rows.positions.device)

    def select(self, kept: Tensor) -> None:
        """Forget rows that ended."""
        self.tails = [self.tails[row] for row in kept.tolist()]
        self.lengths = [self.lengths[row] for row in kept.tolist()]
