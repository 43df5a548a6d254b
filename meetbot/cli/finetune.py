"""`meetbot finetune`: teach a Whisper model from speech with text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli import run
from meetbot.cli.options import Force, Json, Output, Quiet

if TYPE_CHECKING:
    from meetbot.finetune.prepare import Report
    from meetbot.finetune.train import Trained
    from meetbot.finetune.trainer import TrainOptions
    from meetbot.transcribe.engine import TorchEngine

finetune_app = typer.Typer(
    no_args_is_help=True,
    help="""Teach a Whisper model from speech with text (needs the extra `train`).

meetbot finetune prepare talks/ manifest.jsonl library -o DATA     check, cut and write down\n
meetbot finetune review DATA                                       which sources to look at first\n
meetbot finetune prepare general/ -o OTHER                         speech of other kinds, to judge with\n
meetbot finetune run DATA --other OTHER --lora --as base-ours      train, judge, install
""",
)

Model = Annotated[str, typer.Option("--model", "-m", help="A Whisper model.")]
Data = Annotated[Path, typer.Argument(metavar="DATA", help="A folder made by `finetune prepare`.", show_default=False)]


@finetune_app.command()
def prepare(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            show_default=False,
            help="Folders, recordings, manifests (JSON, JSONL, CSV, TSV), or `library` for the meetings you corrected.",
        ),
    ],
    *,
    data: Annotated[
        Path, typer.Option("--output", "-o", metavar="DATA", help="The folder to write.", show_default=False)
    ],
    model: Model = "base",
    evaluation: Annotated[
        list[str] | None, typer.Option("--evaluation", metavar="INPUT", help="What must not be learnt.")
    ] = None,
    held_back: Annotated[
        float, typer.Option("--held-back", min=0, max=0.9, help="Share of speakers kept for measuring.")
    ] = 0.1,
    speechless: Annotated[
        float, typer.Option("--speechless", min=0, max=1, help="Share of long pauses kept, without text.")
    ] = 0.1,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="RULE", help="A rule that is not applied.")
    ] = None,
    join: Annotated[bool, typer.Option("--join/--no-join", help="Join short utterances of one speaker.")] = True,
    train_only: Annotated[
        list[str] | None, typer.Option("--train-only", metavar="INPUT", help="Speech of which nothing is held back.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check speech with text by the rules of Whisper's own data, and cut it into segments of 30 s.

    Text lies beside the audio (talk.txt, .srt, .vtt, .stm) or in a manifest with columns for audio, text and, if known,
    language and speaker; Common Voice's tables work as they are. What is left out is counted in DATA/report.md by rule.

    Examples:

        meetbot finetune prepare talks/ -o DATA\n
        meetbot finetune prepare cv/train.tsv library -o DATA --evaluation cv/test.tsv\n
        meetbot finetune prepare librispeech/ -o DATA --without machine-made\n
        meetbot finetune prepare names.jsonl -o DATA --train-only ordinary/
    """
    from meetbot import codec
    from meetbot.cli.bar import progress
    from meetbot.finetune.prepare import PrepareOptions
    from meetbot.finetune.prepare import prepare as prepared
    from meetbot.store import write_atomic

    options = PrepareOptions(
        tuple(evaluation or ()), held_back, speechless, frozenset(without or ()), join, tuple(train_only or ())
    )
    report = prepared(inputs, data, _engine(model, quiet), options, progress=progress(quiet))
    table = _report(report)
    write_atomic(data / "report.md", table)
    write_atomic(data / "report.json", codec.to_json(report, indent=1) + "\n")
    run.deliver(codec.to_json(report, indent=2) if as_json else table, None)


@finetune_app.command()
def review(
    data: Data, *, model: Model = "base", output: Output = None, force: Force = False, quiet: Quiet = False
) -> None:
    """List the sources of prepared data by errors times size: where a human look pays most (Whisper's paper, 2.1).

    Examples:

        meetbot finetune review DATA --model base
    """
    from meetbot.finetune import data as prepared
    from meetbot.finetune.review import by_source

    target = run.named(output)
    run.check_free([target] if target else [], force)
    lines = ["| source | language | minutes | errors | errors x minutes |", "|---|---|---:|---:|---:|"]
    for row in by_source(_engine(model, quiet), data, prepared.read(data)):
        lines.append(
            f"| {row.source} | {row.language} | {row.seconds / 60:.1f} | {row.rate:.1%} | {row.weight / 60:.2f} |"
        )
    run.deliver("\n".join(lines) + "\n", target, quiet=quiet)


