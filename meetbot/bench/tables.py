"""The two tables behind our defaults: ways to cut windows, and ways to draft. Measured, printed in docs/engine.md."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from meetbot.align import align
from meetbot.audio import Audio
from meetbot.domain import Diarization, Drafting, Transcription
from meetbot.evaluate.meetings import said
from meetbot.evaluate.references import Reference
from meetbot.evaluate.scores import Pooled, Score, pool
from meetbot.evaluate.words import attributed_words, words
from meetbot.progress import Silent
from meetbot.store import NoMemo
from meetbot.transcribe.drafters import available, drafter
from meetbot.transcribe.drafters.choice import LENGTHS
from meetbot.transcribe.drafters.cost import acceptance_of
from meetbot.transcribe.drafters.trained import KINDS
from meetbot.transcribe.engine import Ask, TorchEngine
from meetbot.transcribe.greedy import Tally
from meetbot.transcribe.options import TranscribeOptions, Windowing
from meetbot.transcribe.recording import cut_recording, transcribe_with

TRAINED, UNTRAINED = (2, 4, 8), 4  # tokens a pass that are drafted


@dataclass(frozen=True, slots=True)
class Cut:
    """One way to cut windows: how many there were, how long they took, what was wrong."""

    windows: Windowing
    turns: Literal["reference", "voice activity"]
    count: int
    processor_seconds: float
    errors: tuple[Pooled, ...]


def windowings(
    engine: TorchEngine, recordings: Sequence[tuple[Reference, Audio]], options: TranscribeOptions
) -> tuple[Cut, ...]:
    """Every windowing on the references' turns, and packed and fixed windows also without turns.

    WER, and cpWER of the words given to the references' turns.
    """
    rows = []
    for how in get_args(Windowing):
        for given in (True, False):
            if not given and how in ("turns", "context"):
                continue
            chosen = replace(options, windows=how)
            start, count, scores = time.process_time(), 0, []
            for reference, audio in recordings:
                turns = list(reference.turns or ()) if given else None
                if given and not turns:
                    continue
                count += len(cut_recording(audio, turns, chosen))
                found = transcribe_with(engine, audio, turns, chosen, memo=NoMemo(), progress=Silent())
                scores.append(_scores(reference, audio, found))
            rows.append(
                Cut(how, "reference" if given else "voice activity", count, time.process_time() - start, pool(scores))
            )
    return tuple(rows)


def _scores(reference: Reference, audio: Audio, found: Transcription) -> tuple[Score, ...]:
    turns, known = reference.turns or (), reference.said or ()
    who = said(align(found, Diarization(turns, turns) if turns else None, audio.info))
    language = reference.language or found.language
    return words(known, who, language), attributed_words(known, who, language)[0]


@dataclass(frozen=True, slots=True)
class Draft:
    """One drafter at one batch size, drafting `length` tokens a pass, 0 for its own choice.

    `speedup` is of decoding alone, over plain decoding of the same rows: the drafter's own time is in it.
    """

    draft: Drafting
    batch: int
    length: int
    acceptance: float
    tokens_per_pass: float
    speedup: float
    same: bool


def drafts(
    engine: TorchEngine, audio: Audio, batches: Sequence[int] = (1, 4, 8, 16), runs: int = 2
) -> tuple[Draft, ...]:
    """Every drafter at every batch size, trained ones at several lengths, on the windows of `audio`.

    They take turns, `runs` times; the fastest time of each counts. Each time the drafter has seen nothing: one that
    remembers what was written would have the text of the time before to look up.
    """
    cut = cut_recording(audio, None, TranscribeOptions())
    sounds = [np.concatenate([audio.window(*piece) for piece in window.pieces]) for window in cut]
    rows = []
    for batch in batches:
        some = (sounds * (-(-batch // len(sounds))))[: max(batch, 4) // batch * batch]
        engine.replay = None
        heard = [engine.hear(some[first : first + batch]) for first in range(0, len(some), batch)]
        ways = _ways(engine)
        seconds = [float("inf")] * len(ways)
        written: list[list[tuple[int, ...]]] = [[]] * len(ways)
        tallies = [Tally()] * len(ways)
        for _ in range(runs):
            for at, (kind, length) in enumerate(ways):
                engine.drafter = drafter(kind, engine.decoder, engine.rules)
                engine.drafted, engine.tally = length or LENGTHS[-1], Tally()
                start = time.perf_counter()
                written[at] = [
                    row.tokens
                    for part in heard
                    for row in engine.write(part, range(part.windows), Ask(["en"] * part.windows, "transcribe"))
                ]
                seconds[at] = min(seconds[at], time.perf_counter() - start)
                tallies[at] = engine.tally
        for at, (kind, length) in enumerate(ways):
            rate = tallies[at].tokens / tallies[at].row_passes
            met = acceptance_of(rate, length) if length and kind != "none" else 0.0
            rows.append(Draft(kind, batch, length, met, rate, seconds[0] / seconds[at], written[at] == written[0]))
    engine.drafter = None
    return tuple(rows)


def _ways(engine: TorchEngine) -> list[tuple[Drafting, int]]:
    """Kinds of drafters and how many tokens they draft, 0 for their own choice."""
    found: list[tuple[Drafting, int]] = []
    for kind in available(engine.decoder):
        lengths = (0,) if kind == "auto" else TRAINED if kind in KINDS else (UNTRAINED,)
        found += [(kind, length) for length in lengths]
    return found
