"""How fast a model of some shape would be here, without its weights: random ones instead, texts of forced length.

Speed alone: a matrix product takes as long whatever it multiplies, and a row writes as many tokens as real windows
have, no more and no fewer. What random weights cannot say is how often a draft is right; so drafts are the model's own
text, made wrong as often as they are told to be.

The peer is transformers, whose `generate` decodes a batch until its longest row ends, as its pipeline has it.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from whisper import _ALIGNMENT_HEADS
from whisper.model import ModelDimensions, Whisper

from meetbot.audio import SAMPLE_RATE
from meetbot.bench.stages import Breakdown, Clock, batch_of, peaks
from meetbot.transcribe.engine import Ask, Sounds, TorchEngine
from meetbot.transcribe.greedy import Decoded, Rows, Tally
from meetbot.transcribe.kernels import Kernels
from meetbot.transcribe.text import plain

SHAPES: dict[str, tuple[int, int, int, int, int]] = {
    # mels, width, heads, layers of the encoder and of the decoder (Radford et al. 2022, table 1; its repository)
    "tiny": (80, 384, 6, 4, 4),
    "base": (80, 512, 8, 6, 6),
    "small": (80, 768, 12, 12, 12),
    "medium": (80, 1024, 16, 24, 24),
    "large-v2": (80, 1280, 20, 32, 32),
    "large-v3": (128, 1280, 20, 32, 32),
    "turbo": (128, 1280, 20, 32, 4),
}
TOKENS = (
    129, 135, 131, 111, 135, 141, 91, 147, 83, 78, 98, 102, 102, 99, 144, 127, 142, 129, 86, 91, 118, 116, 111, 131,
    116, 124,
)  # fmt: skip
"""What base writes for the 26 windows of six samples, timestamps included: 116 in the mean."""
WINDOW = 30.0  # seconds
QUIETLY = 0.05  # the noise that windows hold


@dataclass(frozen=True, slots=True)
class Drafted:
    """Decoding with `length` guesses a pass: `speedup` over decoding without, and whether the text was the same."""

    length: int
    acceptance: float
    tokens_per_pass: float
    speedup: float
    same: bool


@dataclass(frozen=True, slots=True)
class Shaped:
    """One batch size: the stages' medians, seconds for a batch of windows with and without word times, drafts.

    Seconds are those of batch after batch, each heard while the one before it is decoded, as recordings are
    transcribed; `seconds_in_turn` of the stages one after the other.
    """

    batch: int
    breakdown: Breakdown
    seconds: float
    seconds_without_words: float
    seconds_in_turn: float
    drafts: tuple[Drafted, ...]

    @property
    def hours_per_second(self) -> float:
        """Hours of windows that are full, in a second, word times included."""
        return self.batch * WINDOW / 3600 / self.seconds


@dataclass(frozen=True, slots=True)
class Peer:
    """transformers at one batch size: seconds for a batch."""

    batch: int
    seconds: float

    @property
    def hours_per_second(self) -> float:
        """Hours of windows that are full, in a second."""
        return self.batch * WINDOW / 3600 / self.seconds


@dataclass(frozen=True, slots=True)
class Report:
    """A shape on a device: ours and transformers at every batch size asked for."""

    shape: str
    device: str
    ours: tuple[Shaped, ...]
    peers: tuple[Peer, ...]


def device_name(device: torch.device) -> str:
    """What the device calls itself."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"


def dimensions(name: str) -> ModelDimensions:
    """The dimensions of the model called `name`."""
    mels, width, heads, hearing, writing = SHAPES[name]
    vocabulary = 51866 if mels == 128 else 51865
    return ModelDimensions(mels, 1500, width, heads, hearing, vocabulary, 448, width, heads, writing)


def random_engine(name: str, device: torch.device, kernels: Callable[[Whisper], Kernels]) -> TorchEngine:
    """An engine of that shape whose weights are random; it never ends a text by itself."""
    torch.manual_seed(0)
    with device:
        model = Whisper(dimensions(name)).requires_grad_(False).eval()
    torch.nn.init.normal_(model.decoder.positional_embedding, std=0.02)  # which its constructor leaves as memory was
    model.set_alignment_heads(_ALIGNMENT_HEADS[name])
    engine = TorchEngine(model, kernels(model), batch=1)
    engine.rules.banned[engine.rules.eot] = float("-inf")
    return engine


def shaped(
    engine: TorchEngine, batch: int, *, runs: int = 3, lengths: Sequence[int] = (), acceptance: float = 0.7
) -> Shaped:
    """A batch of noise through `engine`, `runs` times after one that does not count; medians of every stage."""
    engine.batch, engine.replay = batch, None
    sounds, most = noise(batch), list(islice(cycle(TOKENS), batch))
    peak = peaks(engine.device, engine.decoder.dtype)
    found = [batch_of(engine, sounds, Clock(engine.device), most=most, peak=peak) for _ in range(1 + runs)][1:]
    stages = tuple(
        replace(
            same[0],
            seconds=statistics.median(stage.seconds for stage in same),
            fraction=None if same[0].fraction is None else statistics.median(stage.fraction or 0.0 for stage in same),
        )
        for same in zip(*(breakdown.stages for breakdown in found), strict=True)
    )
    return Shaped(
        batch=batch,
        breakdown=replace(found[0], stages=stages),
        seconds=_a_batch(engine, sounds, most, runs, words=True),
        seconds_without_words=_a_batch(engine, sounds, most, runs, words=False),
        # Spectrograms are timed by themselves too, but they are part of encoding.
        seconds_in_turn=sum(batch * stage.seconds for stage in stages if "within" not in stage.name),
        drafts=tuple(_drafted(engine, sounds, most, length, acceptance) for length in lengths),
    )


