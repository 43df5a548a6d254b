"""A script in samples/scripts/ in; its recording (FLAC, 16 kHz mono) and exact references beside this file out.

    uv run --group samples python -m samples.make weekly-sync      # or several names, or nothing for all

Writes NAME.flac, NAME.rttm, NAME.stm, NAME.ctm for lists of words, and NAME.facts.json when the script tells what
should be found in it. The facts quote the script; a quote that nobody says is an error.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samples import references, room, script
from samples.references import Said
from samples.voices import SAMPLE_RATE, Voices

HERE = Path(__file__).parent
LEAD_IN = 0.6
LEAD_OUT = 1.0


def perform(play: script.Script, voices: Voices) -> tuple[NDArray[np.float32], tuple[Said, ...]]:
    """The recording of `play`, (n,) float32 at 16 kHz, and when each of its lines is said."""
    rng = np.random.default_rng(play.seed)
    seats = {name: room.Seat(level=role.level, distance=role.distance, rng=rng) for name, role in play.cast.items()}
    parts: list[tuple[int, NDArray[np.float32]]] = []
    said: list[Said] = []
    floor_start = floor_end = LEAD_IN  # when the last line that held the floor began and ended
    for index, line in enumerate(play.lines):
        dry = voices.speak(line.spoken, play.cast[line.speaker].voice, language=line.language, pace=line.pace)
        spans = references.speech_spans(dry)
        wait = rng.uniform(*play.gaps) if line.pause is None else line.pause
        if line.during is not None:
            start = floor_start + line.during * (floor_end - floor_start)
        elif line.overlap is not None:
            start = floor_end - line.overlap
        else:
            start = floor_end + line.silence + (wait if index else 0.0)
        # The first speech of the line, not the first sample of its file, is at `start`.
        first = round((start - spans[0][0]) * SAMPLE_RATE)
        if first < 0:
            raise script.ScriptError(f"starts before the recording does: {line.text!r}")
        parts.append((first, seats[line.speaker].sound(dry)))
        said.append(Said(line.speaker, line.text, references.shifted(spans, first / SAMPLE_RATE)))
        if line.during is None:
            floor_start, floor_end = said[-1].start, max(floor_end, said[-1].end)
    samples = round((max(line.end for line in said) + LEAD_OUT) * SAMPLE_RATE)
    return room.mix(parts, samples, rng), tuple(said)


def facts(play: script.Script, said: Sequence[Said]) -> dict[str, Any]:
    """The script's facts with every quote resolved to who says it when. Raises ScriptError for a quote nobody says."""

    def resolve(value: Any, key: str = "") -> Any:
        if key == "said":
            return [_found(quote, said) for quote in value]
        if isinstance(value, dict):
            return {name: resolve(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [resolve(inner) for inner in value]
        return value.isoformat() if hasattr(value, "isoformat") else value

    return {
        "schema_version": 1,
        "title": play.title,
        "date": play.date,
        "language": play.language,
        "speakers": list(dict.fromkeys(line.speaker for line in said)),
        **resolve(dict(play.facts)),
    }


def _found(quote: str, said: Sequence[Said]) -> dict[str, Any]:
    lines = [line for line in said if quote in line.text]
    if len(lines) != 1:
        raise script.ScriptError(f"{len(lines)} lines say {quote!r}, not one")
    (line,) = lines
    return {"speaker": line.speaker, "start": round(line.start, 3), "end": round(line.end, 3), "quote": quote}


def make(path: Path, folder: Path, voices: Voices) -> str:
    """Perform the script at `path` into `folder`; what was made, in a line."""
    import soundfile

    play = script.read(path)
    recording, said = perform(play, voices)
    target = folder / play.name
    expected = facts(play, said) if play.facts else None
    soundfile.write(target.with_suffix(".flac"), recording, SAMPLE_RATE, subtype="PCM_16")
    references.write_rttm(target.with_suffix(".rttm"), said)
    references.write_stm(target.with_suffix(".stm"), said)
    if play.words:
        references.write_ctm(target.with_suffix(".ctm"), said)
    if expected:
        text = json.dumps(expected, ensure_ascii=False, indent=1)
        target.with_suffix(".facts.json").write_text(text + "\n", encoding="utf-8")
    return f"{play.name}: {len(recording) / SAMPLE_RATE:.1f} s, {len(said)} lines, {len(play.cast)} voices"


def main() -> None:
    """Make the samples named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="scripts, without .toml")
    parser.add_argument("--output-dir", type=Path, default=HERE)
    arguments = parser.parse_args()
    names = arguments.names or sorted(path.stem for path in script.SCRIPTS.glob("*.toml"))
    voices = Voices()
    for name in names:
        print(make(script.SCRIPTS / f"{name}.toml", arguments.output_dir, voices), flush=True)


if __name__ == "__main__":
    main()
