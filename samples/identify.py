"""Single-speaker utterances in; how often a voice is known, missed or taken for another's, out.

    uv run --group samples python -m samples.identify manifest.json --people LS2414 LS2609 LS1089 'fleurs-fr-*'

The manifest is that of `samples.compose`. An utterance whose speaker is "unknown" is a person of its own, who may be
the same as any other unknown one of that corpus and language: those two never meet. What each
person says is divided in two: the first half is heard in one room and enrolled, the second, in parts of so many
seconds, is heard in others, so no microphone, room or word is shared. Every part meets every profile. Prints the equal
error rate, the parts missed at meetbot's thresholds, and the parts of people who are not enrolled (each is left out in
turn) that get a name all the same; 95 % intervals are bootstrapped over people. Concedes: rooms are synthetic.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meetbot import audio
from meetbot.diarize.listen import listen
from meetbot.evaluate.identification import equal_error
from meetbot.voices.profiles import Profiles, Sample
from meetbot.voices.recognise import recognise
from samples import room
from samples.compose import SAMPLE_RATE

ENROLLED = 20.0  # seconds at most
ROOMS = 2  # in which each part is heard

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Person:
    """A profile's voice, and the voices of the parts that are to be recognised. People of one `kin` may be the same."""

    name: str
    kin: str
    enrolled: Sample
    heard: tuple[Sample, ...]


def people(manifest: Path, root: Path, patterns: Sequence[str], seconds: float, seed: int) -> list[Person]:
    """Everybody in `manifest` whose name matches and who says enough for a profile and one part of `seconds`."""
    import soundfile

    spoken: dict[tuple[str, str], list[Samples]] = {}
    for entry in json.loads(manifest.read_text(encoding="utf-8")):
        known = entry["speaker"] != "unknown"
        name = entry["speaker"] if known else Path(entry["audio"]).stem
        kin = name if known else f"{entry['corpus']}-{entry['language']}"
        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            spoken.setdefault((name, kin), []).append(soundfile.read(root / entry["audio"], dtype="float32")[0])
    rng = np.random.default_rng(seed)
    found = []
    for (name, kin), clips in spoken.items():
        dry = np.concatenate(clips)
        half, length = len(dry) // 2, round(seconds * SAMPLE_RATE)
        if half < length:
            continue
        first = _in_a_room(dry[: min(half, round(ENROLLED * SAMPLE_RATE))], rng)
        parts = [dry[at : at + length] for at in range(half, len(dry) - length + 1, length)]
        rest = [_in_a_room(part, rng) for part in parts for _ in range(ROOMS)]
        enrolled, *heard = _voices([first, *rest])
        found.append(Person(name, kin, enrolled, tuple(heard)))
    return found


def _in_a_room(dry: Samples, rng: np.random.Generator) -> Samples:
    seat = room.Seat(level=rng.uniform(-8, 3), distance=rng.uniform(0.3, 1.8), rng=rng)
    return room.mix([(0, seat.sound(dry))], len(dry), rng)


def _voices(parts: Sequence[Samples]) -> list[Sample]:
    """The voice of each part. They lie one after the other in one recording, and none sees its neighbours."""
    import soundfile

    edges = np.cumsum([0, *(len(part) for part in parts)]) / SAMPLE_RATE
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "parts.wav"
        soundfile.write(file, np.concatenate(parts), SAMPLE_RATE, subtype="PCM_16")
        spans = list(pairwise(edges.tolist()))
        vectors = listen(audio.load(file), spans, offline=True)
    return [
        Sample(tuple(vector.astype(float).tolist()), round(end - start, 3), "")
        for vector, (start, end) in zip(vectors, spans, strict=True)
    ]


def outcomes(group: Sequence[Person]) -> NDArray[np.int64]:
    """(people, 3): each person's parts that were missed, those that got a name while he was unknown, and all."""
    counted = np.zeros((len(group), 3), np.int64)
    for row, person in zip(counted, group, strict=True):
        strangers = Profiles()
        for known in group:
            if known.kin != person.kin:
                strangers = strangers.enrolled(known.name, [known.enrolled])
        everybody = strangers.enrolled(person.name, [person.enrolled])
        for one in person.heard:
            match = recognise({"S1": one}, everybody).get("S1")
            other = recognise({"S1": one}, strangers).get("S1")
            row += [not (match and match.certain and match.name == person.name), bool(other and other.certain), 1]
    return counted


def rates(group: Sequence[Person], counted: NDArray[np.int64], drawn: NDArray[np.int64]) -> tuple[float, float, float]:
    """Equal error rate, share missed and share of strangers named, over the people `drawn` (with repetitions)."""
    profiles = np.array([group[index].enrolled.vector for index in drawn])
    kin = np.array([group[index].kin for index in drawn])
    same, other = [], []
    for index in drawn:
        alike = np.array([one.vector for one in group[index].heard]) @ profiles.T
        same += alike[:, drawn == index][:, 0].tolist()
        other += alike[:, kin != group[index].kin].ravel().tolist()
    missed, named, parts = counted[drawn].sum(axis=0)
    return equal_error(same, other).rate, float(missed / parts), float(named / parts)


def resampled(group: Sequence[Person], rng: np.random.Generator) -> NDArray[np.int64]:
    """As many people of `group`, drawn with repetitions, with some among them who are certainly different."""
    while True:
        drawn = rng.integers(0, len(group), len(group))
        if len({group[index].kin for index in drawn}) > 1:
            return drawn


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--root", type=Path, help="what the manifest's paths start from, if not its own folder")
    parser.add_argument("--people", nargs="+", required=True, metavar="PATTERN")
    parser.add_argument("--seconds", nargs="+", type=float, default=[4.0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resamples", type=int, default=200)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    print("| seconds | people | parts | equal error rate | missed | strangers named |\n|---|---|---|---|---|---|")
    for seconds in given.seconds:
        group = people(given.manifest, given.root or given.manifest.parent, given.people, seconds, given.seed)
        counted = outcomes(group)
        whole = rates(group, counted, np.arange(len(group)))
        drawn = [rates(group, counted, resampled(group, rng)) for _ in range(given.resamples)]
        low, high = np.percentile(drawn, (2.5, 97.5), axis=0)
        cells = [
            f"{100 * rate:.1f} % ({100 * bottom:.1f} to {100 * top:.1f})"
            for rate, bottom, top in zip(whole, low, high, strict=True)
        ]
        parts = sum(len(person.heard) for person in group)
        print(f"| {seconds:g} | {len(group)} | {parts} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
