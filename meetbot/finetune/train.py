"""Prepared data and a model in, a better model out, or a refusal: training through transformers and peft.

A work folder holds everything of one training: the base in transformers' form, checkpoints (a killed training goes on
from the last), the curves (TensorBoard). Words are counted during training with meetbot's own decoding, on speakers
nobody trained on, and the best checkpoint wins. It is installed only when it is not worse than the base on data that
neither trained nor stopped it. Concedes: one device.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meetbot.errors import MeetbotError, UsageError
from meetbot.evaluate.scores import Score
from meetbot.finetune import data as prepared
from meetbot.finetune import errors
from meetbot.finetune.segments import Segment
from meetbot.models import require, whisper
from meetbot.models.whisper import Checkpoint
from meetbot.progress import Progress, Silent

if TYPE_CHECKING:
    import torch

    from meetbot.transcribe.engine import TorchEngine

LORA = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
STOPPING = 2  # one held-back segment in so many decides when to stop; the others judge the result


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """How to train: `steps` updates of the weights with `batch` segments each, `at_once` of them in memory together.

    `lora`: train low-rank matrices of `rank` beside the weights (Hu et al. 2021), not the weights. `patience`:
    evaluations without a lower error after which training ends.
    """

    lora: bool = False
    rank: int = 16
    steps: int = 400
    batch: int = 8
    at_once: int = 4
    learning_rate: float | None = None
    evaluate_every: int = 50
    patience: int = 3
    checkpointing: bool = False
    seed: int = 1

    @property
    def rate(self) -> float:
        """The learning rate: a tenth of pre-training's for all weights, ten times that for LoRA."""
        return self.learning_rate or (1e-4 if self.lora else 1e-5)


@dataclass(frozen=True)
class Trained:
    """The best checkpoint and its errors against the base's on data that judged neither, in the same order."""

    checkpoint: Checkpoint
    step: int
    base: tuple[Score, ...]
    tuned: tuple[Score, ...]
    seconds: float

    @property
    def better(self) -> bool:
        """Whether the tuned model makes no more errors than the base."""
        return errors.rate(self.tuned) <= errors.rate(self.base)


def train(
    folder: Path,
    model: str,
    work: Path,
    options: TrainOptions,
    *,
    device: torch.device,
    offline: bool = False,
    progress: Progress | None = None,
) -> Trained:
    """Train `model` on the data in `folder`, with everything under way in `work`; goes on where a killed run was.

    Raises UsageError when there is no data to train or to judge with, or `work` belongs to another training;
    MeetbotError when the extra is missing.
    """
    progress = progress or Silent()
    segments = list(prepared.read(folder))
    held = [segment for segment in segments if segment.split == "held-back"]
    stopping, judging = held[::STOPPING], [one for at, one in enumerate(held) if at % STOPPING]
    if not judging or not any(segment.split == "train" for segment in segments):
        raise UsageError(
            f"{folder} has {len(segments) - len(held)} segments to train on and {len(held)} held back: too few.",
            hint="Prepare more data, or more of it held back (`--held-back 0.2`).",
            kind="no_data",
        )
    _claim(work, folder, model, options)
    where = require(model, offline=offline, progress=progress)
    trainer = _trainer(
        folder, segments, stopping, base=_base(where, work), where=where, work=work, options=options, device=device
    )
    last = _last(work)
    if last:
        progress.note(f"going on from step {last.name.rpartition('-')[2]}")
    with progress.stage("train", total=options.steps, unit="steps") as step:
        step.describe(model)
        trainer.add_callback(_reporting(step))
        with warnings.catch_warnings():
            # transformers asks its own models what it no longer wants to be asked.
            warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
            done = trainer.train(resume_from_checkpoint=str(last) if last else None)
    tuned = checkpoint(trainer.model, whisper.read(where))
    with progress.stage("judge", total=2, unit="models") as step:
        scores = []
        for one in (whisper.read(where), tuned):
            scores.append(tuple(errors.score(engine(one, device), folder, judging)))
            step.advance()
    best = trainer.state.best_model_checkpoint
    best_step = int(str(best).rpartition("-")[2]) if best else int(trainer.state.global_step)
    return Trained(tuned, best_step, scores[0], scores[1], float(done.metrics["train_runtime"]))


def install(trained: Trained, model: str, name: str, card: str, *, progress: Progress | None = None) -> None:
    """Put the trained model on the shelf as `name`, its model card beside it. Raises MeetbotError when it is worse."""
    from meetbot.models.catalogue import Entry
    from meetbot.models.pull import install as put
    from meetbot.models.pull import lock

    if not trained.better:
        raise MeetbotError(
            f"The trained model makes more errors than {model} on held-back data "
            f"({errors.rate(trained.tuned):.1%} against {errors.rate(trained.base):.1%}); it was not installed.",
            hint="Prepare more data, or train less (--steps, --learning-rate).",
            kind="worse",
        )

    def fill(build: Path) -> None:
        whisper.save(build, trained.checkpoint)
        (build / "README.md").write_text(card, encoding="utf-8")

    with lock(progress or Silent()):
        entry = Entry(id=name, kind="whisper", purpose=f"fine-tuned from {model}", licence="its base's and its data's")
        put(entry, f"fine-tuned: {model}", fill)


def engine(model: Checkpoint, device: torch.device) -> TorchEngine:
    """An engine on a checkpoint that is on no shelf, in the device's usual precision."""
    import tempfile

    from meetbot.models.whisper import load_whisper
    from meetbot.transcribe.engine import TorchEngine
    from meetbot.transcribe.engines import kernels_for

    with tempfile.TemporaryDirectory() as folder:
        whisper.save(Path(folder), model)
        loaded = load_whisper(Path(folder), device)
    return TorchEngine(loaded, kernels_for(loaded, "auto", Silent()), batch=8)


