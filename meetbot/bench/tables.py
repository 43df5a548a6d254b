"""The two tables behind our defaults: ways to cut windows, and ways to draft. Measured, printed in docs/engine.md."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from meetbot.align import align
from meetbot.audio import Audio
from meetbot.domain import Diarization, Transcription
from meetbot.evaluate.meetings import said
from meetbot.evaluate.references import Reference
from meetbot.evaluate.scores import Pooled, Score, pool
from meetbot.evaluate.words import attributed_words, words
from meetbot.progress import Silent
from meetbot.store import NoMemo
from meetbot.transcribe.drafters import available, drafter
from meetbot.transcribe.engine import Ask, TorchEngine
from meetbot.transcribe.greedy import Tally
from meetbot.transcribe.options import Drafting, TranscribeOptions, Windowing
from meetbot.transcribe.recording import cut_recording, transcribe_with


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
    """One drafter at one batch size. `speedup` is of decoding alone, over plain decoding of the same rows."""

    draft: Drafting
    batch: int
    accepted: float
    tokens_per_pass: float
    speedup: float
    same: bool


def drafts(engine: TorchEngine, audio: Audio, batches: Sequence[int] = (1, 4, 8, 16)) -> tuple[Draft, ...]:
    """Every drafter at every batch size, on the windows of `audio`."""
    cut = cut_recording(audio, None, TranscribeOptions())
    sounds = [np.concatenate([audio.window(*piece) for piece in window.pieces]) for window in cut]
    rows = []
    for batch in batches:
        some = (sounds * (-(-batch // len(sounds))))[: max(batch, 4) // batch * batch]
        heard = [engine.hear(some[first : first + batch]) for first in range(0, len(some), batch)]
        plain: tuple[float, list[tuple[int, ...]]] | None = None
        for kind in available(engine.decoder):
            engine.drafter = drafter(kind, engine.decoder, engine.rules)
            engine.tally = tally = Tally()
            start = time.process_time()
            texts = [
                row.tokens
                for part in heard
                for row in engine.write(part, range(part.windows), Ask(["en"] * part.windows, "transcribe"))
            ]
            taken = time.process_time() - start
            plain = plain or (taken, texts)
            rows.append(
                Draft(
                    kind,
                    batch,
                    tally.accepted / tally.drafted if tally.drafted else 0.0,
                    tally.tokens / tally.row_passes,
                    plain[0] / taken,
                    texts == plain[1],
                )
            )
    engine.drafter = None
    return tuple(rows)
