"""Drafting by looking back: what followed these two words the last time, in this window or earlier in the meeting.

Prompt lookup (Saxena 2023) with the whole meeting as the prompt. Costs nothing but a dictionary; pays where people
repeat themselves word for word, which read speech never does and meetings seldom do.
"""

from __future__ import annotations

import torch
from torch import Tensor

from meetbot.transcribe.greedy import Rows
from meetbot.transcribe.passes import NO_DRAFT

REACH = 2  # tokens that must agree


class NGram:
    """Remembers, for every two tokens written so far, where they last stood."""

    def __init__(self) -> None:
        self.texts: list[list[int]] = []
        self.places: dict[tuple[int, ...], tuple[int, int]] = {}
        self.known: dict[int, tuple[int, int]] = {}  # row's name: its text, and how much of it is known

    def begin(self, rows: Rows) -> None:
        """A new batch: earlier texts stay known."""
        self.known = {}
        for name in rows.names:
            self.known[name] = (len(self.texts), 0)
            self.texts.append([])

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        """Learn what was written."""
        for name, tokens in zip(rows.names, rows.tokens, strict=True):
            text, seen = self.known[name]
            self.texts[text] += tokens[seen:]
            # The continuation of the newest tokens is not known yet, so they are not worth a place.
            for end in range(max(seen, REACH + 1), len(tokens) + 1):
                self.places[tuple(tokens[end - REACH - 1 : end - 1])] = (text, end - 1)
            self.known[name] = (text, len(tokens))

    def propose(self, rows: Rows, k: int) -> Tensor:
        """What followed the last two tokens before, for each row."""
        guesses = []
        for tokens in rows.tokens:
            place = self.places.get(tuple(tokens[-REACH:]))
            found = self.texts[place[0]][place[1] : place[1] + k] if place else []
            guesses.append(found)
        width = max(map(len, guesses), default=0)
        padded = [guess + [NO_DRAFT] * (width - len(guess)) for guess in guesses]
        return torch.tensor(padded, dtype=torch.long, device=rows.positions.device).view(len(guesses), width)

    def select(self, kept: Tensor) -> None:
        """Texts of rows that ended stay known."""
