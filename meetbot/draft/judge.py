"""How often a drafter is right: decoding of windows it was not trained on, with the target's own verification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from meetbot.draft.listen import read
from meetbot.transcribe.decoder import open_cache
from meetbot.transcribe.drafters.cost import acceptance_of
from meetbot.transcribe.engine import TorchEngine
from meetbot.transcribe.greedy import Drafter, Tally, decode

LENGTHS = (1, 2, 4, 6)


@dataclass(frozen=True, slots=True)
class Judged:
    """One length of draft: tokens a pass and row, and the acceptance at which independent guesses would give them."""

    length: int
    tokens_per_pass: float
    acceptance: float


def judge(engine: TorchEngine, drafter: Drafter, lessons: Sequence[Path]) -> list[Judged]:
    """`drafter` on `lessons`, each length of LENGTHS."""
    found = []
    for length in LENGTHS:
        tally = Tally()
        for file in lessons:
            lesson = read(file)
            cache = open_cache(engine.decoder, lesson.sound[None].to(engine.decoder.dtype))
            with torch.inference_mode():
                decode(
                    engine.decoder,
                    cache,
                    [lesson.prompt.tolist()],
                    engine.rules,
                    drafter=drafter,
                    k=length,
                    tally=tally,
                )
        rate = tally.tokens / max(1, tally.row_passes)
        found.append(Judged(length, rate, acceptance_of(rate, length)))
    return found
