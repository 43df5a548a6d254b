"""The engine protocol over CTranslate2 (extra `bench`), on the same weights in its own form, in 8-bit integers.

For machines on which it is the faster one, such as processors without bfloat16. Concedes: it gives no probability of
a single token, so all tokens of a window share their mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whisper.tokenizer import Tokenizer, get_tokenizer

from meetbot.domain import Task
from meetbot.errors import OutOfMemory, UsageError
from meetbot.transcribe import consensus
from meetbot.transcribe.engine import Ask, Sounds
from meetbot.transcribe.features import log_mel
from meetbot.transcribe.greedy import Decoded

CONTEXT = 448


@dataclass(eq=False)
class _Heard:
    features: NDArray[np.float32]  # (windows, 1500, width)


class CTranslate2Engine:
    """A folder that CTranslate2 opens (`meetbot models export --form ctranslate2` writes one)."""

    def __init__(
        self, folder: Path, *, device: str, vocabulary: int, n_mels: int, batch: int, beams: int, threads: int
    ) -> None:
        try:
            import ctranslate2
        except ImportError as error:
            raise UsageError("CTranslate2 is not installed.", hint="pip install 'meetbot[bench]'") from error
        self.views: Any = ctranslate2.StorageView
        self.model: Any = ctranslate2.models.Whisper(
            str(folder),
            device=device,
            compute_type="int8_float16" if device == "cuda" else "int8",
            intra_threads=threads,
        )
        self.multilingual = vocabulary >= 51865
        self.n_languages = vocabulary - 51765 - int(self.multilingual)
        self.n_mels = n_mels
        self.batch = batch
        self.beams = beams
        self.name = f"ctranslate2 int8 {device}"

    def tokenizer(self, language: str, task: Task) -> Tokenizer:
        """Whisper's tokenizer, set to `language`."""
        return get_tokenizer(self.multilingual, num_languages=self.n_languages, language=language, task=task)

    def shrink(self, tried: int) -> None:
        """CTranslate2 does not say when memory is short, so there is nothing to halve."""
        raise OutOfMemory("The model does not fit this machine's memory.", hint="Use a smaller --model.")

    def hear(self, sounds: Sounds) -> _Heard:
        """Encode `sounds`."""
        mel = np.ascontiguousarray(log_mel(list(sounds), self.n_mels).numpy())
        return _Heard(np.array(self.model.encode(self.views.from_array(mel), to_cpu=True), dtype=np.float32))

    def ahead(self, sounds: Callable[[], Sounds]) -> Callable[[], _Heard]:
        """Nothing is begun."""
        return lambda: self.hear(sounds())

    def listen(self, heard: _Heard) -> tuple[list[dict[str, float]], list[float]]:
        """Its language detection, and one token written for the probability of no speech."""
        features = self.views.from_array(heard.features)
        chances: list[dict[str, float]] = [{} for _ in heard.features]
        if self.multilingual:
            chances = [{token[2:-2]: chance for token, chance in row} for row in self.model.detect_language(features)]
        prompt = list(self.tokenizer("en", "transcribe").sot_sequence)
        written = self.model.generate(
            features,
            [prompt] * len(heard.features),
            beam_size=1,
            max_length=len(prompt) + 1,
            return_no_speech_prob=True,
        )
        return chances, [row.no_speech_prob for row in written]

    def write(self, heard: _Heard, rows: Sequence[int], ask: Ask) -> list[Decoded]:
        """Greedy, what beams agree on, or the best of several samples."""
        prompts = ask.prompts(self.tokenizer, CONTEXT // 2 - 1)
        if ask.written:
            return [self._go_on(heard, *row) for row in zip(rows, prompts, ask.written, strict=True)]
        drawn = ask.temperature > 0
        found: dict[int, Decoded] = {}
        # It wants the texts of a batch to begin at one place: rows that were told equally much are decoded together.
        for length in dict.fromkeys(map(len, prompts)):
            some = [index for index, prompt in enumerate(prompts) if len(prompt) == length]
            written = self.model.generate(
                self._some(heard, [rows[index] for index in some]),
                [prompts[index] for index in some],
                beam_size=1 if drawn else ask.beam_size,
                num_hypotheses=ask.best_of if drawn else ask.beam_size,
                sampling_topk=0 if drawn else 1,
                sampling_temperature=ask.temperature if drawn else 1.0,
                max_length=CONTEXT,
                max_initial_timestamp_index=50,
                return_scores=True,
            )
            texts = [_likeliest_first(row) for row in written]
            tokenizer = self.tokenizer("en", ask.task)
            found |= zip(some, (row[0] if drawn else consensus.choose(row, tokenizer) for row in texts), strict=True)
        return [found[index] for index in range(len(rows))]

    def align(
        self, heard: _Heard, rows: Sequence[int], ask: Ask, texts: Sequence[Sequence[int]], seconds: Sequence[float]
    ) -> list[NDArray[np.int64]]:
        """CTranslate2's own dynamic time warping, language by language."""
        found: dict[int, NDArray[np.int64]] = {}
        for language in dict.fromkeys(ask.languages):
            some = [index for index in range(len(rows)) if ask.languages[index] == language]
            aligned = self.model.align(
                self._some(heard, [rows[index] for index in some]),
                list(self.tokenizer(language, ask.task).sot_sequence),
                [list(texts[index]) for index in some],
                [max(2, int(seconds[index] * 100)) for index in some],
            )
            for index, row in zip(some, aligned, strict=True):
                begins = np.zeros(len(texts[index]) + 1, np.int64)
                for token, frame in reversed(row.alignments):
                    begins[token] = frame
                found[index] = begins
        return [found[index] for index in range(len(rows))]

    def _go_on(self, heard: _Heard, row: int, prompt: list[int], written: Sequence[int]) -> Decoded:
        # Its rules want a timestamp first, so the one that would open what comes next is left to it.
        found = self.model.generate(
            self._some(heard, [row]),
            [[*prompt, *written[:-1]]],
            beam_size=1,
            max_length=CONTEXT,
            max_initial_timestamp_index=1500,
            return_scores=True,
        )
        decoded = _likeliest_first(found[0])[0]
        # To its rules this is a text's beginning, so nothing keeps it from going back and saying everything once more.
        if decoded.tokens and decoded.tokens[0] < written[-2]:
            return Decoded((), (), 0.0)
        return decoded

    def _some(self, heard: _Heard, rows: Sequence[int]) -> Any:
        return self.views.from_array(np.ascontiguousarray(heard.features[list(rows)]))


def _likeliest_first(row: Any) -> list[Decoded]:
    found = []
    for score, said in sorted(zip(row.scores, row.sequences_ids, strict=True), key=lambda one: -one[0]):
        tokens = tuple(said)
        total = score * max(1, len(tokens))  # scores are means over tokens
        found.append(Decoded(tokens, (math.exp(score),) * len(tokens), total / (len(tokens) + 1)))
    return found
