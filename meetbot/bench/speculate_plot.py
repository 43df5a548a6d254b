"""Two pictures: predicted against measured passes, and speed-ups on paper over the batch. Values in, files out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from meetbot.bench.speculate_paper import DRAFTS, MACHINES, SHAPES, on_paper

if TYPE_CHECKING:
    from meetbot.bench.speculate import Report

AIM = 0.15  # the error that the model should stay under
BATCHES = (1, 2, 4, 8, 16, 32, 64)


def measured(report: Report, target: Path) -> None:
    """Predicted against measured milliseconds a pass, one colour a drafter, with the band of the error aimed at."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    everything = (*report.oracle, *report.drafters)
    for name in dict.fromkeys(timed.draft for timed in everything):
        some = [timed for timed in everything if timed.draft == name]
        axes.scatter([1e3 * one.measured for one in some], [1e3 * one.predicted for one in some], label=name, s=22)
    times = [1e3 * one.measured for one in everything]
    ends = [min(times), max(times)]
    axes.plot(ends, ends, color="black", linewidth=0.8)
    axes.fill_between(ends, [x * (1 - AIM) for x in ends], [x * (1 + AIM) for x in ends], alpha=0.15, color="grey")
    axes.set(xscale="log", yscale="log", xlabel="measured, ms a pass", ylabel="predicted, ms a pass")
    axes.set_title(f"{report.engine}: mean error {report.error:.0%}")
    axes.legend(fontsize=8)
    figure.savefig(target)


def paper(target: Path) -> None:
    """Speed-up over batch: a row a model, a column a machine, a line a drafter."""
    from matplotlib.figure import Figure

    rows = on_paper(MACHINES, BATCHES)
    figure = Figure(figsize=(11, 10), layout="constrained")
    grid = figure.subplots(len(SHAPES), len(MACHINES), sharex=True, squeeze=False)
    for line, model in zip(grid, SHAPES, strict=True):
        for axes, machine in zip(line, MACHINES, strict=True):
            for name in DRAFTS:
                some = [row for row in rows if (row.model, row.machine, row.draft) == (model, machine.name, name)]
                axes.plot([row.batch for row in some], [row.speedup for row in some], marker=".", label=name)
            axes.set_xscale("log", base=2)
            axes.axhline(1.0, color="black", linewidth=0.6)
            axes.set_title(f"{model}\n{machine.name}", fontsize=8)
    grid[-1][0].set_xlabel("batch")
    grid[-1][0].set_ylabel("speed-up")
    grid[0][-1].legend(fontsize=7)
    figure.savefig(target)
