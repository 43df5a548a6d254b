"""Which drafter guesses, and how many tokens a pass: chosen while decoding, by the model of speculation, off where none
pays.

The model (`cost`, docs/speculation.md) says that a pass is affine in what is fed, T(B, n) = w + c B + o n + a B n, and
that gamma guesses bring E(alpha, gamma) tokens. Its four constants are fitted to the passes that were timed here, and
alpha and each drafter's own cost are what they were so far; what is chosen is the largest E T(B, 1) / (T(B, n) + cost).
So a busy machine, another batch size or speech that is hard to guess change the choice, never the text. What was not
seen yet is as it was where the shipped drafter was measured, so that large batches do not pay for finding it out.

Concedes: what a first window teaches helps from the second on; one acceptance for all places of a draft.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from torch import Tensor

from meetbot.transcribe.drafters.cost import expected_tokens
from meetbot.transcribe.greedy import Drafter, Rows
from meetbot.transcribe.passes import NO_DRAFT

LENGTHS = (1, 2, 3, 4, 6, 8)
GAIN = 1.03  # less is not worth the doubt
REVIEW = 8  # passes after which the choice is made again …
FIRST = 2  # … and the first time, when nothing was timed yet
PROBES = 2  # passes of a review that draft although it does not pay, so that what is believed does not grow old …
LULL = 6  # … after so many reviews, and each time in vain after twice as many as before …
LONGEST_LULL = 96  # … up to this
PROBE = 3  # tokens they draft
FADES = 0.99  # what one more pass leaves of the weight of those before
BELIEF = (0.45, 10.0)  # acceptance before any was seen, and how many guesses that belief is worth
SHAPE = np.array([1.0, 0.2, 0.0, 0.12])  # w, c, o, a of base on a processor, in units of w (docs/speculation.md)
SHAPED = ((1, 1), (1, 5), (4, 1), (4, 5), (16, 1), (16, 5))  # passes (rows, fed) believed to be of that shape …
SHAPE_WEIGHT = 1e-4  # … each as much as so many that were timed
WINDOW = 80  # tokens of a window, for what is spent once a window …
NEAR_THE_END = 10.0  # … and what is left of those that have more
BEGINS = 5.0  # what beginning with a row is believed to take, in units of w


@dataclass(slots=True)
class PassTimes:
    """Seconds of a pass over `rows` rows of `fed` tokens: w + c rows + o fed + a rows fed, none below zero."""

    moments: NDArray[np.float64] = field(default_factory=lambda: np.zeros((4, 4)))
    against: NDArray[np.float64] = field(default_factory=lambda: np.zeros(4))
    unit: float = 0.0  # seconds of w, if passes are of that shape

    def learn(self, rows: int, fed: int, seconds: float) -> None:
        """A pass that was timed. Errors count in proportion to the time, so each is divided by it."""
        x = _terms(rows, fed) / seconds
        self.moments = FADES * self.moments + np.outer(x, x)
        self.against = FADES * self.against + x
        self.unit = _mean(self.unit, seconds / float(SHAPE @ _terms(rows, fed)))

    def constants(self) -> NDArray[np.float64]:
        """w, c, o and a: least squares without negative numbers, as they are times."""
        moments, against = self.moments.copy(), self.against.copy()
        for rows, fed in SHAPED:  # decide what was not timed, and hardly what was
            x = _terms(rows, fed) / (self.unit * float(SHAPE @ _terms(rows, fed)))
            moments += SHAPE_WEIGHT * np.outer(x, x)
            against += SHAPE_WEIGHT * x
        root = np.linalg.cholesky(moments + np.eye(4) * 1e-12 * np.trace(moments))
        found, _ = nnls(root.T, np.linalg.solve(root, against))
        return np.asarray(found)


def _terms(rows: int, fed: int) -> NDArray[np.float64]:
    return np.array([1.0, rows, fed, rows * fed])


@dataclass(slots=True)
class Guesser:
    """A drafter that can begin and pause anywhere, and what is known of it."""

    drafter: Drafter
    right: float = BELIEF[0] * BELIEF[1]
    wrong: float = (1 - BELIEF[0]) * BELIEF[1]
    a_pass: float = 0.0  # seconds
    a_window: float | None = None  # seconds once for every row; None before it was timed
    begun: bool = False

    @property
    def acceptance(self) -> float:
        """The chance of a guess, given that those before it were right."""
        return self.right / (self.right + self.wrong)

    def saw(self, accepted: int, refused: int) -> None:
        """Guesses that were right, and rows in which one was wrong."""
        fades = FADES if accepted + refused else 1.0
        self.right = fades * self.right + accepted
        self.wrong = fades * self.wrong + refused

    def seconds(self, rows: int, length: int, left: float, unit: float) -> float:
        """What drafting adds to a pass of `rows` that have `left` tokens to write each; once begun, it has begun."""
        if self.begun:
            return self.a_pass
        once = BEGINS * unit if self.a_window is None else self.a_window
        return self.a_pass + once * rows * expected_tokens(self.acceptance, length) / left


class Choice:
    """A drafter that uses one of `drafters`, or none, and drafts at most what it is asked for."""

    def __init__(self, drafters: Sequence[Drafter]) -> None:
        self.guessers = [Guesser(drafter) for drafter in drafters]
        self.times = PassTimes()
        self.guesser, self.length = self.guessers[0], 0
        self.passes = self.quiet = 0
        self.lull = LULL
        self.fed: tuple[float, int, Tensor | None] | None = None  # when, how many rows, the drafts
        self.before: list[int] = []

    def begin(self, rows: Rows) -> None:
        """A new batch: nobody has begun with it."""
        for guesser in self.guessers:
            guesser.begun = False
        self.fed = None
        self.passes = 0

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        """Learn what the pass took and what was right."""
        if self.fed is not None:
            start, count, drafts = self.fed
            self.times.learn(count, 1 + (0 if drafts is None else drafts.shape[1]), time.perf_counter() - start)
            if drafts is not None:
                self._count(rows, drafts)
        for guesser in self.guessers:
            if guesser.begun:
                guesser.drafter.observe(rows, chosen)

    def propose(self, rows: Rows, k: int) -> Tensor:
        """What the drafter of the moment guesses; (rows, 0) while it does not pay."""
        if self.passes % REVIEW == 0:
            self.guesser, self.length = self._best(len(rows.names), sum(map(len, rows.tokens)) / len(rows.tokens))
        self.passes += 1
        drafts: Tensor | None = None
        if length := min(k, self.length):
            start = time.perf_counter()
            if not self.guesser.begun:
                self.guesser.drafter.begin(rows)
                self.guesser.drafter.observe(rows, rows.positions[:, None])
                self.guesser.begun = True
                taken = (time.perf_counter() - start) / len(rows.names)
                self.guesser.a_window = _mean(self.guesser.a_window or 0.0, taken)
                start = time.perf_counter()
            drafts = self.guesser.drafter.propose(rows, length)
            self.guesser.a_pass = _mean(self.guesser.a_pass, time.perf_counter() - start)
            drafts = drafts if drafts.shape[1] else None
        self.before = [len(tokens) for tokens in rows.tokens]
        self.fed = (time.perf_counter(), len(rows.names), drafts)
        return rows.positions.new_zeros(len(rows.names), 0) if drafts is None else drafts

    def select(self, kept: Tensor) -> None:
        """Those who have begun go on with these rows; fewer rows ask for another choice."""
        for guesser in self.guessers:
            if guesser.begun:
                guesser.drafter.select(kept)
        self.passes = 0

    def _count(self, rows: Rows, drafts: Tensor) -> None:
        offered = (drafts != NO_DRAFT).sum(1).tolist()
        accepted = refused = 0
        for tokens, had, count, active in zip(rows.tokens, self.before, offered, rows.active.tolist(), strict=True):
            right = min(len(tokens) - had - 1, count)
            # A row that came to its end says nothing about the guesses behind it.
            accepted += max(0, right)
            refused += bool(active and right < count and count)
        self.guesser.saw(accepted, refused)

    def _best(self, rows: int, written: float) -> tuple[Guesser, int]:
        """For `rows` that have `written` so many tokens each, on average."""
        if not self.times.unit:
            self.passes = REVIEW - FIRST
            return self.guesser, 0
        constants = self.times.constants()
        plain = float(constants @ _terms(rows, 1))
        left = max(WINDOW - written, NEAR_THE_END)

        def gain(found: tuple[Guesser, int]) -> float:
            guesser, length = found
            taken = float(constants @ _terms(rows, 1 + length)) + guesser.seconds(rows, length, left, self.times.unit)
            return expected_tokens(guesser.acceptance, length) * plain / taken

        best = max(((guesser, length) for guesser in self.guessers for length in LENGTHS), key=gain)
        if gain(best) > GAIN:
            self.quiet, self.lull = 0, LULL
            return best
        self.quiet += 1
        # Beginning is most of what a try costs where there are many rows; there will be fewer.
        if self.quiet < self.lull or not best[0].begun:
            return best[0], 0
        self.quiet, self.lull = 0, min(2 * self.lull, LONGEST_LULL)
        self.passes = REVIEW - PROBES
        return best[0], PROBE


def _mean(before: float, now: float) -> float:
    """Of what was and what is, where something was."""
    return 0.8 * before + 0.2 * now if before else now
