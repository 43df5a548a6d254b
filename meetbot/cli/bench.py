"""`meetbot bench race|speakers|notes`: how fast it all is here, beside the peers that are installed."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli import run
from meetbot.cli.bar import progress, say
from meetbot.cli.options import Force, Json, Output
from meetbot.llm import DEFAULT

if TYPE_CHECKING:
    from meetbot.audio import Audio
    from meetbot.bench.race import Race
    from meetbot.evaluate.references import Reference
    from meetbot.evaluate.scores import Difference, Pooled

bench_app = typer.Typer(
    no_args_is_help=True,
    help="""Measure how fast transcription and diarization are on this machine.

meetbot bench race samples            against openai-whisper and faster-whisper, on the same weights\n
meetbot bench speakers samples        diarization against senko and pyannote's own loop\n
meetbot bench stages talk.flac        where the time goes, and how near it is to what the machine can do\n
meetbot bench windows samples         ways to cut windows\n
meetbot bench drafts talk.flac        ways to draft\n
meetbot bench shape large-v3          how fast a model would be here, without its weights\n
meetbot bench speculate talk.flac     what drafting can gain here, in theory and by the clock

meetbot bench notes qmsum/val.jsonl   what the notes of a meeting cost in time and tokens
""",
)

Recordings = Annotated[list[Path], typer.Argument(help="Folders or recordings with references.", show_default=False)]
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

    Each runs in a process of its own, which keeps its model loaded and sleeps while others have their turn; the time is
    that of transcribing alone. The last column says by how many points a contender's error rate is above the first
    one's, and the 95 % interval of this difference: recordings resampled, the same ones for both.

    Examples:

        meetbot bench race samples\n
        meetbot bench race samples --runs 5 --only meetbot --only "faster-whisper batched int8"
    """
    import torch

    from meetbot import codec
    from meetbot.audio import load
    from meetbot.bench import race as racing
    from meetbot.bench.peers import installed, transcribers
    from meetbot.bench.workers import workers
    from meetbot.evaluate.references import find
    from meetbot.transcribe import TranscribeOptions

    target = run.named(output)
    run.check_free([target] if target else [], force)
    found = [(reference, load(reference.audio)) for reference in find(recordings)]
    names = _chosen(only, installed(), "the peers come")
    with transcribers(names, TranscribeOptions(model=model), "auto") as openers, workers(openers) as ready:
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

    Each runs in a process of its own, which keeps its models loaded and sleeps while others have their turn.
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
    from meetbot.bench.peers import word_timer
    from meetbot.bench.workers import workers
    from meetbot.transcribe import TranscribeOptions

    if only is None and (step or clustering):
        only = ["meetbot"]
    names = _chosen(only, installed(), "senko comes")
    target = run.named(output)
    run.check_free([target] if target else [], force)
    found = _with_turns(recordings)
    openers = diarizers(names, "auto") | steps(step or (), "auto")
    openers |= clusterings(clustering or (), _with_turns(learn) if learn else (), "auto")
    score = racing.turns_wrong
    if words:
        with word_timer(TranscribeOptions(), "auto") as opener, workers({"faster-whisper": opener}) as hears:
            heard = hears["faster-whisper"]([audio for _, audio in found]).found
        score = partial(racing.joined_wrong, {one.name: said for (one, _), said in zip(found, heard, strict=True)})
    with workers(openers) as ready:
        report = racing.race(ready, found, score, runs=runs, threads=torch.get_num_threads(), tell=_tell)
    run.deliver(codec.to_json(report, indent=2) if as_json else _race_table(report), target)


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
    metric = next((pooled.metric for pooled in report.results[0].errors), "errors")
    lines = [f"{report.audio_seconds:.0f} s of audio, {report.threads} threads, median of {report.runs}", ""]
    lines.append(
        f"| | s | x real time | time, ours = 1 | processor time, ours = 1 | errors | {metric} − first's (95 %) |"
    )
    lines.append("|---|---:|---:|---:|---:|---|---:|")
    for row in report.results:
        lines.append(
            f"| {row.name} | {row.seconds:.1f} | {row.realtime:.1f} | {row.ratio:.2f} | {row.processor_ratio:.2f} "
            f"| {_errors(row.errors)} | {_difference(row.differences, metric)} |"
        )
    return "\n".join(lines) + "\n"


def _difference(differences: tuple[Difference, ...], metric: str) -> str:
    """Percentage points more (+) or fewer, and from where to where; – for what cannot be said."""
    for one in differences:
        if one.metric == metric and one.difference is not None:
            bounds = "–" if one.low is None or one.high is None else f"{100 * one.low:+.1f} to {100 * one.high:+.1f}"
            return f"{100 * one.difference:+.1f} ({bounds})"
    return "–"


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
