"""What follows one pass of the decoder: a token after every fed one, kept while it agrees with the drafts.

Work of the device alone: nothing here waits for a result, so a GPU's can be recorded and replayed (`replay`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from meetbot.transcribe.decoder import logits, summarize
from meetbot.transcribe.kernels import Summary
from meetbot.transcribe.rules import NEVER, Rules, State
from meetbot.transcribe.weights import Decoder

NO_DRAFT = -1  # never equals a token, so it is never accepted

Choose = Callable[[int, State], tuple[Tensor, Tensor]]
"""The token after one of the fed ones, by place and each row's state, and its log-probability; both (rows,)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a pass chose: `tokens` and `logprobs` (rows, fed), of which each row keeps the first `written` (rows,).

    positions, state: each row's after those; hidden: (rows, fed, width) the states from which they were chosen, the
    last one alone after several `passes`, of one token each.
    """

    tokens: Tensor
    logprobs: Tensor
    written: Tensor
    positions: Tensor
    state: State
    hidden: Tensor
    passes: int = 1

    def first(self, rows: int) -> Taken:
        """The first `rows` rows."""
        some = slice(rows)
        return replace(
            self,
            tokens=self.tokens[some],
            logprobs=self.logprobs[some],
            written=self.written[some],
            positions=self.positions[some],
            state=self.state.select(some),
            hidden=self.hidden[some],
        )


class Likeliest:
    """After each fed token the most likely token, and its log-probability."""

    def __init__(self, decoder: Decoder, rules: Rules, hidden: Tensor) -> None:
        self.rules = rules
        self.scores: Summary = summarize(decoder, hidden, rules.banned, rules.eot)

    def forbid_the_end(self) -> None:
        self.scores.rest[..., 0] = NEVER

    def __call__(self, place: int, state: State) -> tuple[Tensor, Tensor]:
        return self.rules.choose(self.scores.at(place), state)


class Drawn:
    """A token drawn at a temperature with each row's own generator (Gumbel's trick), and its log-probability.

    Generators are of the device, so another one draws otherwise.
    """

    def __init__(
        self,
        decoder: Decoder,
        rules: Rules,
        hidden: Tensor,
        *,
        temperature: float,
        draws: list[torch.Generator],
        active: list[bool],
    ) -> None:
        self.rules, self.temperature = rules, temperature
        self.draws = list(zip(draws, active, strict=True))
        self.scores = logits(decoder, hidden)

    def forbid_the_end(self) -> None:
        self.scores[..., self.rules.eot] = NEVER

    def __call__(self, place: int, state: State) -> tuple[Tensor, Tensor]:
        scores = self.rules.apply(self.scores[:, place], state)
        noise = torch.zeros_like(scores)
        for row, (draw, active) in zip(noise, self.draws, strict=True):
            if active:
                torch.rand(scores.shape[1], generator=draw, out=row)
        gumbel = noise.clamp_(min=1e-20).log().neg().log()
        token = (scores / self.temperature - gumbel).argmax(-1)
        return token, scores.gather(1, token[:, None])[:, 0] - scores.logsumexp(-1)


def take(
    rules: Rules,
    choose: Choose,
    drafts: Tensor,
    *,
    positions: Tensor,
    state: State,
    active: Tensor,
    hidden: Tensor,
) -> Taken:
    """Choose a token after every fed token; rows that are `active` keep those that agree with the drafts, and one more.

    `drafts` is (rows, fed - 1); `positions` are those of the first fed tokens.
    """
    width = drafts.shape[1]
    agreeing = active
    written = torch.zeros_like(state.last)
    tokens, logprobs = [], []
    for place in range(1 + width):
        token, logprob = choose(place, state)
        logprobs.append(logprob)
        tokens.append(token)
        state = rules.advance(state, token).where(agreeing, state)
        written = written + agreeing
        if place < width:
            agreeing = agreeing & (token == drafts[:, place]) & (token != rules.eot)
    return Taken(torch.stack(tokens, 1), torch.stack(logprobs, 1), written, positions + written, state, hidden)
