"""`meetbot draft`: teach a small network to guess what a Whisper model writes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meetbot.cli import run
from meetbot.cli.options import Quiet

draft_app = typer.Typer(
    no_args_is_help=True,
    help="""Teach drafters: small networks whose guesses the model verifies, for the same text in less time.

meetbot draft train base --kind ctc --speech talks/ --evaluate others/
""",
)


@draft_app.callback()
def _group() -> None:
    """Keeps `train` a command of its own while it is the only one."""


@draft_app.command()
def train(
    model: Annotated[str, typer.Argument(help="The Whisper model to draft for.", show_default=False)],
    *,
    kind: Annotated[str, typer.Option("--kind", metavar="ctc|medusa|decoder", help="What guesses.")] = "ctc",
    speech: Annotated[
        list[Path], typer.Option("--speech", metavar="PATH", help="Recordings, no text needed; may be repeated.")
    ],
    evaluate: Annotated[
        list[Path],
        typer.Option("--evaluate", metavar="PATH", help="Recordings of other people and texts, for the acceptance."),
    ],
    work: Annotated[
        Path | None, typer.Option("--work", metavar="DIR", help="Where windows are kept. [default: the cache]")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="[default: where the engine finds it]")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Updates of the weights.")] = 1500,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Windows an update.")] = 8,
    learning_rate: Annotated[float, typer.Option("--learning-rate", min=0.0)] = 1e-3,
    noise: Annotated[bool, typer.Option("--noise/--no-noise", help="Add noise to half of the windows.")] = True,
    seed: Annotated[int, typer.Option("--seed", help="For the same result again.")] = 1,
    quiet: Quiet = False,
) -> None:
    """Train a drafter on the model's own transcripts of speech, and tell how often it is right on other speech.

    Interrupted, the same command goes on with the windows it has heard. `meetbot transcribe --draft KIND` uses the
    result.

    Examples:

        meetbot draft train base --kind ctc --speech talks/ --evaluate others/\n
        meetbot transcribe talk.flac --draft ctc
    """
    from meetbot import paths
    from meetbot.cli.bar import progress
    from meetbot.draft import listen as listening
    from meetbot.draft.judge import judge
    from meetbot.draft.train import train as trained
    from meetbot.errors import UsageError
    from meetbot.models import require
    from meetbot.models.whisper import load_whisper
    from meetbot.transcribe import TranscribeOptions
    from meetbot.transcribe.drafters import trained as shelf
    from meetbot.transcribe.engines import open_torch

    chosen = next((known for known in shelf.KINDS if known == kind), None)
    if chosen is None:
        raise UsageError(f"There is no drafter {kind}.", hint="Use --kind ctc, medusa or decoder.")
    bar = progress(quiet)
    engine = open_torch(TranscribeOptions(model=model), device="cpu", offline=False, progress=bar)
    target = shelf.fingerprint(engine.decoder.embedding)
    folder = work or paths.cache() / "draft" / target
    lessons = listening.listen(engine, speech, folder, noise=noise, progress=bar)
    tests = listening.listen(engine, evaluate, folder, progress=bar)
    weights = load_whisper(require(model, offline=False, progress=bar), engine.device)
    network = trained(
        engine, weights, chosen, lessons,
        steps=steps, batch=batch, learning_rate=learning_rate, seed=seed, progress=bar,
    )  # fmt: skip
    path = output or shelf.where(chosen, target)
    note = f"{len(lessons)} windows, {steps} steps of {batch}, learning rate {learning_rate:g}, seed {seed}"
    added = shelf.save(path, chosen, network, target, note)
    whole = sum(parameter.numel() for parameter in weights.parameters())
    drafter = shelf.open_drafter(chosen, engine.decoder, engine.rules, path)
    lines = [
        f"{chosen} drafter for {model}: {path}",
        f"{added:,} weights, {added / whole:.1%} more; trained on {len(lessons)} windows",
        "",
        "| drafted | tokens a pass | acceptance |",
        "|---:|---:|---:|",
    ]
    lines += [
        f"| {row.length} | {row.tokens_per_pass:.2f} | {row.acceptance:.2f} |" for row in judge(engine, drafter, tests)
    ]
    run.deliver("\n".join(lines) + "\n", None)
