"""The race: by turns, medians, errors beside times, differences on the same recordings; and its command."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from meetbot.audio import Audio
from meetbot.bench import peers
from meetbot.bench.race import WARM_UP, race, words_wrong
from meetbot.bench.workers import Contender, Lap, Opener
from meetbot.evaluate.references import Reference, Said
from tests.end_to_end.command import Finished, here
from tests.unit.bench import fakes

SAID = {"first": "red green blue black", "second": "oak ash elm fir"}
RECORDINGS = [
    (Reference(name, Path(f"{name}.flac"), (Said("A", 0.0, 40.0, text),), None), fakes.sound(name, 40.0))
    for name, text in SAID.items()
]


class Runner:
    """Writes what it is told to, in the seconds it is told to, and keeps a log of who ran on what."""

    def __init__(self, name: str, says: dict[str, str], times: Sequence[float], log: list[tuple[str, float]]) -> None:
        self.name, self.says, self.times, self.log = name, says, iter([1.0, *times]), log  # the first is the warm-up

    def __call__(self, recordings: Sequence[Audio]) -> Lap[str]:
        self.log.append((self.name, sum(audio.end - audio.start for audio in recordings)))
        seconds = next(self.times)
        return Lap(tuple(self.says[audio.name] for audio in recordings), seconds, 2 * seconds)


def test_turns_medians_errors_and_differences() -> None:
    log: list[tuple[str, float]] = []
    told: list[tuple[str, float]] = []
    worse = {"first": "red green blue", "second": "oak elm fir"}
    contenders: dict[str, Contender[str]] = {
        "ours": Runner("ours", SAID, [4.0, 2.0, 3.0], log),
        "theirs": Runner("theirs", worse, [6.0, 20.0, 6.0], log),
    }
    report = race(
        contenders, RECORDINGS, words_wrong, runs=3, threads=2, tell=lambda name, took, _: told.append((name, took))
    )
    assert log == [("ours", WARM_UP), ("theirs", WARM_UP), *[("ours", 80.0), ("theirs", 80.0)] * 3]
    assert told == [("ours", 4), ("theirs", 6), ("ours", 2), ("theirs", 20), ("ours", 3), ("theirs", 6)]
    ours, theirs = report.results
    assert (ours.seconds, ours.processor_seconds, ours.realtime, ours.ratio, ours.differences) == (3, 6, 80 / 3, 1, ())
    assert (theirs.seconds, theirs.ratio, theirs.processor_ratio) == (6, 2, 2)
    assert (ours.errors[0].rate, theirs.errors[0].rate) == (0, 0.25)
    (apart,) = theirs.differences
    assert (apart.metric, apart.difference, apart.low, apart.high) == ("WER", 0.25, 0.25, 0.25)


def race_of(openers: Mapping[str, Opener[str]], monkeypatch: pytest.MonkeyPatch, folder: Path, *more: str) -> Finished:
    """`meetbot bench race` on two recordings of a second, between `openers`."""

    @contextmanager
    def transcribers(*_: Any) -> Iterator[Mapping[str, Opener[str]]]:
        yield openers

    monkeypatch.setattr(peers, "transcribers", transcribers)
    for name, text in SAID.items():
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes(b"\1\0" * 16_000)
        (folder / f"{name}.stm").write_text(f"{name} 1 A 0 1 {text}\n")
    return here("bench", "race", str(folder), "--runs", "1", *more)


def test_the_command_prints_a_table_with_differences(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    openers = {"ours": partial(fakes.says, "red green blue black"), "theirs": partial(fakes.says, "red green")}
    done = race_of(openers, monkeypatch, tmp_path)
    assert done.code == 0
    head, _, ours, theirs = [line for line in done.out.splitlines() if line.startswith("|")]
    assert head.endswith("| errors | WER − first's (95 %) |")
    assert ours.endswith("| WER 50.0 % | – |")
    assert theirs.endswith("| WER 75.0 % | +25.0 (+0.0 to +50.0) |")


def test_a_contender_that_dies_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    openers = {"ours": partial(fakes.says, "red"), "theirs": partial(fakes.dier, 3)}
    done = race_of(openers, monkeypatch, tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err == "Error: theirs: its process ended with code 3.\n"


def test_a_contender_without_a_model_is_one_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = race_of({"theirs": fakes.without_model}, monkeypatch, tmp_path, "--json")
    assert done.code == 4
    assert '"code": "model.missing", "message": "theirs: no model is here."' in done.out