@finetune_app.command("run")
def run_(
    data: Data,
    *,
    model: Model = "base",
    name: Annotated[
        str | None, typer.Option("--as", metavar="ID", help="The id of the new model.", show_default=False)
    ] = None,
    other: Annotated[
        Path | None,
        typer.Option(
            "--other", metavar="DATA", help="Prepared speech of other kinds, to judge with. Nothing of it trains."
        ),
    ] = None,
    lora: Annotated[bool, typer.Option("--lora", help="Train small matrices beside the weights.")] = False,
    rank: Annotated[int, typer.Option("--rank", min=1, help="Of LoRA's matrices.")] = 16,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Updates of the weights.")] = 400,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Segments an update.")] = 8,
    at_once: Annotated[int, typer.Option("--at-once", min=1, help="Of them in memory together.")] = 4,
    learning_rate: Annotated[float | None, typer.Option("--learning-rate", help="1e-5, or 1e-4 with --lora.")] = None,
    evaluate_every: Annotated[int, typer.Option("--evaluate-every", min=1, help="Updates between two counts.")] = 50,
    patience: Annotated[int, typer.Option("--patience", min=1, help="Counts without progress before the end.")] = 3,
    checkpointing: Annotated[
        bool, typer.Option("--checkpointing", help="Less memory, a third more time (gradient checkpointing).")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="For the same result again.")] = 1,
    work: Annotated[
        Path | None, typer.Option("--work", metavar="DIR", help="Where checkpoints go. [default: DATA/ID]")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    quiet: Quiet = False,
) -> None:
    """Train a model on prepared data, and install it if it is not worse than its base.

    It must not be worse on held-back data of its own kind, nor on the other speech of --other, which also decides how
    much of the training is kept. Without --other half is kept, and nobody looks at what was forgotten.

    Interrupted or killed, the same command goes on from the last checkpoint. The curves are in the work folder, for
    `tensorboard --logdir`.

    Examples:

        meetbot finetune run DATA --other OTHER --lora --as base-ours\n
        meetbot transcribe talk.flac --model base-ours
    """
    from meetbot.cli.bar import progress
    from meetbot.device import pick
    from meetbot.errors import UsageError
    from meetbot.finetune import train
    from meetbot.finetune.card import card
    from meetbot.finetune.trainer import TrainOptions
    from meetbot.models import shelf
    from meetbot.models.catalogue import catalogue

    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"Nothing is trained on {device}.", hint="Use --device auto, cpu or cuda.")
    known = catalogue().find(model)
    id = name or f"{known.id if known else Path(model).name}-tuned"
    if catalogue().find(id) or shelf.folder(id).exists():
        raise UsageError(f"There is a model {id} already.", hint="Choose another name with --as.", kind="exists")
    options = TrainOptions(
        lora, rank, steps, batch, min(at_once, batch), learning_rate, evaluate_every, patience, checkpointing, seed
    )
    place = work or data / id
    shown, device_ = progress(quiet), pick("cpu" if device == "cpu" else "auto")
    trained = train.train(data, model, place, options, device=device_, other=other, progress=shown)
    shown.note(_verdict(trained, model, options))
    train.install(trained, model, id, card(id, model, data, options, trained), progress=shown)
    shown.note(f"Installed {id}: `meetbot transcribe talk.flac --model {id}`.")


def _verdict(trained: Trained, model: str, options: TrainOptions) -> str:
    other = "not judged, name some with --other" if trained.other is None else str(trained.other)
    return (
        f"Of {options.steps} updates the best is {trained.step}; {trained.share:g} of the way to it is kept.\n"
        f"Errors on held-back data: {trained.own}.\nErrors on other speech: {other}."
    )


def _report(report: Report) -> str:
    from meetbot.finetune.rules import RULES

    lines = [f"{report.recordings} recordings, {report.segments} segments kept.", ""]
    lines += ["| kept (split, task, language) | segments | minutes |", "|---|---:|---:|"]
    lines += [f"| {name} | {taken.count} | {taken.seconds / 60:.1f} |" for name, taken in sorted(report.kept.items())]
    lines += ["", "| left out | what | minutes | because | for example |", "|---|---:|---:|---|---|"]
    for rule, why in RULES.items():
        if (taken := report.dropped.get(rule)) is not None:
            examples = "; ".join(example.replace("|", "/") for example in taken.examples)
            lines.append(f"| {rule} | {taken.count} | {taken.seconds / 60:.1f} | {why} | {examples} |")
    return "\n".join(lines) + "\n"


def _engine(model: str, quiet: bool) -> TorchEngine:
    from meetbot.cli.bar import progress
    from meetbot.transcribe import TranscribeOptions
    from meetbot.transcribe.engines import open_torch

    return open_torch(TranscribeOptions(model=model), device="auto", offline=False, progress=progress(quiet))