def checkpoint(model: Any, base: Checkpoint) -> Checkpoint:
    """The weights of a transformers or peft model, merged, in the base's precision and with its alignment heads."""
    from meetbot.models.huggingface import PROJECTION, renamed

    merged = model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
    tensors = {}
    for name, tensor in merged.state_dict().items():
        ours = renamed(name)
        if ours is None:
            if name != PROJECTION:
                raise MeetbotError(f"The trained model has {name}, which Whisper has not.")
            continue
        tensors[ours] = tensor.detach().cpu().to(base.tensors[ours].dtype).clone()
    return Checkpoint(tensors, base.dims, base.alignment_heads)


def _claim(work: Path, folder: Path, model: str, options: TrainOptions) -> None:
    """Make `work` this training's, or make sure that it is."""
    from meetbot import codec
    from meetbot.store import write_atomic

    claim = codec.to_json(options) + f"\n{model}\n{prepared.fingerprint(folder)}\n"
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


def _extra(name: str) -> Any:
    """A module of the extra `train`, untyped: the declared types of its classes do not hold for what they accept."""
    try:
        return import_module(name)
    except ImportError as error:
        raise MeetbotError(
            f"{error.name} is not installed.", hint="`pip install 'meetbot[train]'` gets it.", kind="extra"
        ) from error


def _trainer(
    folder: Path,
    segments: Sequence[Segment],
    stopping: Sequence[Segment],
    *,
    base: Path,
    where: Path,
    work: Path,
    options: TrainOptions,
    device: torch.device,
) -> Any:
    import torch

    from meetbot.finetune.examples import Examples, collate

    transformers, peft = _extra("transformers"), _extra("peft")
    _extra("transformers.utils.logging").disable_progress_bar()
    torch.manual_seed(options.seed)
    config = whisper.read_config(where)
    network = transformers.WhisperForConditionalGeneration.from_pretrained(base, dtype=torch.float32)
    network.config.use_cache = False
    # Masking parts of the spectrogram (Park et al. 2019) keeps small data from being learnt by heart.
    network.config.apply_spec_augment = True
    if options.lora:
        lora = peft.LoraConfig(
            r=options.rank, lora_alpha=2 * options.rank, target_modules=list(LORA), lora_dropout=0.05
        )
        network = peft.get_peft_model(network, lora)
        if options.checkpointing:
            # What is recomputed needs an input with a gradient, and the frozen first layer gives none.
            network.base_model.model.model.encoder.conv1.register_forward_hook(
                lambda _module, _inputs, output: output.requires_grad_(True)
            )
    cuda = device.type == "cuda"
    arguments = transformers.TrainingArguments(
        output_dir=str(work / "checkpoints"),
        report_to="none",
        max_steps=options.steps,
        per_device_train_batch_size=options.at_once,
        gradient_accumulation_steps=math.ceil(options.batch / options.at_once),
        learning_rate=options.rate,
        warmup_steps=max(1, options.steps // 10),
        lr_scheduler_type="linear",
        bf16=cuda,
        activation_checkpointing=options.checkpointing,
        eval_strategy="steps",
        eval_steps=options.evaluate_every,
        save_strategy="steps",
        save_steps=options.evaluate_every,
        save_total_limit=2,
        logging_steps=max(1, options.evaluate_every // 5),
        load_best_model_at_end=True,
        metric_for_best_model="eval_error",
        greater_is_better=False,
        eval_on_start=True,
        use_cpu=device.type == "cpu",
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        seed=options.seed,
    )

    trainer_class: Any = transformers.Trainer

    class CountingTrainer(trainer_class):  # type: ignore[misc]
        """Evaluates by decoding: what counts is words, not the loss."""

        control: Any

        def evaluate(self, *_: Any, metric_key_prefix: str = "eval", **__: Any) -> dict[str, float]:
            from copy import deepcopy

            tuned = checkpoint(deepcopy(self.model).cpu(), whisper.read(where))
            found = errors.rate(errors.score(engine(tuned, device), folder, stopping))
            metrics = {f"{metric_key_prefix}_error": found}
            self.log(metrics)
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
            return metrics

    writer = _extra("torch.utils.tensorboard").SummaryWriter(str(work / "curves"))
    curves = _extra("transformers.integrations").TensorBoardCallback(writer)
    trainer = CountingTrainer(
        model=network,
        args=arguments,
        train_dataset=Examples(folder, [one for one in segments if one.split == "train"], config.dims),
        eval_dataset=Examples(folder, stopping, config.dims),
        data_collator=collate,
        callbacks=[
            transformers.EarlyStoppingCallback(early_stopping_patience=options.patience),
            curves,
        ],
    )
    # stdout is for results; `_reporting` says how it goes.
    trainer.remove_callback(_extra("transformers.trainer_callback").PrinterCallback)
    return trainer


def _reporting(step: Any) -> Any:
    callback_class: Any = _extra("transformers").TrainerCallback

    class Reporting(callback_class):  # type: ignore[misc]
        """Moves the bar."""

        def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            step.advance()

        def on_log(self, _args: Any, state: Any, _control: Any, logs: dict[str, float], **_: Any) -> None:
            shown = {"loss": "loss", "eval_error": "errors"}
            step.describe(", ".join(f"{word} {logs[key]:.3f}" for key, word in shown.items() if key in logs))

    return Reporting()
