"""Search stays quick in a large library, by words and with vectors.

`MEETBOT_LIBRARY_HOURS=1000 pytest -s tests/unit/library/test_scale.py` measures the large one: see docs/library.md.

The library is filled with one-hour meetings of 9,000 words drawn from 20,000 by Zipf's law, as speech is: the
commonest word stands in half of all utterances.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meetbot.domain import AudioInfo, Speaker, Transcript, Utterance
from meetbot.library import Library, Meant, database

HOURS = int(os.environ.get("MEETBOT_LIBRARY_HOURS", "30"))
WORDS = [f"w{number}" for number in range(20_000)]
QUERIES = ("w0", "w0 w1", "w5 w40", "w300", "w15000", "w12 w700 w3", '"w0 w1"', "w19* w2", "w17000 w18000", "Ben w40")


def hour(number: int, random: np.random.Generator, odds: np.ndarray) -> Transcript:
    drawn = iter(random.choice(len(WORDS), size=9_000, p=odds))
    utterances: list[Utterance] = []
    while True:
        text = " ".join(WORDS[k] for k, _ in zip(drawn, range(random.choice([1, 3, 8, 20, 30])), strict=False))
        if not text:
            break
        count = len(utterances)
        utterances.append(Utterance(f"T{count + 1}", f"S{count % 3 + 1}", 5.0 * count, 5.0 * count + 4, text))
    speakers = tuple(Speaker(f"S{k}", name) for k, name in enumerate(("Ana", "Ben", "Carla"), start=1))
    return Transcript(AudioInfo("m.flac", f"{number:08x}" + "0" * 56, 3600.0), "en", speakers, tuple(utterances))


def scattered(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors as the embedding model would make them, but of nothing."""
    rows = np.random.default_rng(len(texts)).standard_normal((len(texts), 384), np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_searching_a_large_library_is_quick(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    odds = 1 / np.arange(1, len(WORDS) + 1)
    odds /= odds.sum()
    with Library.open(tmp_path / "library.sqlite") as library:
        library.connection.execute("PRAGMA synchronous = OFF")
        for number in range(HOURS):
            entry = library.add(hour(number, random, odds), title=f"Meeting {number}")
            library.meaning.index(entry.id, "scattered", scattered)
        slowest = 0.0
        for query in QUERIES:
            for meant in (None, Meant("scattered", scattered([query])[0])):
                times: list[float] = []
                for _ in range(5):
                    begun = time.perf_counter()
                    hits = library.search(query, meant=meant)
                    times.append(time.perf_counter() - begun)
                assert hits
                slowest = max(slowest, statistics.median(times))
                how = "words" if meant is None else "words and vectors"
                print(f"{query:16} {1000 * statistics.median(times):6.1f} ms  {len(hits)} hits, {how}")  # noqa: T201
        size = (tmp_path / "library.sqlite").stat().st_size
        begun = time.perf_counter()
        database.scrub(library.connection)
        print(f"{HOURS} hours, {size / 1e6:.0f} MB, scrubbed in {time.perf_counter() - begun:.1f} s")  # noqa: T201
    assert slowest < 0.1
