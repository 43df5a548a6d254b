"""Prepared data and a model in, a better model out, or a refusal.

A work folder holds everything of one training: the base in transformers' form, checkpoints (a killed training goes on
from the last), the curves (TensorBoard). What `trainer` makes is blended with the base and judged by `judge`: it is
installed only when it is not worse on data that neither trained, nor stopped, nor chose.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from meetbot.errors import UsageError
from meetbot.finetune import data as prepared
from meetbot.finetune import judge, trainer
from meetbot.finetune.judge import Comparison, Speech
from meetbot.finetune.trainer import TrainOptions
from meetbot.models import require, whisper
from meetbot.models.whisper import Checkpoint
from meetbot.progress import Progress, Silent

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Trained:
    """`share` of the way from the base to the best checkpoint, and its errors against the base's.

    `own` is held-back data of its own kind, `other` is speech of other kinds; None when none was given.
    """

    checkpoint: Checkpoint
    step: int
    share: float
    own: Comparison
    other: Comparison | None
    seconds: float


def train(
    folder: Path,
    model: str,
    work: Path,
    options: TrainOptions,
    *,
    device: torch.device,
    other: Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> Trained:
    """Train `model` on the data in `folder`, with everything under way in `work`; goes on where a killed run was.

    All of the data in `other` chooses and judges, whatever its split. Raises UsageError when there is no data to train
    or to judge with, or `work` belongs to another training; MeetbotError when the extra is missing.
    """
    progress = progress or Silent()
    segments = list(prepared.read(folder))
    own = Speech.of(folder, [segment for segment in segments if segment.split == "held-back"])
    elsewhere = None if other is None else Speech.of(other, list(prepared.read(other)))
    if not any(segment.split == "train" for segment in segments):
        raise UsageError(
            f"{folder} has no segments to train on.", hint="Hold back less (`--held-back`).", kind="no_data"
        )
    _claim(work, folder, model, options)
    where = require(model, offline=offline, progress=progress)
    training = trainer.build(
        segments, own, base=_base(where, work), where=where, work=work, options=options, device=device
    )
    last = _last(work)
    if last:
        progress.note(f"going on from step {last.name.rpartition('-')[2]}")
    with progress.stage("train", total=options.steps, unit="steps") as step:
        step.describe(model)
        training.add_callback(trainer.reporting(step))
        with warnings.catch_warnings():
            # transformers asks its own models what it no longer wants to be asked.
            warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
            done = training.train(resume_from_checkpoint=str(last) if last else None)
    base = whisper.read(where)
    tuned = trainer.checkpoint(training.model, base)
    share = judge.UNSEEN
    if elsewhere is not None:
        with progress.stage("choose", total=len(judge.SHARES), unit="shares") as step:
            share = judge.choose(base, tuned, own, elsewhere, device=device, step=step)
    blended = judge.blend(base, tuned, share)
    with progress.stage("judge", total=1 if elsewhere is None else 2, unit="kinds of speech") as step:
        on_own = judge.compare(base, blended, own, device)
        step.advance()
        on_other = None if elsewhere is None else judge.compare(base, blended, elsewhere, device)
    best = training.state.best_model_checkpoint
    best_step = int(str(best).rpartition("-")[2]) if best else int(training.state.global_step)
    return Trained(blended, best_step, share, on_own, on_other, float(done.metrics["train_runtime"]))


def install(trained: Trained, model: str, name: str, card: str, *, progress: Progress | None = None) -> None:
    """Put the trained model on the shelf as `name`, its model card beside it. Raises MeetbotError when it is worse."""
    from meetbot.models.catalogue import Entry
    from meetbot.models.pull import install as put
    from meetbot.models.pull import lock

    judge.refuse_harm(model, trained.own, trained.other)

    def fill(build: Path) -> None:
        whisper.save(build, trained.checkpoint)
        (build / "README.md").write_text(card, encoding="utf-8")

    with lock(progress or Silent()):
        entry = Entry(id=name, kind="whisper", purpose=f"fine-tuned from {model}", licence="its base's and its data's")
        put(entry, f"fine-tuned: {model}", fill)


def _claim(work: Path, folder: Path, model: str, options: TrainOptions) -> None:
    """Make `work` this training's, or make sure that it is."""
    from meetbot.store import write_atomic

    claim = f"{json.dumps(asdict(options))}\n{model}\n{prepared.fingerprint(folder)}\n"
    path = work / "training.txt"
    if path.exists() and path.read_text(encoding="utf-8") != claim:
        raise UsageError(
            f"{work} holds a training with other data or settings.", hint="Name another with --work.", kind="exists"
        )
    write_atomic(path, claim)


def _base(where: Path, work: Path) -> Path:
    from meetbot.models import huggingface

    folder = work / "base"
    if not (folder / "config.json").is_file():
        folder.mkdir(exist_ok=True)
        huggingface.write(whisper.read(where), folder)
    return folder


def _last(work: Path) -> Path | None:
    """The newest checkpoint that was written whole: the trainer's state is the last file of one."""
    found = [path for path in (work / "checkpoints").glob("checkpoint-*") if (path / "trainer_state.json").is_file()]
    return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
