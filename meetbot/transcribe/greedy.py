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

from meetbot.transcribe.decoder import Cache, side_by_side, step
from meetbot.transcribe.passes import NO_DRAFT, Drawn, Likeliest, Taken, take
from meetbot.transcribe.replay import BURST, Replay
from meetbot.transcribe.rules import Rules, State
from meetbot.transcribe.weights import Decoder


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
    the decoder's last state from which each row's last token was chosen; limits: how many tokens each row may have.
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
    limits: list[int]


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
    most: Sequence[int] = (),
    replay: Replay | None = None,
    tally: Tally | None = None,
) -> list[Decoded]:
    """Write every row of `cache` to its end, or until half of the context is full, as whisper does.

    `prompts` are what rows begin with: prompt text if any, start of transcript, language, task. At a
    `temperature` above zero tokens are drawn with `seeds`, one a row, so that a run continued later draws the same.
    Rows that have `written` something already go on with one token at least, and only what is new is returned.
    A row writes at most so many tokens as `most` says of it. With a `replay` for so many rows, passes are those
    that it has recorded.
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
        limits=[max(1, min(limit, room)) for room in most] if most else [limit] * count,
    )
    draws = [torch.Generator(device).manual_seed(seed) for seed in seeds] if temperature > 0 else []
    # Where rows that ended wait, so that what is fed with the others fits the context.
    aside = max(0, decoder.context - 1 - k)
    if replay is not None and count > replay.rows:
        replay = None
    if replay is not None:
        rows.cache = replay.load(cache)

    def choose(hidden: Tensor) -> Likeliest | Drawn:
        if temperature == 0:
            return Likeliest(decoder, rules, hidden)
        return Drawn(decoder, rules, hidden, temperature=temperature, draws=draws, active=rows.active.tolist())

    if drafter is not None:
        drafter.begin(rows)
    results: dict[int, Decoded] = {}
    hidden = step(decoder, rows.cache, feed, rows.positions)[torch.arange(count, device=device), fed - 1, None]
    first, drafts = choose(hidden), feed[:, :0]
    if written:
        first.forbid_the_end()
    taken = take(rules, first, drafts, positions=fed - 1, state=rows.state, active=rows.active, hidden=hidden)
    while True:
        before = [len(tokens) for tokens in rows.tokens]
        _note(rows, taken, drafts, eot=rules.eot, aside=aside, tally=tally)
        if not rows.active.any():
            break
        if drafter is not None:
            kept = [max(0, len(tokens) - had - 1) for tokens, had in zip(rows.tokens, before, strict=True)]
            rows.hidden = taken.hidden[range(len(kept)), kept]
            drafter.observe(rows, taken.tokens)
        if replay is None and rows.active.sum() <= 0.75 * len(rows.names):
            results |= _results(rows, rules.eot, ~rows.active)
            going_on = rows.active.nonzero()[:, 0]
            draws[:] = [draws[index] for index in going_on.tolist()] if draws else []
            rows = _keep(rows, going_on)
            if drafter is not None:
                drafter.select(going_on)
        last = torch.tensor([tokens[-1] for tokens in rows.tokens], device=device)
        room = decoder.context - 1 - int(rows.positions.max())
        drafts = drafter.propose(rows, min(k, room)) if drafter is not None and room > 0 else last[:, None][:, :0]
        if replay is not None and temperature == 0:
            taken = replay(rows, last, drafts, passes=1 if drafter is not None else min(room + 1, BURST))
        else:
            feed = torch.cat([last[:, None], drafts.clamp(min=0)], dim=1)
            hidden = replay.state_after(rows, last) if replay else step(decoder, rows.cache, feed, rows.positions)
            taken = take(
                rules, choose(hidden), drafts,
                positions=rows.positions, state=rows.state, active=rows.active, hidden=hidden,
            )  # fmt: skip
    results |= _results(rows, rules.eot, torch.ones_like(rows.active))
    return [results[name] for name in range(count)]


def _note(rows: Rows, taken: Taken, drafts: Tensor, *, eot: int, aside: int, tally: Tally) -> None:
    """Write down what was `taken`, and who goes on; the others wait at the place `aside`, if they are beyond it."""
    rows.state = taken.state
    counts = taken.written.tolist()
    chosen, chances = taken.tokens.tolist(), taken.logprobs.tolist()
    still = []
    for row, count in enumerate(counts):
        room = rows.limits[row] - len(rows.tokens[row])
        rows.tokens[row] += chosen[row][: min(count, room)]
        rows.logprobs[row] += chances[row][: min(count, room)]
        still.append(bool(count) and count < room and chosen[row][count - 1] != eot)
    row_passes = sum(counts) if taken.passes > 1 else sum(map(bool, counts))
    tally.passes += taken.passes
    tally.row_passes += row_passes
    tally.tokens += sum(counts)
    tally.drafted += int(((drafts != NO_DRAFT) & rows.active[:, None]).sum())
    tally.accepted += sum(counts) - row_passes
    rows.active = torch.tensor(still, device=rows.active.device)
    rows.positions = torch.where(rows.active, taken.positions, taken.positions.clamp(max=aside))


def _state_after(rules: Rules, written: Sequence[Sequence[int]], device: torch.device) -> State:
    """The rows' states when they have `written` this."""
    tokens, lengths = side_by_side(written, device)
    state = rules.start(len(written))
    for place in range(tokens.shape[1]):
        state = rules.advance(state, tokens[:, place]).where(place < lengths, state)
    return state


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
        limits=[rows.limits[row] for row in chosen],
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