def _a_batch(engine: TorchEngine, sounds: Sounds, most: Sequence[int], runs: int, *, words: bool) -> float:
    """Median seconds of a batch among others."""
    rows, ask = range(len(sounds)), Ask(["en"] * len(sounds), "transcribe", most=most)
    coming = engine.ahead(lambda: sounds)
    taken = []
    for _ in range(1 + runs):
        start = time.perf_counter()  # whose batch ends with its last result, not with what is encoded meanwhile
        heard = coming()
        coming = engine.ahead(lambda: sounds)
        engine.listen(heard)
        written = engine.write(heard, rows, ask)
        if words:
            texts = [plain(engine.tokenizer("en", "transcribe"), row.tokens) for row in written]
            engine.align(heard, rows, ask, texts, [WINDOW] * len(sounds))
        taken.append(time.perf_counter() - start)
    coming()
    return statistics.median(taken[1:])


def noise(windows: int) -> list[NDArray[np.float32]]:
    """Full windows of quiet noise."""
    rng = np.random.default_rng(0)
    some = [QUIETLY * rng.standard_normal(int(WINDOW * SAMPLE_RATE), np.float32) for _ in range(4)]
    return list(islice(cycle(some), windows))


class _Told:
    """Drafts each row's own text, every token wrong with a chance of 1 - `acceptance` (seeded)."""

    def __init__(self, texts: Sequence[Sequence[int]], acceptance: float) -> None:
        self.texts, self.acceptance = texts, acceptance
        self.rng = random.Random(1)

    def begin(self, rows: Rows) -> None:
        """Nothing to prepare."""

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        """Nothing to learn."""

    def propose(self, rows: Rows, k: int) -> Tensor:
        """What comes next, or a token that does not."""
        guesses = []
        for name, tokens in zip(rows.names, rows.tokens, strict=True):
            true = [*self.texts[name][len(tokens) : len(tokens) + k], *[0] * k][:k]
            guesses.append([token if self.rng.random() < self.acceptance else max(1, token) - 1 for token in true])
        return torch.tensor(guesses, device=rows.positions.device)

    def select(self, kept: Tensor) -> None:
        """Rows have names."""


def _drafted(
    engine: TorchEngine, sounds: Sequence[NDArray[np.float32]], most: Sequence[int], length: int, acceptance: float
) -> Drafted:
    heard = engine.hear(sounds)
    ask = Ask(["en"] * len(sounds), "transcribe", most=most)

    def timed() -> tuple[float, list[Decoded]]:
        clock = Clock(engine.device)
        written = [clock("write", lambda: engine.write(heard, range(len(sounds)), ask)) for _ in range(2)][-1]
        return clock.seconds["write"], written

    plainly, without = timed()
    engine.drafter, engine.drafted, engine.tally = _Told([row.tokens for row in without], acceptance), length, Tally()
    try:
        seconds, written = timed()
    finally:
        engine.drafter = None
    rate = engine.tally.tokens / engine.tally.row_passes
    same = [row.tokens for row in written] == [row.tokens for row in without]
    return Drafted(length, acceptance, rate, plainly / seconds, same)


def transformers_peer(name: str, device: torch.device, batches: Sequence[int], runs: int = 2) -> list[Peer]:
    """transformers on a model of that shape in 16 bits, on the same noise: features, then `generate`.

    The fastest of `runs` after one that does not count. It has to be installed.
    """
    import transformers
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    dims = dimensions(name)
    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=dims.n_vocab, num_mel_bins=dims.n_mels, d_model=dims.n_audio_state,
        encoder_layers=dims.n_audio_layer, encoder_attention_heads=dims.n_audio_head,
        encoder_ffn_dim=4 * dims.n_audio_state, decoder_layers=dims.n_text_layer,
        decoder_attention_heads=dims.n_text_head, decoder_ffn_dim=4 * dims.n_text_state,
    )  # fmt: skip
    with device:
        model: Any = WhisperForConditionalGeneration(config)
    model.half().eval()
    extractor: Any = WhisperFeatureExtractor
    features = extractor(feature_size=dims.n_mels)
    found = []
    for batch in batches:
        longest = max(islice(cycle(TOKENS), batch))
        sounds = noise(batch)

        def work(sounds: list[NDArray[np.float32]] = sounds, longest: int = longest) -> None:
            mel = features(sounds, sampling_rate=SAMPLE_RATE, return_tensors="pt", device=str(device)).input_features
            model.generate(
                mel.to(device, torch.float16), max_new_tokens=longest, min_new_tokens=longest, do_sample=False
            )

        taken = []
        for _ in range(1 + runs):
            start = time.perf_counter()
            with torch.inference_mode():
                work()
            if device.type == "cuda":
                torch.cuda.synchronize()
            taken.append(time.perf_counter() - start)
        found.append(Peer(batch, min(taken[1:])))
    return found
