"""What the model of speculation (`transcribe.drafters.cost`) says of this machine, and what the clock says.

The machine's constants are measured on single operations over the decoder's own weights, caches and scores, none of
them in a decoding loop. Then whole windows are decoded: by an oracle, a drafter that knows the text and is wrong as
often as it is told to be, which puts any acceptance at any length to the clock; and by every real drafter.
All rows of a batch are the same window, so that a batch keeps its size until it ends.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from whisper.model import ModelDimensions, Whisper

from meetbot.domain import Drafting
from meetbot.transcribe.decoder import Cache, open_cache, step
from meetbot.transcribe.drafters import available, drafter
from meetbot.transcribe.drafters.cost import (
    SCORE_BYTES,
    SCORE_TRIPS,
    DraftCost,
    Machine,
    Shape,
    acceptance_of,
    decoder_pass,
    expected_tokens,
)
from meetbot.transcribe.drafters.heads import CTC_SHORTLIST, SHORTLIST
from meetbot.transcribe.engine import TorchEngine
from meetbot.transcribe.greedy import Decoded, Drafter, Rows, Tally, decode
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import decoder_weights

BATCHES = (1, 2, 4, 8, 16)
LENGTHS = (0, 1, 2, 4, 8)
ROWS = 64  # for the arithmetic of products: as many as a batch of 16 with three drafts feeds
PLACES = 9  # a row, for that of the caches
REPEATS = 7
TINY, END = 64, 50  # the width of a decoder that is nothing but overhead, and its last token

# What the drafters of the engine compute besides the target's pass.
COSTS: dict[Drafting, DraftCost] = {
    "ngram": DraftCost("ngram"),
    "lookahead": DraftCost("lookahead"),
    "layers": DraftCost("layers", layers=2, vocabulary=51865),
    "ctc": DraftCost("ctc", vocabulary=CTC_SHORTLIST, frames=100),
    "medusa": DraftCost("medusa", vocabulary=SHORTLIST, heads=True, block=True),
    "decoder": DraftCost("decoder", layers=2, vocabulary=SHORTLIST),
}


@dataclass(frozen=True, slots=True)
class Timed:
    """Passes of one batch size and draft length: seconds a pass and speed-up, by the clock and by the model."""

    draft: str
    batch: int
    length: int
    acceptance: float
    measured: float
    predicted: float
    speedup: float
    predicted_speedup: float
    same: bool

    @property
    def error(self) -> float:
        """Of the predicted time of a pass, relative to the measured one."""
        return self.predicted / self.measured - 1


@dataclass(frozen=True, slots=True)
class Report:
    """The machine as it was measured with each batch size (largest first), the decoder's shape, all comparisons."""

    engine: str
    threads: int
    machines: tuple[Machine, ...]
    shape: Shape
    oracle: tuple[Timed, ...]
    drafters: tuple[Timed, ...]

    @property
    def error(self) -> float:
        """Mean absolute error of the predicted time of a pass, over everything that was timed."""
        return statistics.fmean(abs(timed.error) for timed in (*self.oracle, *self.drafters))


class Oracle:
    """Drafts the text it was told, each token wrong with a chance of 1 - `acceptance` (seeded)."""

    def __init__(self, text: Sequence[int], acceptance: float, wrong: int) -> None:
        self.text, self.acceptance, self.wrong = list(text), acceptance, wrong
        self.rng = random.Random(1)

    def begin(self, rows: Rows) -> None:
        """Nothing to prepare."""

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        """Nothing to learn."""

    def propose(self, rows: Rows, k: int) -> Tensor:
        """The next `k` tokens of the text. All rows are right or wrong together, so that none runs ahead."""
        at = len(rows.tokens[0])
        true = [*self.text[at : at + k], *[self.wrong] * k][:k]
        guess = [token if self.rng.random() < self.acceptance else self.wrong for token in true]
        return torch.tensor([guess] * len(rows.names), device=rows.positions.device)

    def select(self, kept: Tensor) -> None:
        """All rows are alike."""


def shape_of(engine: TorchEngine) -> Shape:
    """The decoder's shape, in the model's terms."""
    dims = engine.dims
    return Shape(dims.n_text_layer, dims.n_text_state, dims.n_vocab, dims.n_audio_ctx)


