"""`meetbot bench stages|windows|drafts|shape|speculate`: parts of the engine, by the clock and by the arithmetic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli import run
from meetbot.cli.bench import Model, Recordings, bench_app
from meetbot.cli.options import Force, Json, Output, Start

if TYPE_CHECKING:
    from meetbot.bench.shapes import Report as ShapeReport
    from meetbot.bench.speculate import Report
    from meetbot.transcribe import TranscribeOptions
    from meetbot.transcribe.engine import TorchEngine

__all__ = ["bench_app"]  # with the commands below

One = Annotated[Path, typer.Argument(help="A recording.", show_default=False)]


@bench_app.command()
def stages(recording: One, *, model: Model = "base", output: Output = None, force: Force = False) -> None:
    """Time, arithmetic and bytes of every stage, and the fraction of the roofline reached.

    Examples:

        meetbot bench stages samples/weekly-sync.flac
    """
    from meetbot.audio import load
    from meetbot.bench.stages import breakdown
    from meetbot.transcribe import TranscribeOptions

    target = run.named(output)
    run.check_free([target] if target else [], force)
    options = TranscribeOptions(model=model)
    found = breakdown(_engine(options), load(recording), options)
    lines = [
        f"{found.engine}: {found.windows} windows, {found.tokens} tokens; "
        f"peaks {found.peak_gigaflops:.0f} GFLOP/s, {found.peak_gigabytes:.0f} GB/s",
        "",
        "| stage | ms a window | GFLOP | GB | of the roofline |",
        "|---|---:|---:|---:|---:|",
    ]
    for stage in found.stages:
        share = "" if stage.fraction is None else f"{100 * stage.fraction:.0f} %"
        lines.append(
            f"| {stage.name} | {1000 * stage.seconds:.0f} | {stage.gigaflop:.1f} | {stage.gigabyte:.2f} | {share} |"
        )
    run.deliver("\n".join(lines) + "\n", target)


@bench_app.command()
def windows(recordings: Recordings, *, model: Model = "base", output: Output = None, force: Force = False) -> None:
    """Word errors (also by speaker, with the reference's turns) and processor time of every way to cut windows.

    Examples:

        meetbot bench windows samples
    """
    from meetbot.audio import load
    from meetbot.bench.tables import windowings
    from meetbot.evaluate.references import find
    from meetbot.transcribe import TranscribeOptions

    target = run.named(output)
    run.check_free([target] if target else [], force)
    options = TranscribeOptions(model=model)
    found = [(reference, load(reference.audio)) for reference in find(recordings) if reference.said]
    lines = ["| windows | speech from | windows cut | processor s | WER | cpWER |", "|---|---|---:|---:|---:|---:|"]
    for row in windowings(_engine(options), found, options):
        rates = " | ".join(f"{100 * (pooled.rate or 0):.1f} %" for pooled in row.errors)
        lines.append(f"| {row.windows} | {row.turns} | {row.count} | {row.processor_seconds:.0f} | {rates} |")
    run.deliver("\n".join(lines) + "\n", target)


@bench_app.command()
def drafts(recording: One, *, model: Model = "base", output: Output = None, force: Force = False) -> None:
    """Acceptance and speed of every drafter at several batch sizes.

    Examples:

        meetbot bench drafts samples/weekly-sync.flac
    """
    from meetbot.audio import load
    from meetbot.bench.tables import drafts as drafted
    from meetbot.transcribe import TranscribeOptions

    target = run.named(output)
    run.check_free([target] if target else [], force)
    lines = [
        "| draft | batch | drafted | acceptance | tokens a pass | decoding speed | same text |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in drafted(_engine(TranscribeOptions(model=model, beam_size=1)), load(recording)):
        lines.append(
            f"| {row.draft} | {row.batch} | {row.length or 'chosen'} | {row.acceptance:.2f} "
            f"| {row.tokens_per_pass:.2f} | {row.speedup:.2f} x | {'yes' if row.same else 'no'} |"
        )
    run.deliver("\n".join(lines) + "\n", target)


@bench_app.command()
def shape(
    name: Annotated[str, typer.Argument(metavar="tiny|base|small|medium|large-v2|large-v3|turbo", show_default=False)],
    *,
    batch: Annotated[
        list[int] | None, typer.Option("--batch", min=1, help="Windows at once; may be repeated. 16, if none is named.")
    ] = None,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Times each one runs; the median counts.")] = 3,
    draft: Annotated[
        list[int] | None, typer.Option("--draft", min=1, max=15, help="Guesses a pass; may be repeated.")
    ] = None,
    acceptance: Annotated[float, typer.Option("--acceptance", min=0, max=1, help="How often a guess is right.")] = 0.7,
    peer: Annotated[
        list[int] | None,
        typer.Option("--peer", min=1, help="transformers too, with so many windows at once; may be repeated."),
    ] = None,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """How fast a model of that shape would be here: random weights, so speed alone, and texts of real lengths.

    Examples:

        meetbot bench shape large-v3 --batch 16 --batch 64 --draft 4 --peer 64
    """
    from meetbot import codec
    from meetbot.bench import shapes
    from meetbot.cli.bar import progress
    from meetbot.device import pick
    from meetbot.errors import UsageError
    from meetbot.transcribe.engines import kernels_for

    target = run.named(output)
    run.check_free([target] if target else [], force)
    if name not in shapes.SHAPES:
        raise UsageError(f"There is no shape {name!r}.", hint=f"Use one of {', '.join(shapes.SHAPES)}.")
    device = pick()
    engine = shapes.random_engine(name, device, lambda model: kernels_for(model, "auto", progress(False)))
    found = shapes.Report(
        name,
        shapes.device_name(device),
        tuple(
            shapes.shaped(engine, size, runs=runs, lengths=draft or (), acceptance=acceptance) for size in batch or [16]
        ),
        tuple(shapes.transformers_peer(name, device, peer, runs)) if peer else (),
    )
    run.deliver(codec.to_json(found, indent=2) if as_json else _shape(found), target)


def _shape(found: ShapeReport) -> str:
    first = found.ours[0].breakdown
    names = [stage.name for stage in first.stages]
    lines = [
        f"{found.shape}'s shape, random weights, {first.engine}, {found.device}: speed alone, texts of forced length.",
        f"Peaks {first.peak_gigaflops / 1e3:.2f} TFLOP/s, {first.peak_gigabytes:.0f} GB/s. Milliseconds a window of "
        "30 s (of the roofline):",
        "",
        "| batch | " + " | ".join(names) + " | hours a second | without word times | next batch not heard ahead |",
        "|---:" * (4 + len(names)) + "|",
    ]
    for one in found.ours:
        cells = [
            f"{1e3 * stage.seconds:.2f}" + (f" ({100 * stage.fraction:.0f} %)" if stage.fraction else "")
            for stage in one.breakdown.stages
        ]
        rate = one.hours_per_second
        lines.append(
            f"| {one.batch} | {' | '.join(cells)} | {rate:.3f} | {rate * one.seconds / one.seconds_without_words:.3f} "
            f"| {rate * one.seconds / one.seconds_in_turn:.3f} |"
        )
    if any(one.drafts for one in found.ours):
        lines += [
            "",
            "| batch | drafted | acceptance | tokens a pass | decoding speed | same text |",
            "|---:" * 5 + "|---|",
        ]
    for one in found.ours:
        lines += [
            f"| {one.batch} | {row.length} | {row.acceptance:.2f} | {row.tokens_per_pass:.2f} | {row.speedup:.2f} x "
            f"| {'yes' if row.same else 'no'} |"
            for row in one.drafts
        ]
    if found.peers:
        best = max(one.hours_per_second * one.seconds / one.seconds_without_words for one in found.ours)
        lines += [
            "",
            "| transformers, batch | s a batch | hours a second | ours at our best, without word times |",
            "|---:" * 4 + "|",
        ]
        lines += [
            f"| {one.batch} | {one.seconds:.2f} | {one.hours_per_second:.4f} | {best / one.hours_per_second:.1f} x |"
            for one in found.peers
        ]
    return "\n".join(lines) + "\n"


@bench_app.command()
def speculate(
    recording: One,
    *,
    model: Model = "base",
    seconds: Annotated[float, typer.Option("--seconds", min=2, max=30, help="Of the recording, from --start.")] = 12.0,
    start: Start = 0.0,
    plots: Annotated[
        Path | None, typer.Option("--plots", metavar="DIR", help="Draw the comparison, and models on paper.")
    ] = None,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Time of a decoder pass and gain of drafting: predicted from the machine's peaks, and measured.

    The arithmetic is explained in docs/speculation.md.

    Examples:

        meetbot bench speculate samples/weekly-sync.flac\n
        meetbot bench speculate samples/weekly-sync.flac --start 30 --plots docs --json -o speculation.json
    """
    import torch

    from meetbot import codec
    from meetbot.audio import load
    from meetbot.bench import speculate as speculation
    from meetbot.transcribe import TranscribeOptions

    target = run.named(output)
    run.check_free([target] if target else [], force)
    audio = load(recording, start=start, end=start + seconds)
    engine = _engine(TranscribeOptions(model=model, beam_size=1))
    found = speculation.speculate(engine, torch.from_numpy(audio.window(audio.start, audio.end)))
    if plots:
        from meetbot.bench import speculate_plot

        plots.mkdir(parents=True, exist_ok=True)
        speculate_plot.measured(found, plots / "speculation-measured.png")
        speculate_plot.paper(plots / "speculation-paper.png")
    run.deliver(codec.to_json(found, indent=2) if as_json else _speculation(found), target)


def _speculation(found: Report) -> str:
    machine = found.machines[0]
    lines = [
        f"{found.engine}, {found.threads} threads: weights {machine.weights / 1e9:.0f} GB/s, caches "
        f"{machine.cache / 1e9:.0f} GB/s, scores {machine.scores / 1e9:.0f} GB/s, products "
        f"{machine.arithmetic / 1e9:.0f} GFLOP/s, batched {machine.batched / 1e9:.0f} GFLOP/s; overhead "
        f"{1e3 * machine.layer:.2f} ms a layer, {1e3 * machine.once:.2f} a pass, {1e3 * machine.token:.2f} a token",
        "",
        "| draft | batch | drafted | acceptance | ms a pass | predicted | error | speed-up | predicted | same text |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for row in sorted((*found.oracle, *found.drafters), key=lambda row: (row.draft, row.batch, row.length)):
        lines.append(
            f"| {row.draft} | {row.batch} | {row.length} | {row.acceptance:.2f} | {1e3 * row.measured:.1f} "
            f"| {1e3 * row.predicted:.1f} | {row.error:+.0%} | {row.speedup:.2f} | {row.predicted_speedup:.2f} "
            f"| {'yes' if row.same else 'no'} |"
        )
    return "\n".join([*lines, "", f"Mean error of the predicted time of a pass: {found.error:.0%}."]) + "\n"


def _engine(options: TranscribeOptions) -> TorchEngine:
    from meetbot.cli.bar import progress
    from meetbot.transcribe.engines import open_torch

    return open_torch(options, device="auto", offline=False, progress=progress(False))
