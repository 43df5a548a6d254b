"""Passes of a decoder recorded once and replayed: on a GPU, launching some 500 small kernels takes longer than they do.

A CUDA graph computes on the tensors that it was recorded with, so a batch is copied into tensors that stay. Rows do
not leave when they end: nobody attends for them any more, and without that a row costs next to nothing. Where nothing
is drafted several passes follow one another without the processor, which looks only then who has ended.

Concedes: the keys and values of the sound are in memory twice while a batch is decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from meetbot.transcribe.decoder import Cache, step, summarize
from meetbot.transcribe.kernels import Chooses, Choosing, Summary
from meetbot.transcribe.passes import Likeliest, Taken, take
from meetbot.transcribe.rules import Rules, State
from meetbot.transcribe.weights import Decoder

BURST = 8
"""Passes between two looks at who has ended."""


class Batch(Protocol):
    """Where rows stand: positions, states, who has not ended (`greedy.Rows`)."""

    positions: Tensor
    state: State
    active: Tensor


@dataclass(frozen=True, slots=True)
class _Drafted:
    """A recorded pass over drafts: where they are put, what it finds once it has `run`."""

    guesses: Tensor
    found: list[Taken]
    run: Callable[[], object]


class Replay:
    """Greedy passes over at most `rows` rows of caches like `cache`. What a pass returns holds until the next."""

    def __init__(self, decoder: Decoder, rules: Rules, cache: Cache, rows: int) -> None:
        self.decoder, self.rules, self.rows = decoder, rules, rows
        device = decoder.device
        own = (rows, decoder.heads, decoder.context, decoder.width // decoder.heads)
        self.active = torch.zeros(rows, dtype=torch.bool, device=device)
        self.cache = Cache(
            frames=cache.frames,
            own_keys=[tensor.new_zeros(own) for tensor in cache.own_keys],
            own_values=[tensor.new_zeros(own) for tensor in cache.own_values],
            cross_keys=[tensor.new_zeros(rows, *tensor.shape[1:]) for tensor in cache.cross_keys],
            cross_values=[tensor.new_zeros(rows, *tensor.shape[1:]) for tensor in cache.cross_values],
            sound=cache.sound.new_zeros(rows, 0, cache.sound.shape[2]),
            live=self.active,
        )
        self.state = rules.start(rows)
        self.last = torch.zeros(rows, dtype=torch.long, device=device)
        self.positions = torch.zeros_like(self.last)
        self.hidden = torch.zeros(rows, 1, decoder.width, device=device)
        self.slot = torch.zeros(1, dtype=torch.long, device=device)
        self.written = torch.zeros_like(self.last)
        self.tokens = torch.zeros(rows, BURST, dtype=torch.long, device=device)
        self.logprobs = torch.zeros(rows, BURST, device=device)
        self.burst = self._recorded(self._pass)
        self.drafted: dict[int, _Drafted] = {}
        self.alone: Callable[[], object] | None = None

    def load(self, cache: Cache) -> Cache:
        """The sound of `cache` where passes find it; its tokens begin anew."""
        count = len(cache.sound)
        for where in (self.active, self.positions, self.last):  # also of rows that are not in this batch
            where.zero_()
        if not isinstance(self.decoder.kernels, Chooses):  # they multiply with what is hidden, and 0 times NaN is NaN
            for tensor in self.cache.own_values:
                tensor.zero_()
        for into, source in (
            (self.cache.cross_keys, cache.cross_keys),
            (self.cache.cross_values, cache.cross_values),
        ):
            for kept, tensor in zip(into, source, strict=True):
                kept[:count].copy_(tensor)
        return Cache(
            frames=cache.frames,
            own_keys=[tensor[:count] for tensor in self.cache.own_keys],
            own_values=[tensor[:count] for tensor in self.cache.own_values],
            cross_keys=[tensor[:count] for tensor in self.cache.cross_keys],
            cross_values=[tensor[:count] for tensor in self.cache.cross_values],
            sound=cache.sound,
        )

    def __call__(self, rows: Batch, last: Tensor, drafts: Tensor, *, passes: int) -> Taken:
        """Feed every row's `last` token (rows,) and its `drafts`, (rows, drafted); without drafts, so many `passes`."""
        count, width = drafts.shape
        self.last[:count].copy_(last)
        self.positions[:count].copy_(rows.positions)
        self.active[:count].copy_(rows.active)
        self.state.select(slice(count)).copy(rows.state)
        if width:
            drafted = self.drafted.get(width) or self._drafting(width)
            drafted.guesses[:count].copy_(drafts)
            drafted.run()
            return drafted.found[0].first(count)
        self.slot.zero_()
        self.written.zero_()
        passes = min(passes, BURST)
        for _ in range(passes):
            self.burst()
        return Taken(
            tokens=self.tokens[:count, :passes],
            logprobs=self.logprobs[:count, :passes],
            written=self.written[:count],
            positions=self.positions[:count],
            state=self.state.select(slice(count)),
            hidden=self.hidden[:count],
            passes=passes,
        )

    def state_after(self, rows: Batch, last: Tensor) -> Tensor:
        """Feed every row's `last` token (rows,): the states behind them, (rows, 1, width), for whoever chooses."""
        count = len(last)
        self.last[:count].copy_(last)
        self.positions[:count].copy_(rows.positions)
        self.active[:count].copy_(rows.active)
        if self.alone is None:
            self.alone = self._recorded(
                lambda: self.hidden.copy_(step(self.decoder, self.cache, self.last[:, None], self.positions))
            )
        self.alone()
        return self.hidden[:count]

    def _pass(self) -> None:
        """One token for every active row, written behind those of the burst so far."""
        hidden = step(self.decoder, self.cache, self.last[:, None], self.positions)
        if isinstance(self.decoder.kernels, Chooses):
            self.decoder.kernels.choose(
                self._scores(hidden), None, self._choosing(self.tokens, self.logprobs, self.written)
            )
        else:
            taken = self._taken(hidden, self.last[:, None][:, :0])
            self.tokens.index_copy_(1, self.slot, taken.tokens)
            self.logprobs.index_copy_(1, self.slot, taken.logprobs)
            self.written.add_(taken.written)
            self.last.copy_(torch.where(self.active, taken.tokens[:, 0], self.last))
            self.active.logical_and_(self.last != self.rules.eot)
        self.hidden.copy_(hidden)
        self.slot.add_(1)

    def _drafting(self, width: int) -> _Drafted:
        guesses = self.last.new_zeros(self.rows, width)
        found: list[Taken] = []

        def work() -> None:
            feed = torch.cat([self.last[:, None], guesses.clamp(min=0)], dim=1)
            hidden = step(self.decoder, self.cache, feed, self.positions)
            if isinstance(self.decoder.kernels, Chooses):
                tokens, written = torch.empty_like(feed), torch.empty_like(self.last)
                logprobs = torch.empty_like(feed, dtype=torch.float32)
                self.decoder.kernels.choose(self._scores(hidden), guesses, self._choosing(tokens, logprobs, written))
                taken = Taken(tokens, logprobs, written, self.positions, self.state, hidden)
            else:
                taken = self._taken(hidden, guesses)
            found[:] = [taken]

        self.drafted[width] = _Drafted(guesses, found, self._recorded(work))
        return self.drafted[width]

    def _scores(self, hidden: Tensor) -> Summary:
        return summarize(self.decoder, hidden, self.rules.banned, self.rules.eot)

    def _choosing(self, tokens: Tensor, logprobs: Tensor, written: Tensor) -> Choosing:
        return Choosing(
            fresh=self.state.fresh,
            after_time=self.state.after_time,
            paired=self.state.paired,
            last=self.state.last,
            active=self.active,
            positions=self.positions,
            fed=self.last,
            slot=self.slot,
            tokens=tokens,
            logprobs=logprobs,
            written=written,
            eot=self.rules.eot,
            first_time=self.rules.first_time,
            latest_start=self.rules.latest_start,
        )

    def _taken(self, hidden: Tensor, guesses: Tensor) -> Taken:
        choose = Likeliest(self.decoder, self.rules, hidden)
        taken = take(
            self.rules, choose, guesses, positions=self.positions, state=self.state, active=self.active, hidden=hidden
        )
        self.positions.copy_(taken.positions)
        self.state.copy(taken.state)
        return taken

    def _recorded(self, work: Callable[[], object]) -> Callable[[], object]:
        """`work` as a graph; where there are no graphs, as it is."""
        if self.decoder.device.type != "cuda":
            return work
        active = self.active.clone()
        self.active.zero_()  # nobody's tokens are touched by the first time, which compiles what is recorded
        # What is recorded in a stream that goes first goes first: before what is encoded meanwhile (`aside`).
        first: Any = torch.cuda.Stream(priority=-1)  # type: ignore[no-untyped-call]
        first.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(first):
            work()
        torch.cuda.current_stream().wait_stream(first)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=first, capture_error_mode="thread_local"):
            work()
        self.active.copy_(active)
        return graph.replay