def measure_machine(engine: TorchEngine, cache: Cache, text: Sequence[int]) -> Machine:
    """The constants of this machine in the engine's precision; `cache` is that of as many rows as are to be decoded.

    `text` is what the decoder writes of them, prompt included: how near other scores are to the first counts too.
    A kernel takes what it reads, once, and what it computes, for every row: its times with one row and with many give
    both. What the projection onto the vocabulary takes beyond its products is the scores'.
    """
    decoder, device = engine.decoder, engine.device
    width, number = decoder.width, decoder.dtype.itemsize
    inner, matrix = 14 * width**2 * len(decoder.blocks), engine.dims.n_vocab * width
    fed = torch.tensor([[*text]], device=device)
    said = step(decoder, cache.part(0, 1), fed, fed[:, 0] * 0)
    many = said.repeat(1, -(-ROWS // len(text)), 1)[:, :ROWS].contiguous()
    few = many[:, :1].contiguous()
    rows = cache.cross_keys[0].shape[0]
    query = torch.randn(rows, 1, width, device=device).to(decoder.dtype)
    queries = query.expand(-1, PLACES, -1).contiguous()

    # Through all the weights by turns: no cache holds them between two passes, and none between two products here.
    def multiply(x: Tensor) -> None:
        for block in decoder.blocks:
            for layer in (block.qkv, block.out, block.cross_q, block.cross_out):
                layer(x)
            block.down(block.up(x))

    def judge(x: Tensor) -> None:
        decoder.vocabulary.summary(x, engine.rules.banned, engine.rules.eot)

    def attend(asked: Tensor) -> None:
        for keys, values in zip(cache.cross_keys, cache.cross_values, strict=True):
            decoder.kernels.cross_attention(asked, keys, values, cache.frames, [])

    def both(work: Callable[[Tensor], None], few: Tensor, many: Tensor, more: int) -> tuple[float, float]:
        one, all_ = (_seconds(partial(work, x), device) for x in (few, many))
        each = max(0.0, (all_ - one) / more)
        return one - each, each

    read, multiplied = both(multiply, few.to(decoder.dtype), many.to(decoder.dtype), ROWS - 1)
    listed, judged = both(judge, few, many, ROWS - 1)
    attended, again = both(attend, query, queries, PLACES - 1)
    cached = 2 * rows * width * cache.frames * len(decoder.blocks)
    arithmetic = _rate(2 * inner, multiplied)
    layer, once, token = measure_overhead(engine, rows)
    return Machine(
        name=engine.name,
        weights=_rate((inner + matrix) * number, read + listed),
        cache=_rate(cached * number, attended),
        scores=_rate(SCORE_BYTES * SCORE_TRIPS * engine.dims.n_vocab, judged - 2 * matrix / arithmetic),
        arithmetic=arithmetic,
        batched=_rate(2 * cached, again),
        layer=layer,
        once=once,
        token=token,
        number=number,
        overlaps=device.type == "cuda",
    )


def measure_overhead(engine: TorchEngine, rows: int = 1) -> tuple[float, float, float]:
    """Seconds that a layer, a pass over `rows` rows and a place of it take when there is next to nothing to compute.

    Decoders of one and nine layers, 64 numbers wide, write to the end of their context, with and without drafts.
    """

    def timed(layers: int, length: int) -> float:
        dims = ModelDimensions(80, TINY, TINY, 1, 1, 64, 128, TINY, 1, layers)
        decoder = decoder_weights(Whisper(dims).to(engine.device), engine.decoder.kernels)
        banned = torch.zeros(64, device=engine.device)
        banned[END] = float("-inf")  # so that all write on until there is no room
        rules = Rules(END, END + 1, END + 2, banned)
        features = torch.zeros(rows, TINY, TINY, device=engine.device, dtype=engine.decoder.dtype)
        guesses = Oracle([], 0.0, wrong=END) if length else None
        taken = []
        for _ in range(3):
            tally = Tally()
            cache = open_cache(decoder, features)
            start = _now(engine.device)
            decode(decoder, cache, [[0, 0, 0]] * rows, rules, drafter=guesses, k=length, tally=tally)
            taken.append((_now(engine.device) - start) / tally.passes)
        return statistics.median(taken)

    one = timed(1, 0)
    layer = (timed(9, 0) - one) / 8
    token = (timed(1, 4) - one) / 4
    return layer, one - layer - token, token


@torch.inference_mode()
def speculate(
    engine: TorchEngine, sound: Tensor, *, batches: Sequence[int] = BATCHES, acceptance: float = 0.7
) -> Report:
    """Time the oracle and every drafter on one window's `sound` (samples,), and predict the same."""
    if engine.device.type == "cpu":
        torch.set_num_threads(1)
    samples = sound.numpy()
    language = _language(engine, samples)
    shape = shape_of(engine)
    machines: list[Machine] = []
    oracle: list[Timed] = []
    drafters: list[Timed] = []
    for batch in sorted(batches, reverse=True):
        heard = engine.hear([samples] * batch)
        run = _Run(engine, heard.cache, language)
        plain = run(lambda: None, 0)
        # At each size again: a machine is not the same from one minute to the next, and small batches fit its caches.
        machine = measure_machine(engine, heard.cache, [*run.prompt, *plain.text])
        machines.append(machine)
        free = DraftCost(f"oracle {acceptance:g}")
        for length in LENGTHS:
            timed = (
                run(partial(Oracle, plain.text, acceptance, wrong=shape.vocabulary - 1), length) if length else plain
            )
            oracle.append(_compared(free.name, timed, plain, machine=machine, shape=shape, cost=free))
        for kind in available(engine.decoder):
            if kind in COSTS:
                timed = run(partial(drafter, kind, engine.decoder, engine.rules), 4)
                drafters.append(_compared(kind, timed, plain, machine=machine, shape=shape, cost=COSTS[kind]))
    return Report(engine.name, torch.get_num_threads(), tuple(machines), shape, tuple(oracle), tuple(drafters))


@dataclass(frozen=True, slots=True)
class _Timing:
    seconds: float  # a pass
    total: float
    batch: int
    length: float  # drafted tokens a pass and row
    longest: int
    accepted: float  # of drafted ones, up to the first wrong one
    text: tuple[int, ...]


@dataclass(frozen=True)
class _Run:
    engine: TorchEngine
    cache: Cache
    language: str

    @property
    def prompt(self) -> list[int]:
        """What every row begins with."""
        return list(self.engine.tokenizer(self.language, "transcribe").sot_sequence)

    def __call__(self, opened: Callable[[], Drafter | None], length: int) -> _Timing:
        """Decode the batch; the faster of two times, each with a drafter that has seen nothing."""
        rows = self.cache.cross_keys[0].shape[0]
        prompts = [list(self.prompt)] * rows
        best: tuple[float, Tally, list[Decoded]] | None = None
        for _ in range(2):
            tally = Tally()
            start = _now(self.engine.device)
            found = decode(
                self.engine.decoder, self.cache, prompts, self.engine.rules, drafter=opened(), k=length, tally=tally
            )
            taken = _now(self.engine.device) - start
            if best is None or taken < best[0]:
                best = taken, tally, found
        assert best is not None
        taken, tally, found = best
        passes = tally.row_passes / rows
        drafted = tally.drafted / tally.row_passes
        accepted = acceptance_of(tally.tokens / tally.row_passes, length) if length else 0.0
        return _Timing(taken / passes, taken, rows, drafted, length, accepted, found[0].tokens)


def _compared(name: str, timed: _Timing, plain: _Timing, *, machine: Machine, shape: Shape, cost: DraftCost) -> Timed:
    # A drafter without a guess feeds one token: what counts is what was fed on average.
    length = round(timed.length)
    written = expected_tokens(timed.accepted, timed.longest)
    predicted = decoder_pass(machine, shape, timed.batch, length + 1).seconds
    predicted += cost.seconds(machine, shape, timed.batch, length, written)
    alone = decoder_pass(machine, shape, timed.batch, 1).seconds
    return Timed(
        draft=name,
        batch=timed.batch,
        length=length,
        acceptance=timed.accepted,
        measured=timed.seconds,
        predicted=predicted,
        speedup=plain.total / timed.total,
        predicted_speedup=written * alone / predicted,
        same=timed.text == plain.text,
    )


def _language(engine: TorchEngine, samples: NDArray[np.float32]) -> str:
    chances, _ = engine.listen(engine.hear([samples]))
    return max(chances[0], key=lambda code: chances[0][code]) if chances[0] else "en"


def _rate(amount: float, seconds: float) -> float:
    """Infinite where the clock saw no difference: then nothing more needs to be counted either."""
    return amount / seconds if seconds > 0 else math.inf


def _now(device: torch.device) -> float:
    if device.type == "cpu":
        return time.thread_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    """The median of several times after a first that does not count."""
    taken = []
    for _ in range(REPEATS + 1):
        start = _now(device)
        work()
        taken.append(_now(device) - start)
    return statistics.median(taken[1:])
