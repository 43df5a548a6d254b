"""`meetbot bench`: how fast transcription and diarization are here, against the peers that are installed."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli import run
from meetbot.cli.bar import progress, say
from meetbot.cli.options import Force, Json, Output, Start
from meetbot.llm import DEFAULT

if TYPE_CHECKING:
    from meetbot.audio import Audio
    from meetbot.bench.race import Race
    from meetbot.bench.speculate import Report
    from meetbot.evaluate.references import Reference
    from meetbot.evaluate.scores import Pooled
    from meetbot.transcribe import TranscribeOptions
    from meetbot.transcribe.engine import TorchEngine

bench_app = typer.Typer(
    no_args_is_help=True,
    help="""Measure how fast transcription and diarization are on this machine.

meetbot bench race samples            against openai-whisper and faster-whisper, on the same weights\n
meetbot bench speakers samples        diarization against senko and pyannote's own loop\n
meetbot bench stages talk.flac        where the time goes, and how near it is to what the machine can do\n
meetbot bench windows samples         ways to cut windows\n
meetbot bench drafts talk.flac        ways to draft\n
meetbot bench speculate talk.flac     what drafting can gain here, in theory and by the clock

meetbot bench notes qmsum/val.jsonl   what the notes of a meeting cost in time and tokens
""",
)

Recordings = Annotated[list[Path], typer.Argument(help="Folders or recordings with references.", show_default=False)]
One = Annotated[Path, typer.Argument(help="A recording.", show_default=False)]
Model = Annotated[str, typer.Option("--model", "-m", help="A Whisper model.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="NAME", help="A contender that runs; may be repeated. All, if none is named."),
]


@bench_app.command()
def race(
    recordings: Recordings,
    *,
    model: Model = "base",
    runs: Annotated[int, typer.Option("--runs", min=1, help="Times each one runs; the median counts.")] = 3,
    only: Only = None,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Ours against the peers that are installed: same audio, same weights, taking turns, errors beside each time.

    Examples:

        meetbot bench race samples\n
        meetbot bench race samples --runs 5 --only meetbot --only "faster-whisper batched int8"
    """
    import torch

    from meetbot import codec
    from meetbot.audio import load
    from meetbot.bench import race as racing
    from meetbot.bench.peers import contenders, installed
    from meetbot.evaluate.references import find
    from meetbot.transcribe import TranscribeOptions

    target = run.named(output)
    run.check_free([target] if target else [], force)
    found = [(reference, load(reference.audio)) for reference in find(recordings)]
    names = _chosen(only, installed(), "the peers come")
    with contenders(names, TranscribeOptions(model=model), "auto") as ready:
        report = racing.race(ready, found, racing.words_wrong, runs=runs, threads=torch.get_num_threads(), tell=_tell)
    run.deliver(codec.to_json(report, indent=2) if as_json else _race_table(report), target)


