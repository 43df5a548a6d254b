"""How long a pass of a Whisper decoder takes, and what speculation gains by it: shapes and peaks in, seconds out. Pure.

The roofline (Williams et al. 2009), part by part: weights, caches and scores take the time of their bytes and of their
arithmetic, the longer of the two where a machine overlaps them, and every operation costs its launch. Expected tokens
are those of Leviathan et al. 2022 (arXiv 2211.17192, eq. 1). docs/speculation.md derives all of it.

Symbols: B rows, gamma drafted tokens a pass (so n = gamma + 1 are fed), alpha the chance that a drafted token is the
target's, L layers of width d, V tokens in the vocabulary, F frames of sound.
Concedes: one acceptance for all places and rows; rows of a batch that have ended are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LONGEST = 16  # drafted tokens a pass that are considered

SCORE_BYTES = 4  # scores are 32-bit whatever is multiplied
SCORE_TRIPS = 12  # reads and writes of all scores of a token: a conversion, two masks, three maxima, a log-sum-exp

# Operations of PyTorch's, for machines whose overhead is known a launch and was not measured.
LAYER_OPERATIONS = 45
PASS_OPERATIONS = 30  # before, after and between the layers
TOKEN_OPERATIONS = 40  # the rules, the choice and the bookkeeping of each place of a pass


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine does at best: bytes a second, operations a second, seconds of overhead; `number` bytes a weight.

    `weights` is the bandwidth of a product with few rows, `cache` that of batched products over keys and values and
    `scores` that of elementwise work: on a GPU all three are the memory's. `batched` is the arithmetic of the batched
    products. `layer`, `once` and `token` are what a layer, a pass and a place in it take if nothing is computed: the
    launches. `overlaps`: reading and multiplying go on at the same time, as on a GPU; on a processor they hardly do.
    A data sheet gives one number for the first three, one for the next two, and `of_peaks` counts launches.
    """

    name: str
    weights: float
    cache: float
    scores: float
    arithmetic: float
    batched: float
    layer: float
    once: float
    token: float
    number: int = 2
    overlaps: bool = True

    @classmethod
    def of_peaks(cls, name: str, bandwidth: float, arithmetic: float, launch: float, number: int = 2) -> Machine:
        """A machine known by its peaks alone: B/s, FLOP/s, seconds a launch."""
        return cls(
            name,
            weights=bandwidth,
            cache=bandwidth,
            scores=bandwidth,
            arithmetic=arithmetic,
            batched=arithmetic,
            layer=launch * LAYER_OPERATIONS,
            once=launch * PASS_OPERATIONS,
            token=launch * TOKEN_OPERATIONS,
            number=number,
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """A decoder: layers, width, vocabulary, frames it attends to, tokens that its self-attention reads a row."""

    layers: int
    width: int
    vocabulary: int
    frames: int = 1500
    room: int = 64

    @property
    def weights(self) -> int:
        """Numbers in the layers: 4 d² of self-attention, 2 d² of cross-attention (its keys and values are projected
        once a window), 8 d² of the feed-forward part.
        """
        return 14 * self.layers * self.width**2

    @property
    def parameters(self) -> int:
        """Numbers read in a pass over one token: the layers' and the projection onto the vocabulary."""
        return self.weights + self.vocabulary * self.width


@dataclass(frozen=True, slots=True)
class Pass:
    """Seconds of one pass by what they are spent on."""

    weights: float
    projection: float
    own_cache: float
    cross_cache: float
    scores: float
    launch: float

    @property
    def seconds(self) -> float:
        """Their sum: on one stream of operations nothing overlaps."""
        return self.weights + self.projection + self.own_cache + self.cross_cache + self.scores + self.launch


def decoder_pass(machine: Machine, shape: Shape, rows: int, fed: int) -> Pass:
    """One pass of `rows` rows with `fed` tokens each, scores and choice included.

    >>> base = Shape(layers=6, width=512, vocabulary=51865)
    >>> cpu = Machine.of_peaks("100 GB/s, 1 TFLOP/s", 100e9, 1e12, 0.0)
    >>> round(1e3 * decoder_pass(cpu, base, 1, 1).seconds, 2)   # 97 MB of weights, 18 MB of sound, 2 MB of scores
    1.19
    """
    tokens = rows * fed
    matrix = shape.vocabulary * shape.width
    pair = 2 * shape.width * shape.layers  # a key and a value in every layer

    def part(count: int, bandwidth: float, multiplied: float, arithmetic: float) -> float:
        return _together(machine, count * machine.number / bandwidth, 2 * multiplied / arithmetic)

    return Pass(
        weights=part(shape.weights, machine.weights, tokens * shape.weights, machine.arithmetic),
        projection=part(matrix, machine.weights, tokens * matrix, machine.arithmetic),
        own_cache=part(rows * pair * shape.room, machine.cache, tokens * pair * shape.room, machine.batched),
        cross_cache=part(rows * pair * shape.frames, machine.cache, tokens * pair * shape.frames, machine.batched),
        scores=tokens * shape.vocabulary * SCORE_BYTES * SCORE_TRIPS / machine.scores,
        launch=machine.layer * shape.layers + machine.once + machine.token * fed,
    )


def _together(machine: Machine, reading: float, multiplying: float) -> float:
    return max(reading, multiplying) if machine.overlaps else reading + multiplying


@dataclass(frozen=True, slots=True)
class DraftCost:
    """What a drafter computes, in the terms of the target's shape.

    layers: decoder layers of the target's width run once for each drafted token (0 for none).
    vocabulary: tokens its scores are computed for; its matrix is read once a drafted token, or once a pass for heads.
    heads: linear heads of d² each, one for each drafted token, in the target's own pass (Medusa).
    block: those heads share a block that hears: 2 d² a head, 10 d² once, and one layer's cache of the sound.
    frames: frames of sound scored once a window (CTC), for `window` tokens of text, 8 d² each; all are heard with 2 d².
    """

    name: str
    layers: int = 0
    vocabulary: int = 0
    heads: bool = False
    block: bool = False
    frames: int = 0
    window: int = 80

    def seconds(self, machine: Machine, shape: Shape, rows: int, length: int, expected: float) -> float:
        """What drafting `length` tokens adds to a pass that writes `expected` tokens a row."""
        if length == 0:
            return 0.0
        if self.layers:
            small = replace(shape, layers=self.layers, vocabulary=self.vocabulary)
            return length * decoder_pass(machine, small, rows, 1).seconds
        if self.heads:
            square, listed = shape.width**2, self.vocabulary * shape.width
            own, shared = (2, 10) if self.block else (1, 0)
            numbers = (own * length + shared) * square + listed
            multiplied = rows * length * ((own + shared) * square + listed)
            busy = _together(machine, numbers * machine.number / machine.weights, 2 * multiplied / machine.arithmetic)
            if self.block:
                sound = 2 * rows * shape.frames * shape.width
                busy += _together(machine, sound * machine.number / machine.cache, 2 * length * sound / machine.batched)
            return busy + machine.token  # one choice for all heads at once
        if self.frames:
            square = shape.width**2
            numbers = 2 * square * shape.frames + (8 * square + self.vocabulary * shape.width) * self.frames
            return rows * 2 * numbers / machine.arithmetic * expected / self.window
        return 0.0


def expected_tokens(acceptance: float, length: int) -> float:
    """Tokens a pass writes when each of `length` drafted tokens is right with chance `acceptance`, up to the first
    wrong one: 1 + alpha + … + alpha^gamma.

    >>> expected_tokens(0.5, 2)
    1.75
    """
    return sum(acceptance**place for place in range(length + 1))


def acceptance_of(tokens: float, length: int) -> float:
    """The acceptance at which `length` drafts give `tokens` a pass, by bisection on `expected_tokens`.

    >>> round(acceptance_of(1.75, 2), 3)
    0.5
    """
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if expected_tokens(middle, length) < tokens else (low, middle)
    return low


def speedup(machine: Machine, shape: Shape, rows: int, draft: DraftCost, *, acceptance: float, length: int) -> float:
    """How many times as fast decoding is with `length` tokens drafted a pass as without."""
    tokens = expected_tokens(acceptance, length)
    with_draft = decoder_pass(machine, shape, rows, length + 1).seconds
    with_draft += draft.seconds(machine, shape, rows, length, tokens)
    return tokens * decoder_pass(machine, shape, rows, 1).seconds / with_draft


def best_length(machine: Machine, shape: Shape, rows: int, draft: DraftCost, acceptance: float) -> int:
    """The length of the fastest draft; 0 when none pays."""

    def faster(length: int) -> float:
        return speedup(machine, shape, rows, draft, acceptance=acceptance, length=length)

    return max(range(LONGEST + 1), key=faster)


def break_even(machine: Machine, shape: Shape, rows: int, draft: DraftCost) -> float | None:
    """The acceptance above which some length of `draft` pays; None when not even a draft that is always right does.

    Found by bisection: at each length the speed-up grows with the acceptance.
    """

    def pays(acceptance: float) -> bool:
        return best_length(machine, shape, rows, draft, acceptance) > 0

    if not pays(1.0):
        return None
    low, high = 0.0, 1.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if pays(middle) else (middle, high)
    return high
