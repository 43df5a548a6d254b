"""A written meeting of samples/meetings in; its recording with several voices and exact references out.

    uv run --group samples python -m samples.dialogue samples/meetings/tune/product_sync.txt talk.flac

Turns follow one another as in conversation: "Mm-hm" and the like are often said while the other goes on, one turn in
six begins before the one before it is over, so does the one after a dash; speakers sit at different distances and are
not equally loud. Writes the FLAC and, beside it, .rttm and .stm. The same seed gives the same meeting. Voices and seed
are those of samples/meetings/spoken.toml, with which the recordings of the documents were made, or --voices and --seed.
Concedes: voices do not react to one another, and nobody speaks louder to be heard.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from meetbot.domain import Utterance
from meetbot.evaluate.script import load
from samples import references
from samples.make import perform
from samples.script import Line, Role, Script
from samples.voices import SAMPLE_RATE, Voices

SPOKEN = Path(__file__).parent / "meetings" / "spoken.toml"
LANGUAGES = {"a": "en-us", "b": "en-gb"}
BACK_CHANNEL = 2  # words; so short an utterance, no question, does not take the floor
MEANWHILE = 0.5  # how often a back-channel is said while the other goes on …
ROOM = 8  # … who must be saying this many words
EARLY = 0.16  # share of turns that begin too early
OVERLAP = (0.2, 0.9)
GAPS = (0.05, 0.7)


def script(path: Path, voices: Sequence[str], *, words: int, seed: int) -> Script:
    """The first `words` words of the meeting at `path` for `voices`. Raises ValueError for too few voices."""
    rng = np.random.default_rng(seed)
    written = load(path)
    spoken = written.transcript.utterances
    lengths = np.cumsum([len(one.text.split()) for one in spoken])
    spoken = spoken[: int(np.searchsorted(lengths, words)) + 1]
    people = list(dict.fromkeys(one.speaker for one in spoken))
    if len(people) > len(voices):
        raise ValueError(f"{path.name} has {len(people)} speakers, not {len(voices)}")
    cast = {
        name: Role(
            voice,
            LANGUAGES[voice[0]],
            pace=rng.uniform(0.95, 1.2),
            level=rng.uniform(-4, 2),
            distance=rng.uniform(0.4, 1.2),
        )
        for name, voice in zip(people, voices, strict=False)
    }
    lines = [_line(one, spoken[at - 1] if at else None, cast[one.speaker], rng) for at, one in enumerate(spoken)]
    return Script(path.stem, written.title, written.date, "en", cast, tuple(lines), seed, GAPS)


def _line(said: Utterance, before: Utterance | None, role: Role, rng: np.random.Generator) -> Line:
    during: float | None = None
    overlap: float | None = None
    if before is not None and before.speaker != said.speaker:
        brief = len(said.text.split()) <= BACK_CHANNEL and not said.text.endswith("?")
        broken_off = before.text.endswith(("-", "–", "—"))
        if brief and len(before.text.split()) >= ROOM and rng.random() < MEANWHILE:
            during = float(rng.uniform(0.3, 0.8))
        elif broken_off or (len(before.text.split()) >= ROOM and rng.random() < EARLY):
            overlap = float(rng.uniform(*OVERLAP))
    return Line(said.speaker, said.text, said.text, role.language, role.pace, overlap=overlap, during=during)


def main() -> None:
    """Make the recording that the command line describes."""
    import soundfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("meeting", type=Path)
    parser.add_argument("output", type=Path, help="a .flac")
    parser.add_argument("--voices", nargs="+")
    parser.add_argument("--words", type=int, default=100_000, help="stop after so many")
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    known = {} if given.voices else tomllib.loads(SPOKEN.read_text(encoding="utf-8")).get(given.meeting.stem)
    if known is None:
        parser.error(f"{SPOKEN.name} has no {given.meeting.stem}: choose --voices")
    voices, seed = given.voices or known["voices"].split(), given.seed or known.get("seed", 1)
    recording, said = perform(script(given.meeting, voices, words=given.words, seed=seed), Voices())
    soundfile.write(given.output, recording, SAMPLE_RATE, subtype="PCM_16")
    references.write_rttm(given.output.with_suffix(".rttm"), said)
    references.write_stm(given.output.with_suffix(".stm"), said)
    print(f"{given.output}: {len(recording) / SAMPLE_RATE:.0f} s, {len(said)} turns")


if __name__ == "__main__":
    main()
