"""Passes of a decoder recorded once and replayed: on a GPU, launching some 500 small kernels takes longer than they do.

A CUDA graph computes on the tensors that it was recorded with, so a batch is copied into tensors that stay. Rows do
not leave when they end: nobody attends for them any more, and without that a row costs next to nothing. Where nothing
is drafted several passes follow one another without the processor, which looks only then who has ended.

Concedes: the keys and values of the sound are in memory twice while a batch is decoded.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from meetbot.transcribe.decoder import Cache, step
from meetbot.transcribe.passes import Likeliest, Taken, take
from meetbot.transcribe.rules import Rules, State
from meetbot.transcribe.weights import Decoder

BURST = 8
"""Passes between two looks at who has ended."""


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
        self.at = torch.zeros(1, dtype=torch.long, device=device)
        self.written = torch.zeros_like(self.last)
        self.tokens = torch.zeros(rows, BURST, dtype=torch.long, device=device)
        self.logprobs = torch.zeros(rows, BURST, device=device)
        self.hidden = torch.zeros(rows, 1, decoder.width, device=device)
        self.burst = self._recorded(self._pass)
        self.drafted: dict[int, tuple[Tensor, list[Taken], Callable[[], None]]] = {}

    def load(self, cache: Cache) -> Cache:
        """The sound of `cache` where passes find it; its tokens begin anew."""
        count = len(cache.sound)
        self.active.zero_()
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

    def __call__(
        self, last: Tensor, drafts: Tensor, *, positions: Tensor, state: State, active: Tensor, passes: int
    ) -> Taken:
        """Feed every row's `last` token (rows,) and its `drafts`, (rows, drafted); without drafts, so many `passes`."""
        count, width = drafts.shape
        self.last[:count].copy_(last)
        self.positions[:count].copy_(positions)
        self.active[:count].copy_(active)
        self.state.select(slice(count)).copy(state)
        if width:
            guesses, found, run = self.drafted.get(width) or self._drafting(width)
            guesses[:count].copy_(drafts)
            run()
            return found[0].first(count)
        self.at.zero_()
        self.written.zero_()
        for _ in range(min(passes, BURST)):
            self.burst()
        some = slice(min(passes, BURST))
        return Taken(
            tokens=self.tokens[:count, some],
            logprobs=self.logprobs[:count, some],
            written=self.written[:count],
            positions=self.positions[:count],
            state=self.state.select(slice(count)),
            hidden=self.hidden[:count],
            passes=min(passes, BURST),
        )

    def _pass(self) -> None:
        """One token for every active row, written behind those of the burst so far."""
        taken = self._taken(self.last[:, None])
        token = taken.tokens[:, 0]
        self.tokens.index_copy_(1, self.at, taken.tokens)
        self.logprobs.index_copy_(1, self.at, taken.logprobs)
        self.written.add_(taken.written)
        self.last.copy_(torch.where(self.active, token, self.last))
        self.active.logical_and_(token != self.rules.eot)
        self.hidden.copy_(taken.hidden)
        self.at.add_(1)

    def _drafting(self, width: int) -> tuple[Tensor, list[Taken], Callable[[], None]]:
        guesses = self.last.new_zeros(self.rows, width)
        found: list[Taken] = []

        def work() -> None:
            feed = torch.cat([self.last[:, None], guesses.clamp(min=0)], dim=1)
            found[:] = [self._taken(feed, guesses)]

        self.drafted[width] = guesses, found, self._recorded(work)
        return self.drafted[width]

    def _taken(self, feed: Tensor, guesses: Tensor | None = None) -> Taken:
        guesses = feed[:, 1:] if guesses is None else guesses
        hidden = step(self.decoder, self.cache, feed, self.positions)
        choose = Likeliest(self.decoder, self.rules, hidden)
        taken = take(
            self.rules, choose, guesses, positions=self.positions, state=self.state, active=self.active, hidden=hidden
        )
        self.positions.copy_(taken.positions)
        self.state.copy(taken.state)
        return taken

    def _recorded(self, work: Callable[[], None]) -> Callable[[], None]:
        """`work` as a graph; where there are no graphs, as it is."""
        if self.decoder.device.type != "cuda":
            return work
        active = self.active.clone()
        self.active.zero_()  # nobody's tokens are touched by the first time, which compiles what is recorded
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            work()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            work()
        self.active.copy_(active)
        return graph.replay
