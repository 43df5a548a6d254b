"""Text of real meetings in; hours of speech in windows of half a minute out, to teach drafters with.

    uv run --group samples python -m samples.talks qmsum/val.jsonl talks --hours 2

Drafters learn what the model makes of speech, so nobody needs to have said it: Piper's voice "joe" (en_US, medium)
reads QMSum's transcripts (Zhong et al. 2021, MIT), each window at a random pace and played at a random speed, which
moves pitch and formants alike and makes one voice many. What is there already is not spoken again, and window N says
the same however many are asked for.
Concedes: one accent, no rooms, nobody interrupts; the voice's own randomness is not seeded, so that samples differ.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from meetbot.evaluate.qmsum import load
from meetbot.models import require

SAMPLE_RATE = 16_000
SECONDS = 28.5  # of a window, at most
WORDS = 40  # of a sentence, at most
SPEEDS = np.arange(84, 121)  # per cent
PACES = (0.75, 1.3)
PAUSES = (0.0, 0.6)


def sentences(texts: Sequence[str]) -> list[str]:
    """Sentences as they are written, of 2 to WORDS words; broken-off words and QMSum's loose punctuation mended.

    >>> sentences(["it 's plausible at least . Wrong , yeah . Mm - hmm ."])
    ["it's plausible at least.", 'Wrong, yeah.']
    """
    found = []
    for text in texts:
        said = re.sub(r" ([',.?!])", r"\1", text.replace("_", " ").replace('"', ""))
        said = re.sub(r"(\w)' (s|t|re|ve|ll|d|m)\b", r"\1'\2", said)
        said = re.sub(r"\s*-\s*hmm", "-hmm", said)
        found += [one.strip() for one in re.split(r"(?<=[.?!]) ", said)]
    return [one for one in found if 1 < len(one.split()) <= WORDS]


class Joe:
    """The voice, loaded once."""

    def __init__(self) -> None:
        from onnxruntime import InferenceSession, SessionOptions
        from piper import PiperVoice

        path = str(require("piper-joe") / "model.onnx")
        self.voice = PiperVoice.load(path)
        # The runtime takes a thread for every core there is, also where only one may be used, and they wait spinning.
        options = SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        self.voice.session = InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.rate = int(self.voice.config.sample_rate)

    def speak(self, text: str, pace: float, rng: np.random.Generator) -> NDArray[np.float32]:
        """`text` at the voice's own rate; a `pace` of 2 takes twice as long."""
        from piper.config import SynthesisConfig

        manner = SynthesisConfig(
            length_scale=pace, noise_scale=float(rng.uniform(0.4, 0.8)), noise_w_scale=float(rng.uniform(0.5, 0.9))
        )
        parts = [chunk.audio_float_array for chunk in self.voice.synthesize(text, manner)]
        return np.concatenate(parts or [np.zeros(0)]).astype(np.float32)


def window(joe: Joe, said: Sequence[str], rng: np.random.Generator) -> NDArray[np.float32]:
    """One window: sentences of `said` from a random one on, as many as fit; mono at 16 kHz."""
    speed, pace = int(rng.choice(SPEEDS)), rng.uniform(*PACES)
    parts: list[NDArray[np.float32]] = []
    seconds = 0.0
    for text in _from(said, int(rng.integers(len(said)))):
        raw = joe.speak(text, pace * speed / 100 * rng.uniform(0.9, 1.1), rng)
        # Played `speed` per cent as fast: the same samples, said to be of that many per cent of the rate.
        heard = resample_poly(raw, SAMPLE_RATE * 100 // 50, joe.rate * speed // 50).astype(np.float32)
        pause = np.zeros(int(SAMPLE_RATE * rng.uniform(*PAUSES)), np.float32)
        if parts and seconds + len(heard) / SAMPLE_RATE > SECONDS:
            break
        parts += [heard, pause]
        seconds += (len(heard) + len(pause)) / SAMPLE_RATE
    joined = np.concatenate(parts)[: int(SECONDS * SAMPLE_RATE)]
    loudest = float(np.abs(joined).max()) or 1.0
    quieter: NDArray[np.float32] = (joined / loudest * 10 ** (rng.uniform(-26, -1) / 20)).astype(np.float32)
    return quieter


def _from(said: Sequence[str], first: int) -> Iterator[str]:
    for at in range(len(said)):
        yield said[(first + at) % len(said)]


def main() -> None:
    """Make the windows that the command line describes."""
    import soundfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, help="a .jsonl of QMSum")
    parser.add_argument("output", type=Path, help="a folder")
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    turns = [one.text for meeting in load(asked.texts) for one in meeting.transcript.utterances]
    said, joe = sentences(turns), Joe()
    seconds, number = 0.0, 0
    while seconds < asked.hours * 3600:
        path = asked.output / f"{number:04d}.flac"
        if not path.exists():
            samples = window(joe, said, np.random.default_rng([asked.seed, number]))
            partial = path.with_suffix(".partial")
            soundfile.write(partial, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
            partial.replace(path)
        seconds += soundfile.info(path).duration
        number += 1
        print(f"\r{seconds / 60:.0f} min", end="", flush=True)
    print()


if __name__ == "__main__":
    main()
