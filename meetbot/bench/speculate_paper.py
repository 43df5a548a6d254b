"""Speculation on machines and models that are not here: shapes and data sheets in, speed-ups out. Pure.

The drafters are those of docs/speculation.md, with a shortlist of 8,192 tokens where they have one; acceptances are
assumptions, not measurements, and the break-even acceptance stands beside every speed-up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from meetbot.transcribe.drafters.cost import DraftCost, Machine, Shape, best_length, break_even, speedup

SHORTLIST, CTC_SHORTLIST = 8192, 16384

SHAPES = {
    "base": Shape(layers=6, width=512, vocabulary=51865),
    "large-v2": Shape(layers=32, width=1280, vocabulary=51865),
    "large-v3": Shape(layers=32, width=1280, vocabulary=51866),
    "large-v3-turbo": Shape(layers=4, width=1280, vocabulary=51866),
}

# Bandwidth and dense 16-bit arithmetic from the makers' data sheets, half of the arithmetic counted as reachable in
# products this small; 5 µs a launch is what PyTorch needs without CUDA graphs.
MACHINES = (
    replace(Machine.of_peaks("2 cores (DDR5, AVX-512)", 40e9, 250e9, 8e-6), overlaps=False),
    Machine.of_peaks("laptop GPU (256 GB/s, 60 TFLOP/s)", 256e9, 30e12, 5e-6),
    Machine.of_peaks("H200 class (4.8 TB/s, 989 TFLOP/s)", 4.8e12, 495e12, 5e-6),
)

DRAFTS = {
    "lookup, Jacobi (free)": (DraftCost("free"), 0.15),
    "medusa (heads and a block)": (DraftCost("medusa", vocabulary=SHORTLIST, heads=True, block=True), 0.6),
    "ctc (whole window)": (DraftCost("ctc", frames=120, vocabulary=CTC_SHORTLIST), 0.7),
    "decoder (one layer)": (DraftCost("decoder", layers=1, vocabulary=SHORTLIST), 0.7),
    "decoder (one layer, whole vocabulary)": (DraftCost("decoder", layers=1, vocabulary=51865), 0.75),
}


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A drafter on one machine and model: the best length, its speed-up, and the acceptance from which it pays."""

    model: str
    machine: str
    draft: str
    batch: int
    acceptance: float
    length: int
    speedup: float
    pays_from: float | None


def on_paper(machines: tuple[Machine, ...] = MACHINES, batches: tuple[int, ...] = (1, 4, 16)) -> tuple[OnPaper, ...]:
    """Every model, machine, drafter and batch."""
    rows = []
    for model, shape in SHAPES.items():
        for machine in machines:
            for name, (draft, acceptance) in DRAFTS.items():
                for batch in batches:
                    length = best_length(machine, shape, batch, draft, acceptance)
                    gain = speedup(machine, shape, batch, draft, acceptance=acceptance, length=length)
                    pays = break_even(machine, shape, batch, draft)
                    rows.append(OnPaper(model, machine.name, name, batch, acceptance, length, gain, pays))
    return tuple(rows)
