"""Real people's recordings of single digits in; digits or numbers with their text out, to fine-tune on and judge with.

    git clone https://github.com/Jakobovski/free-spoken-digit-dataset
    uv run --group samples python -m samples.digits free-spoken-digit-dataset/recordings digits --takes 0 5
    meetbot finetune prepare digits/manifest.json -o DATA --held-back 0.35 --no-join

The Free Spoken Digit Dataset (CC BY-SA 4.0): six speakers, 8 kHz, fifty takes of each digit by each, a file a digit
(`7_jackson_32.wav`). Every utterance is one of them, as on the telephone ("press or say"), or with `--length 6 8` six
to eight of one speaker's, as part numbers are read out: each file at most once, in an order and with gaps that come
from the speaker's name. `--takes` divides the files: takes 0 to 4 share no recording with takes 15 to 24.

Writes 16 kHz FLAC and a manifest, for `finetune prepare` and for `evaluate words`. Concedes: nobody said the numbers
as a whole, so they have no melody, and every digit is said with care.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from samples import room

SAMPLE_RATE = 16_000
GAP = (0.15, 0.4)  # seconds between two digits
MARGIN = 0.3  # seconds before the first and after the last
FADE = 80  # samples: 5 ms, as the files are cut where there still is sound

Samples = NDArray[np.float32]


def takes(files: Sequence[Path], first: int, end: int) -> dict[str, list[Path]]:
    """Of `files`, by speaker, those of takes `first` to `end` - 1, in order.

    >>> takes([Path("7_ana_2.wav"), Path("7_ana_3.wav"), Path("0_ben_2.wav")], 0, 3)
    {'ana': [PosixPath('7_ana_2.wav')], 'ben': [PosixPath('0_ben_2.wav')]}
    """
    found: dict[str, list[Path]] = {}
    for file in sorted(files):
        _, speaker, take = file.stem.split("_")
        if first <= int(take) < end:
            found.setdefault(speaker, []).append(file)
    return dict(sorted(found.items()))


def numbers(files: Sequence[Path], shortest: int, longest: int, rng: random.Random) -> Iterator[list[Path]]:
    """`files`, each a digit, shuffled and cut into numbers; fewer than `shortest` may be left over."""
    left = list(files)
    rng.shuffle(left)
    while len(left) >= shortest:
        length = rng.randint(shortest, min(longest, len(left)))
        yield left[:length]
        left = left[length:]


def text(number: Sequence[Path]) -> str:
    """What is said, as Whisper mostly writes several: scored, "7, 0." stays two words, "seven zero" would become 70.

    >>> text([Path("7_ana_2.wav"), Path("0_ana_3.wav")])
    '7, 0.'
    """
    return ", ".join(file.stem[0] for file in number) + "."


def spoken(digits: Sequence[Samples], rng: np.random.Generator) -> Samples:
    """`digits` (8 kHz) one after another over the noise of a quiet room: 16 kHz, at the loudness of speech."""
    parts: list[tuple[int, Samples]] = []
    at = MARGIN
    for digit in digits:
        wide = resample_poly(digit, 2, 1).astype(np.float32)
        edge = np.linspace(0, 1, FADE, dtype=np.float32)
        wide[:FADE] *= edge
        wide[-FADE:] *= edge[::-1]
        parts.append((round(at * SAMPLE_RATE), wide))
        at += len(wide) / SAMPLE_RATE + rng.uniform(*GAP)
    end = parts[-1][0] + len(parts[-1][1]) + round(MARGIN * SAMPLE_RATE)
    level = room.decibels(room.SPEECH_DBFS) / room.loudness(np.concatenate([wide for _, wide in parts]))
    return room.mix([(first, np.float32(level) * wide) for first, wide in parts], end, rng)


def main() -> None:
    """Write the utterances that the command line asks for into its folder, with their manifest."""
    import soundfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path, help="the data set's folder of .wav files")
    parser.add_argument("output", type=Path, help="a folder")
    parser.add_argument("--takes", type=int, nargs=2, default=(0, 50), metavar=("FIRST", "END"), help="without END")
    parser.add_argument("--length", type=int, nargs=2, default=(1, 1), metavar=("LEAST", "MOST"), help="digits in each")
    parser.add_argument("--speakers", nargs="+", help="all, if none is named")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    shortest, longest = arguments.length
    rows = []
    for speaker, files in takes(list(arguments.recordings.glob("*.wav")), *arguments.takes).items():
        if arguments.speakers and speaker not in arguments.speakers:
            continue
        rng = np.random.default_rng(list(speaker.encode()))
        for count, number in enumerate(numbers(files, shortest, longest, random.Random(speaker))):
            path = arguments.output / f"{speaker}-{count:03d}.flac"
            digits = [soundfile.read(file, dtype="float32")[0] for file in number]
            soundfile.write(path, spoken(digits, rng), SAMPLE_RATE, subtype="PCM_16")
            row = {"audio": path.name, "text": text(number), "language": "en", "speaker": speaker, "corpus": "digits"}
            rows.append(row)
    (arguments.output / "manifest.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"{arguments.output}: {len(rows)} utterances")


if __name__ == "__main__":
    main()
