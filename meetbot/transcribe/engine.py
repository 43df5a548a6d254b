"""The engine protocol, and our own engine on openai-whisper's weights: windows of sound in, tokens and times out.

An engine knows one model and one machine. It does not judge its text (`fallback`, `guards`), choose windows
(`windows`) or languages (`languages`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from whisper.model import Whisper
from whisper.tokenizer import Tokenizer, get_tokenizer

from meetbot.domain import Drafting, Task
from meetbot.errors import OutOfMemory
from meetbot.transcribe import consensus, timing
from meetbot.transcribe.aside import Aside
from meetbot.transcribe.beam import search
from meetbot.transcribe.decoder import Cache, logits, open_cache, step
from meetbot.transcribe.drafters import drafter
from meetbot.transcribe.drafters.choice import LENGTHS
from meetbot.transcribe.encode import encode
from meetbot.transcribe.features import log_mel
from meetbot.transcribe.greedy import Decoded, Tally, decode
from meetbot.transcribe.kernels import Kernels, Warps
from meetbot.transcribe.replay import Replay
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import decoder_weights, encoder_weights

ENCODE_AT_ONCE = 4  # windows; more does not multiply faster, and each costs 12 MB of intermediate values …
ENCODE_ON_GPU = 16  # … but a GPU is not filled by so few
ALIGN_AT_ONCE = 8
ALIGN_ON_GPU = 16
DRAFTED = 4  # tokens a pass, where a drafter is named and does not choose itself

P = ParamSpec("P")
T = TypeVar("T")
Sounds = Sequence[NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Ask:
    """How rows are written: language and text before, row by row, task, temperature, width of the search.

    `prompt` is told to every row; `before` is what was said before each, as tokens; `written` is what each row has
    written already, timestamps included: it goes on from there, greedily; `most` is how many tokens each row may have
    at most, if anything is said of it (for benchmarks).
    """

    languages: Sequence[str]
    task: Task
    prompt: str = ""
    temperature: float = 0.0
    seeds: Sequence[int] = ()
    best_of: int = 1
    beam_size: int = 1
    written: Sequence[Sequence[int]] = ()
    before: Sequence[Sequence[int]] = ()
    most: Sequence[int] = ()

    def prompts(self, tokenizer: Callable[[str, Task], Tokenizer], room: int) -> list[list[int]]:
        """For each row the tokens that its text follows, at most `room` of them told."""
        found = []
        for language, said in zip(self.languages, self.before or [()] * len(self.languages), strict=True):
            known = tokenizer(language, self.task)
            told = known.encode(" " + self.prompt.strip())[-room:] if self.prompt.strip() else []
            told = [*told, *said[max(0, len(said) + len(told) - room) :]]
            found.append([*([known.sot_prev, *told] if told else []), *known.sot_sequence])
        return found


class TooLarge(Exception):
    """The device's memory is too small for this many windows at once."""


class Engine(Protocol):
    """A Whisper model on this machine. `Heard` values are the engine's own and passed back to it.

    batch: windows at once; beams: texts followed at a time in each.
    """

    name: str
    batch: int
    beams: int

    def tokenizer(self, language: str, task: Task) -> Tokenizer:
        """The tokenizer, set to a language."""

    def shrink(self, tried: int) -> None:
        """Take half as many windows at once as were `tried`. Raises OutOfMemory when that was one."""

    def hear(self, sounds: Sounds) -> Any:
        """Encode windows of at most 30 s. This and what follows raise TooLarge."""

    def ahead(self, sounds: Callable[[], Sounds]) -> Callable[[], Any]:
        """Begin to hear `sounds` beside what is decoded, if this engine can; call what it gives for what `hear` would.

        Nothing else is raised before that call.
        """

    def listen(self, heard: Any) -> tuple[list[dict[str, float]], list[float]]:
        """For every window the probability of each language ({} for English-only models), and of no speech."""

    def write(self, heard: Any, rows: Sequence[int], ask: Ask) -> list[Decoded]:
        """Decode `rows` of the windows; languages and seeds of `ask` are given for these rows, in order."""

    def align(
        self, heard: Any, rows: Sequence[int], ask: Ask, texts: Sequence[Sequence[int]], seconds: Sequence[float]
    ) -> list[NDArray[np.int64]]:
        """For each row the frame (20 ms) at which each token of its text, and its end, begins."""