@bench_app.command()
def speakers(
    recordings: Recordings,
    *,
    only: Only = None,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Times each one runs; the median counts.")] = 1,
    words: Annotated[
        bool, typer.Option("--words", help="Join faster-whisper's words to the turns in WhisperX's way: cpWER.")
    ] = False,
    step: Annotated[
        list[float] | None,
        typer.Option("--step", min=0.1, max=10, help="Ours, with a window every so many seconds; may be repeated."),
    ] = None,
    clustering: Annotated[
        list[str] | None,
        typer.Option(
            "--clustering", metavar="average|spectral|vbx", help="Ours, with people found so; may be repeated."
        ),
    ] = None,
    learn: Annotated[
        list[Path] | None,
        typer.Option("--learn", metavar="FOLDER", help="What vbx learns a PLDA from; may be repeated."),
    ] = None,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Our diarization against senko and pyannote's own loop with the same models: taking turns, DER beside each time.

    pyannote's loop takes about as long as the recording: leave it out for long ones. With --step or --clustering,
    ours as it is runs against those instead.

    Examples:

        meetbot bench speakers samples --words\n
        meetbot bench speakers hour.flac --only meetbot --only senko --runs 3\n
        meetbot bench speakers meetings --step 1 --step 2\n
        meetbot bench speakers meetings --clustering spectral --clustering vbx --learn others
    """
    import torch

    from meetbot import codec
    from meetbot.bench import race as racing
    from meetbot.bench.diarizers import clusterings, diarizers, installed, steps
    from meetbot.bench.peers import faster_words
    from meetbot.transcribe import TranscribeOptions

    if only is None and (step or clustering):
        only = ["meetbot"]
    names = _chosen(only, installed(), "senko comes")
    target = run.named(output)
    run.check_free([target] if target else [], force)
    found = _with_turns(recordings)
    ready = diarizers(names, "auto") | steps(step or (), "auto")
    ready |= clusterings(clustering or (), _with_turns(learn) if learn else (), "auto")
    score = racing.turns_wrong
    if words:
        heard = faster_words([audio for _, audio in found], TranscribeOptions(), "auto")
        score = partial(racing.joined_wrong, {one.name: said for (one, _), said in zip(found, heard, strict=True)})
    report = racing.race(ready, found, score, runs=runs, threads=torch.get_num_threads(), tell=_tell)
    run.deliver(codec.to_json(report, indent=2) if as_json else _race_table(report), target)


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
    for row in drafted(_engine(TranscribeOptions(model=model)), load(recording)):
        lines.append(
            f"| {row.draft} | {row.batch} | {row.length or 'chosen'} | {row.acceptance:.2f} "
            f"| {row.tokens_per_pass:.2f} | {row.speedup:.2f} x | {'yes' if row.same else 'no'} |"
        )
    run.deliver("\n".join(lines) + "\n", target)


def _with_turns(recordings: list[Path]) -> list[tuple[Reference, Audio]]:
    """The recordings whose references say who spoke when."""
    from meetbot.audio import load
    from meetbot.evaluate.references import find

    return [(reference, load(reference.audio)) for reference in find(recordings) if reference.turns is not None]


def _chosen(only: list[str] | None, installed: tuple[str, ...], which: str) -> tuple[str, ...]:
    """Those of the `installed` contenders that are asked for, by name or by what stands before a comma in the first."""
    from meetbot.errors import UsageError

    first = {name.split(",")[0]: name for name in reversed(installed)}
    asked = {first.get(name, name) for name in only or ()}
    names = tuple(name for name in installed if only is None or name in asked)
    if len(names) < len(set(only or ())):
        hint = f"Here are {', '.join(installed)}; {which} with the extra: pip install 'meetbot[bench]'."
        raise UsageError(f"Not all of {', '.join(only or ())} can run.", hint=hint)
    return names


def _tell(name: str, seconds: float, errors: tuple[Pooled, ...]) -> None:
    say(f"{name}: {seconds:.1f} s, {_errors(errors)}")


def _errors(errors: tuple[Pooled, ...]) -> str:
    return ", ".join(
        f"{pooled.metric} off by {pooled.rate or 0:.2f}"
        if pooled.metric == "speaker count"
        else f"{pooled.metric} {100 * (pooled.rate or 0):.1f} %"
        for pooled in errors
    )


def _race_table(report: Race) -> str:
    lines = [f"{report.audio_seconds:.0f} s of audio, {report.threads} threads, median of {report.runs}", ""]
    lines.append("| | s | x real time | time, ours = 1 | processor time, ours = 1 | errors |")
    lines.append("|---|---:|---:|---:|---:|---|")
    for row in report.results:
        lines.append(
            f"| {row.name} | {row.seconds:.1f} | {row.realtime:.1f} | {row.ratio:.2f} | {row.processor_ratio:.2f} "
            f"| {_errors(row.errors)} |"
        )
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
    engine = _engine(TranscribeOptions(model=model))
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


@bench_app.command()
def notes(
    meeting: Annotated[Path, typer.Argument(help="A written meeting (.txt), or a QMSum file (.jsonl).")],
    *,
    number: Annotated[int, typer.Option("--number", min=1, help="Which meeting of a QMSum file.")] = 1,
    llm: Annotated[str, typer.Option("--llm", help="The language model.")] = DEFAULT,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Seconds and tokens of one meeting's notes, from loading the model to the last sentence; nothing is remembered.

    Examples:

        meetbot bench notes samples/meetings/tune/festival.txt\n
        meetbot bench notes qmsum/val.jsonl --number 5
    """
    from meetbot import codec
    from meetbot.bench.notes import notes_cost
    from meetbot.errors import UsageError
    from meetbot.evaluate import qmsum, script

    target = run.named(output)
    run.check_free([target] if target else [], force)
    if meeting.suffix == ".jsonl":
        known = qmsum.load(meeting)
        if number > len(known):
            raise UsageError(f"{meeting.name} has {len(known)} meetings", hint="choose a lower --number", kind="number")
        transcript, date = known[number - 1].transcript, "2026-01-01"
    else:
        written = script.load(meeting)
        transcript, date = written.transcript, written.date
    cost = notes_cost(transcript, date, llm, progress())
    told = "\n".join(f"{name.replace('_', ' ')}: {value:.0f}" for name, value in asdict(cost).items())
    run.deliver(codec.to_json(cost, indent=2) if as_json else told, target)


def _engine(options: TranscribeOptions) -> TorchEngine:
    from meetbot.cli.bar import progress
    from meetbot.transcribe.engines import open_torch

    return open_torch(options, device="auto", offline=False, progress=progress(False))
