"""Single-speaker utterances with their text in; a long recording of several speakers with exact references out.

    uv run --group samples python -m samples.compose manifest.json hour.flac --minutes 60 \\
        --speakers 1688 1998 2033 2414 --seed 4

`manifest.json` is a list of {"audio": a path, "text", "speaker"}, as cut from LibriSpeech. Speakers take
turns, some more talkative than others, with gaps of 0.1 to 0.8 s and some overlaps. Utterances come round again when
they run out, never quite the same: speed and pitch (up to 1.5 %), tone and loudness differ each time, because exact
repetitions would flatter or confuse a clustering. `2033@1.12` is the voice of 2033 raised by 12 %, as another person.

Writes the FLAC and, beside it, .rttm and .stm. The same seed gives the same meeting. Concedes: read speech, no topic.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfiltfilt

from samples import references, room
from samples.references import Said

SAMPLE_RATE = 16_000
GAP = (0.1, 0.8)
OVERLAP = (0.2, 1.2)
STAY = 0.2  # how often the same speaker goes on
WOBBLE = 0.015  # speed and pitch of a repetition, as a fraction
LONGEST = 16.0  # seconds; a longer utterance is no turn of a conversation
QUIET_DB = 26.0  # recordings have a floor of their own, so less depth than synthesised speech

Samples = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Clip:
    """One utterance of one speaker."""

    text: str
    samples: Samples


def read_pool(manifest: Path, root: Path) -> dict[str, list[Clip]]:
    """The clips of every speaker of `manifest` that are short enough; the audio's paths are relative to `root`.

    Raises ValueError for other than 16 kHz.
    """
    import soundfile

    pool: dict[str, list[Clip]] = {}
    for entry in json.loads(manifest.read_text(encoding="utf-8")):
        samples, rate = soundfile.read(root / entry["audio"], dtype="float32")
        if rate != SAMPLE_RATE:
            raise ValueError(f"{entry['audio']} has {rate} Hz, not {SAMPLE_RATE}")
        if len(samples) <= LONGEST * SAMPLE_RATE:
            pool.setdefault(entry["speaker"], []).append(Clip(entry["text"], samples))
    return pool


def faster(samples: Samples, factor: float) -> Samples:
    """`samples` played `factor` times as fast, so that pitch rises alike."""
    if abs(factor - 1) < 0.002:
        return samples
    changed: Samples = resample_poly(samples, 200, round(200 * factor)).astype(np.float32)
    return changed


def compose(
    pool: Mapping[str, Sequence[Clip]], speakers: Sequence[str], *, seconds: float, overlap: float, seed: int
) -> tuple[Samples, tuple[Said, ...]]:
    """A meeting of at most `seconds` s in which the share `overlap` of the turns begins too early.

    Raises KeyError for a speaker who is not in `pool`, ValueError when not even one utterance fits.
    """
    rng = np.random.default_rng(seed)
    people = {name: name.partition("@") for name in speakers}
    talkative = rng.dirichlet(np.full(len(speakers), 6.0))
    waiting: dict[str, list[int]] = {name: [] for name in speakers}
    parts: list[tuple[int, Samples]] = []
    said: list[Said] = []
    last, end = "", 0.4
    while True:
        others = talkative * [0.0 if name == last else 1.0 for name in speakers]
        if not last or (rng.random() >= STAY and others.sum() > 0):
            last = str(rng.choice(speakers, p=others / others.sum()))
        base, _, ratio = people[last]
        waiting[last] = waiting[last] or list(rng.permutation(len(pool[base])))
        clip = pool[base][waiting[last].pop()]
        dry = faster(clip.samples, float(ratio or 1) * rng.uniform(1 - WOBBLE, 1 + WOBBLE))
        spans = references.speech_spans(dry, quiet_db=QUIET_DB)
        early = bool(said) and said[-1].speaker != last and rng.random() < overlap
        # Never earlier than the middle of the turn before, so that no more than two talk at once.
        wait = -min(rng.uniform(*OVERLAP), (end - said[-1].start) / 2) if early else rng.uniform(*GAP)
        first = max(0, round((end + wait - spans[0][0]) * SAMPLE_RATE))
        placed = references.shifted(spans, first / SAMPLE_RATE)
        if placed[-1][1] + 0.3 > seconds:
            break
        seat = room.Seat(level=rng.uniform(-1.5, 1.5), distance=0.3, rng=rng)
        parts.append((first, seat.sound(dry)))
        said.append(Said(last, clip.text, placed))
        end = max(end, placed[-1][1])
    if not said:
        raise ValueError(f"no utterance drawn fits into {seconds} s: another seed, or more time")
    return room.mix(parts, round((end + 0.3) * SAMPLE_RATE), rng), tuple(said)


def telephone(recording: Samples) -> Samples:
    """What is left after 8 kHz sampling, 300 to 3400 Hz and 8-bit mu-law, at 16 kHz again."""
    band = butter(4, [300, 3400], "bandpass", fs=SAMPLE_RATE, output="sos")
    narrow = np.clip(resample_poly(sosfiltfilt(band, recording), 1, 2), -1, 1)
    companded = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    expanded = np.sign(companded) * np.expm1(np.abs(companded) * np.log(256)) / 255
    call: Samples = resample_poly(expanded, 2, 1)[: len(recording)].astype(np.float32)
    return call


def main() -> None:
    """Compose the recording that the command line describes."""
    import soundfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("output", type=Path, help="a .flac")
    parser.add_argument("--root", type=Path, help="what the manifest's paths start from, if not its own folder")
    parser.add_argument("--speakers", nargs="+", required=True, metavar="NAME[@RATIO]")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--overlap", type=float, default=0.12, help="share of turns that begin too early")
    parser.add_argument("--phone", action="store_true", help="as heard over a telephone")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    recording, said = compose(
        read_pool(arguments.manifest, arguments.root or arguments.manifest.parent),
        arguments.speakers,
        seconds=60 * arguments.minutes,
        overlap=arguments.overlap,
        seed=arguments.seed,
    )
    if arguments.phone:
        recording = telephone(recording)
    soundfile.write(arguments.output, recording, SAMPLE_RATE, subtype="PCM_16")
    references.write_rttm(arguments.output.with_suffix(".rttm"), said)
    references.write_stm(arguments.output.with_suffix(".stm"), said)
    print(f"{arguments.output}: {len(recording) / SAMPLE_RATE:.0f} s, {len(said)} turns")


if __name__ == "__main__":
    main()
