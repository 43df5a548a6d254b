"""Batched greedy and sampled decoding, with or without drafts: cache and prompts in, tokens out.

One loop serves all: a pass feeds each row its last token and the tokens a drafter proposes, the rules choose a token
after every one of them, and the row keeps the choices as long as they agree with the draft, and one more. Without
drafts this is plain greedy decoding; with drafts the text is the same and the passes are fewer (Leviathan et al.
2022, arXiv 2211.17192, with exact matching, each row by itself).

Concedes: in half precision, but for the native kernels, a near-tie can fall differently in a pass over several tokens
than over one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from meetbot.transcribe.decoder import Cache, logits, side_by_side, step, summarize
from meetbot.transcribe.kernels import Summary
from meetbot.transcribe.rules import NEVER, Rules, State
from meetbot.transcribe.weights import Decoder

NO_DRAFT = -1  # never equals a token, so it is never accepted


@dataclass(frozen=True, slots=True)
class Decoded:
    """One row's text: tokens without the end, the probability of each, and their mean log-probability, end included."""

    tokens: tuple[int, ...]
    probabilities: tuple[float, ...]
    mean_logprob: float


@dataclass(eq=False)
class Rows:
    """A batch under way; rows that have ended leave it from time to time, all at once.

    names: the caller's number of each row; prompts: the tokens before each row's text; tokens: each row's text so far;
    positions: (rows,) tokens of each row that stand in the cache; active: (rows,) not ended yet; hidden: (rows, width)
    the decoder's last state from which each row's last token was chosen.
    """

    names: list[int]
    prompts: list[list[int]]
    tokens: list[list[int]]
    logprobs: list[list[float]]
    positions: Tensor
    state: State
    active: Tensor
    cache: Cache
    hidden: Tensor


class Drafter(Protocol):
    """Guesses what comes next. A wrong guess costs time, never text."""

    def begin(self, rows: Rows) -> None:
        """A new batch, before its first pass."""

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        """After a pass: `chosen` (rows, tokens fed after the first) is what would follow each fed token."""

    def propose(self, rows: Rows, k: int) -> Tensor:
        """At most `k` tokens for every row, (rows, ≤ k), NO_DRAFT where there is no guess."""

    def select(self, kept: Tensor) -> None:
        """From now on the batch consists of its rows `kept`."""


@dataclass(slots=True)
class Tally:
    """What decoding did: passes of the decoder, rows in them, tokens written, drafted, accepted."""

    passes: int = 0
    row_passes: int = 0
    tokens: int = 0
    drafted: int = 0
    accepted: int = 0