def _in_memory(method: Callable[P, T]) -> Callable[P, T]:
    """A method that raises TooLarge when the device's memory does not suffice."""

    @wraps(method)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except torch.OutOfMemoryError as error:
            raise TooLarge from error
        except RuntimeError as error:
            # So say CUDA, Triton and cuBLAS of what they take themselves.
            if "out of memory" not in str(error) and "ALLOC_FAILED" not in str(error):
                raise
            raise TooLarge from error

    return checked


@dataclass(eq=False)
class _Heard:
    cache: Cache
    windows: int


class TorchEngine:
    """Our own decoding, on the processor or a GPU."""

    def __init__(
        self, model: Whisper, kernels: Kernels, *, batch: int, beams: int = 1, draft: Drafting = "none"
    ) -> None:
        self.device = model.device
        self.dims = model.dims
        self.encoder = encoder_weights(model, kernels)
        self.decoder = decoder_weights(model, kernels)
        self.multilingual = bool(model.is_multilingual)
        self.n_languages = int(model.num_languages)
        self.rules = Rules.of(self.tokenizer("en", "transcribe"), self.dims.n_vocab, self.device)
        self.batch = batch
        self.beams = beams
        self.drafter = drafter(draft, self.decoder, self.rules)
        self.drafted = LENGTHS[-1] if draft == "auto" else DRAFTED
        self.replay: Replay | None = None
        self.aside = Aside(self.device) if self.device.type == "cuda" else None
        self.tally = Tally()
        self.name = f"meetbot {kernels.name} {self.device.type}"

    def tokenizer(self, language: str, task: Task) -> Tokenizer:
        """Whisper's tokenizer, set to `language`."""
        return get_tokenizer(self.multilingual, num_languages=self.n_languages, language=language, task=task)

    def shrink(self, tried: int) -> None:
        """Half the windows, and the memory given back."""
        if tried <= 1:
            raise OutOfMemory(
                "The model does not fit this device's memory.", hint="Use a smaller --model, or --device cpu."
            )
        self.batch = max(1, tried // 2)
        self.replay = None
        torch.cuda.empty_cache()

    @_in_memory
    def hear(self, sounds: Sounds) -> _Heard:
        """Encode `sounds` and project them for cross-attention."""
        return _Heard(open_cache(self.decoder, self._encoded(sounds)), len(sounds))

    def ahead(self, sounds: Callable[[], Sounds]) -> Callable[[], _Heard]:
        """On a GPU: encode at once, aside. Projections, larger than what they are made from, wait for their turn."""
        if self.aside is None:
            return lambda: self.hear(sounds())
        return _in_memory(partial(self._projected, self.aside.begin(lambda: self._encoded(sounds()))))

    @torch.inference_mode()
    def _projected(self, features: Callable[[], Tensor]) -> _Heard:
        found = features()
        return _Heard(open_cache(self.decoder, found), len(found))

    def _encoded(self, sounds: Sounds) -> Tensor:
        parts = []
        at_once = ENCODE_ON_GPU if self.device.type == "cuda" else ENCODE_AT_ONCE
        for first in range(0, len(sounds), at_once):
            mel = log_mel(list(sounds[first : first + at_once]), self.dims.n_mels, self.device)
            parts.append(encode(self.encoder, mel))
        return torch.cat(parts)

    @_in_memory
    @torch.inference_mode()
    def listen(self, heard: _Heard) -> tuple[list[dict[str, float]], list[float]]:
        """One pass over the start-of-transcript token: it predicts the language, and whether there is speech."""
        tokenizer = self.tokenizer("en", "transcribe")
        start = torch.full((heard.windows, 1), tokenizer.sot, device=self.device)
        scores = logits(self.decoder, step(self.decoder, heard.cache, start, start[:, 0] * 0))[:, 0]
        no_speech = scores.softmax(-1)[:, tokenizer.no_speech].tolist()
        if not self.multilingual:
            return [{} for _ in no_speech], no_speech
        chances = scores[:, list(tokenizer.all_language_tokens)].softmax(-1).tolist()
        codes = tokenizer.all_language_codes
        return [dict(zip(codes, row, strict=True)) for row in chances], no_speech

    @_in_memory
    def write(self, heard: _Heard, rows: Sequence[int], ask: Ask) -> list[Decoded]:
        """Greedy, sampled, or what the beams of a search agree on."""
        copies = ask.best_of if ask.temperature > 0 else 1
        searched = ask.temperature == 0 and ask.beam_size > 1 and not ask.written
        everything = list(rows) == list(range(heard.windows)) and copies == 1
        repeated = [row for row in rows for _ in range(copies)]
        cache = heard.cache if everything else heard.cache.select(torch.tensor(repeated, device=self.device))
        prompts = ask.prompts(self.tokenizer, self.decoder.context // 2 - 1)
        if searched:
            tokenizer = self.tokenizer("en", ask.task)
            own = cache.part(0, len(rows))
            windows = search(self.decoder, own, prompts, self.rules, ask.beam_size)
            return [consensus.choose(texts, tokenizer) for texts in windows]
        prompts = [prompt for prompt in prompts for _ in range(copies)]
        seeds = [seed * 8 + copy for seed in ask.seeds for copy in range(copies)]
        found = decode(
            self.decoder, cache, prompts, self.rules, temperature=ask.temperature, seeds=seeds,
            drafter=self.drafter if ask.temperature == 0 and not ask.written else None,
            k=self.drafted, written=ask.written, most=ask.most, replay=self._replay(cache), tally=self.tally,
        )  # fmt: skip
        groups = [found[first : first + copies] for first in range(0, len(found), copies)]
        return [max(group, key=lambda decoded: decoded.mean_logprob) for group in groups]

    @torch.inference_mode()
    def _replay(self, cache: Cache) -> Replay | None:
        """For as many windows as there were in a batch; copies of windows may be more, and go without."""
        if self.device.type != "cuda" or not self.decoder.kernels.recordable:
            return None
        rows = len(cache.sound)
        if rows <= self.batch and (self.replay is None or self.replay.rows < rows):
            self.replay = None  # before there is another
            self.replay = Replay(self.decoder, self.rules, cache, rows)
        return self.replay

    @_in_memory
    @torch.inference_mode()
    def align(
        self, heard: _Heard, rows: Sequence[int], ask: Ask, texts: Sequence[Sequence[int]], seconds: Sequence[float]
    ) -> list[NDArray[np.int64]]:
        """Cross-attention of the alignment heads over the finished text, and dynamic time warping through it."""
        costs = []
        asked = heard.cache
        if list(rows) != list(range(heard.windows)):
            asked = asked.select(torch.tensor(rows, device=self.device))
        at_once = ALIGN_ON_GPU if self.device.type == "cuda" else ALIGN_AT_ONCE
        for first in range(0, len(rows), at_once):
            some = range(first, min(first + at_once, len(rows)))
            cache = asked.part(some.start, some.stop)
            sequences = []
            for index in some:
                tokenizer = self.tokenizer(ask.languages[index], ask.task)
                sequences.append([*tokenizer.sot_sequence, tokenizer.no_timestamps, *texts[index], tokenizer.eot])
            longest = max(map(len, sequences))
            tokens = torch.tensor(
                [[*sequence, *[sequence[-1]] * (longest - len(sequence))] for sequence in sequences],
                device=self.device,
            )
            attention: list[Tensor] = []
            step(self.decoder, cache, tokens, tokens[:, 0] * 0, attention)
            scores = torch.cat(attention, dim=1)
            for place, index in enumerate(some):
                length = len(sequences[place])
                frames = min(max(1, int(seconds[index] / timing.TOKEN_SECONDS)), scores.shape[-1])
                before = length - len(texts[index]) - 1
                costs.append(timing.attention_cost(scores[place, :, :length], frames, before))
        if isinstance(self.decoder.kernels, Warps):
            return self.decoder.kernels.warp(costs)
        return timing.warp([cost.cpu().numpy() for cost in costs])