@torch.inference_mode()
def decode(
    decoder: Decoder,
    cache: Cache,
    prompts: Sequence[Sequence[int]],
    rules: Rules,
    *,
    temperature: float = 0.0,
    seeds: Sequence[int] = (),
    drafter: Drafter | None = None,
    k: int = 4,
    written: Sequence[Sequence[int]] = (),
    tally: Tally | None = None,
) -> list[Decoded]:
    """Write every row of `cache` to its end, or until half of the context is full, as whisper does.

    `prompts` are what rows begin with: prompt text if any, start of transcript, language, task. At a
    `temperature` above zero tokens are drawn with `seeds`, one a row, so that a run continued later draws the same.
    Rows that have `written` something already go on with one token at least, and only what is new is returned.
    """
    tally = tally if tally is not None else Tally()
    count, device = len(prompts), cache.sound.device
    begins = [[*prompt, *said] for prompt, said in zip(prompts, written or [()] * count, strict=True)]
    feed, fed = side_by_side(begins, device)
    limit = min(decoder.context // 2, decoder.context + 1 - feed.shape[1])
    rows = Rows(
        names=list(range(count)),
        prompts=[list(prompt) for prompt in prompts],
        tokens=[[] for _ in range(count)],
        logprobs=[[] for _ in range(count)],
        positions=torch.zeros(count, dtype=torch.long, device=device),
        state=_state_after(rules, written, device) if written else rules.start(count),
        active=torch.ones(count, dtype=torch.bool, device=device),
        cache=cache,
        hidden=decoder.positions.new_zeros(count, decoder.width),
    )
    draws = [torch.Generator().manual_seed(seed) for seed in seeds] if temperature > 0 else []
    if drafter is not None:
        drafter.begin(rows)
    results: dict[int, Decoded] = {}
    drafts = feed[:, :0]
    first = True
    while True:
        hidden = step(decoder, rows.cache, feed, rows.positions)
        if first:
            hidden = hidden[torch.arange(count, device=device), fed - 1, None]
        choose = (
            _Likeliest(decoder, rules, hidden)
            if temperature == 0
            else _Drawn(decoder, rules, hidden, temperature, draws)
        )
        if first and written:
            choose.forbid_the_end()
        first = False
        before = [len(tokens) for tokens in rows.tokens]
        chosen = _accept(rules, rows, choose, drafts, fed=fed, limit=limit, tally=tally)
        if not rows.active.any():
            break
        if drafter is not None:
            kept = [max(0, len(tokens) - had - 1) for tokens, had in zip(rows.tokens, before, strict=True)]
            rows.hidden = hidden[range(len(kept)), kept]
            drafter.observe(rows, chosen)
        if rows.active.sum() <= 0.75 * len(rows.names):
            results |= _results(rows, rules.eot, ~rows.active)
            going_on = rows.active.nonzero()[:, 0]
            draws = [draws[index] for index in going_on.tolist()] if draws else []
            rows = _keep(rows, going_on)
            if drafter is not None:
                drafter.select(going_on)
        last = torch.tensor([[tokens[-1]] for tokens in rows.tokens], device=device)
        room = min(k, decoder.context - 1 - int(rows.positions.max()))
        drafts = drafter.propose(rows, room) if drafter is not None and room > 0 else last[:, :0]
        feed = torch.cat([last, drafts.clamp(min=0)], dim=1)
        fed = torch.full_like(rows.positions, feed.shape[1])
    results |= _results(rows, rules.eot, torch.ones_like(rows.active))
    return [results[name] for name in range(count)]


def _state_after(rules: Rules, written: Sequence[Sequence[int]], device: torch.device) -> State:
    """The rows' states when they have `written` this."""
    tokens, lengths = side_by_side(written, device)
    state = rules.start(len(written))
    for place in range(tokens.shape[1]):
        state = rules.advance(state, tokens[:, place]).where(place < lengths, state)
    return state


class _Likeliest:
    """After each fed token the most likely token, and its log-probability."""

    def __init__(self, decoder: Decoder, rules: Rules, hidden: Tensor) -> None:
        self.rules = rules
        self.scores: Summary = summarize(decoder, hidden, rules.banned, rules.eot)

    def forbid_the_end(self) -> None:
        self.scores.rest[..., 0] = NEVER

    def __call__(self, place: int, state: State) -> tuple[Tensor, Tensor]:
        return self.rules.choose(self.scores.at(place), state)


class _Drawn:
    """A token drawn at a temperature with each row's own generator (Gumbel's trick), and its log-probability."""

    def __init__(
        self, decoder: Decoder, rules: Rules, hidden: Tensor, temperature: float, draws: list[torch.Generator]
    ) -> None:
        self.rules, self.temperature, self.draws = rules, temperature, draws
        self.scores = logits(decoder, hidden)

    def forbid_the_end(self) -> None:
        self.scores[..., self.rules.eot] = NEVER

    def __call__(self, place: int, state: State) -> tuple[Tensor, Tensor]:
        scores = self.rules.apply(self.scores[:, place], state)
        noise = torch.stack([torch.rand(scores.shape[1], generator=draw) for draw in self.draws]).to(scores.device)
        token = (scores / self.temperature - noise.clamp_(min=1e-20).log().neg().log()).argmax(-1)
        return token, scores.gather(1, token[:, None])[:, 0] - scores.logsumexp(-1)


def _accept(
    rules: Rules,
    rows: Rows,
    choose: _Likeliest | _Drawn,
    drafts: Tensor,
    *,
    fed: Tensor,
    limit: int,
    tally: Tally,
) -> Tensor:
    """Choose a token after every fed token; keep those that agree with the drafts, and one more. Moves `rows` on.

    Returns everything chosen, (rows, drafts + 1), kept or not.
    """
    width = drafts.shape[1]
    agreeing, state = rows.active, rows.state
    written = torch.zeros_like(rows.positions)
    tokens, logprobs = [], []
    for place in range(1 + width):
        token, logprob = choose(place, state)
        logprobs.append(logprob)
        tokens.append(token)
        state = rules.advance(state, token).where(agreeing, state)
        written = written + agreeing
        if place < width:
            agreeing = agreeing & (token == drafts[:, place]) & (token != rules.eot)
    rows.state = state
    rows.positions = rows.positions + torch.where(rows.active, fed - width - 1 + written, 0)
    counts = written.tolist()
    chosen, chances = torch.stack(tokens, 1).tolist(), torch.stack(logprobs, 1).tolist()
    still = []
    for row, count in enumerate(counts):
        room = limit - len(rows.tokens[row])
        rows.tokens[row] += chosen[row][: min(count, room)]
        rows.logprobs[row] += chances[row][: min(count, room)]
        still.append(bool(count) and count < room and chosen[row][count - 1] != rules.eot)
    tally.passes += 1
    tally.row_passes += sum(map(bool, counts))
    tally.tokens += sum(counts)
    tally.drafted += int(((drafts != NO_DRAFT) & rows.active[:, None]).sum())
    tally.accepted += sum(counts) - sum(map(bool, counts))
    rows.active = torch.tensor(still, device=rows.active.device)
    return torch.stack(tokens, 1)


def _keep(rows: Rows, kept: Tensor) -> Rows:
    chosen = kept.tolist()
    return Rows(
        names=[rows.names[row] for row in chosen],
        prompts=[rows.prompts[row] for row in chosen],
        tokens=[rows.tokens[row] for row in chosen],
        logprobs=[rows.logprobs[row] for row in chosen],
        positions=rows.positions[kept],
        state=rows.state.select(kept),
        active=rows.active[kept],
        cache=rows.cache.select(kept),
        hidden=rows.hidden[kept],
    )


def _results(rows: Rows, eot: int, chosen: Tensor) -> dict[int, Decoded]:
    found = {}
    for row in chosen.nonzero()[:, 0].tolist():
        text = [token for token in rows.tokens[row] if token != eot]
        logprobs = rows.logprobs[row]
        found[rows.names[row]] = Decoded(
            tokens=tuple(text),
            probabilities=tuple(math.exp(value) for value in logprobs[: len(text)]),
            mean_logprob=sum(logprobs) / (len(text) + 1),
        )
    return found
