"""transformers' Trainer and peft's LoRA, set up for prepared data: a base on disk in, a trainer out.

Words are counted during training with meetbot's own decoding, on speakers nobody trained on, and the best checkpoint
wins. Knows nothing of who is judged in the end. Concedes: one device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meetbot.errors import MeetbotError
from meetbot.finetune import errors
from meetbot.finetune.judge import Speech, count
from meetbot.finetune.segments import Segment
from meetbot.models import whisper
from meetbot.models.whisper import Checkpoint

if TYPE_CHECKING:
    import torch

LORA = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


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


def _extra(name: str) -> Any:
    """A module of the extra `train`, untyped: the declared types of its classes do not hold for what they accept."""
    try:
        return import_module(name)
    except ImportError as error:
        raise MeetbotError(
            f"{error.name} is not installed.", hint="`pip install 'meetbot[train]'` gets it.", kind="extra"
        ) from error


def build(
    segments: Sequence[Segment],
    own: Speech,
    *,
    base: Path,
    where: Path,
    work: Path,
    options: TrainOptions,
    device: torch.device,
) -> Any:
    """A Trainer of `base` on the segments to train on; `own` decides when it stops."""
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
            found = errors.rate(count(tuned, own.folder, own.choosing, device))
            metrics = {f"{metric_key_prefix}_error": found}
            self.log(metrics)
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
            return metrics

    writer = _extra("torch.utils.tensorboard").SummaryWriter(str(work / "curves"))
    curves = _extra("transformers.integrations").TensorBoardCallback(writer)
    trainer = CountingTrainer(
        model=network,
        args=arguments,
        train_dataset=Examples(own.folder, [one for one in segments if one.split == "train"], config.dims),
        eval_dataset=Examples(own.folder, own.choosing, config.dims),
        data_collator=collate,
        callbacks=[
            transformers.EarlyStoppingCallback(early_stopping_patience=options.patience),
            curves,
        ],
    )
    # stdout is for results; `reporting` says how it goes.
    trainer.remove_callback(_extra("transformers.trainer_callback").PrinterCallback)
    return trainer


def reporting(step: Any) -> Any:
    """A callback that moves the bar of `step`."""
    callback_class: Any = _extra("transformers").TrainerCallback

    class Reporting(callback_class):  # type: ignore[misc]
        """Moves the bar."""

        def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            step.advance()

        def on_log(self, _args: Any, state: Any, _control: Any, logs: dict[str, float], **_: Any) -> None:
            shown = {"loss": "loss", "eval_error": "errors"}
            step.describe(", ".join(f"{word} {logs[key]:.3f}" for key, word in shown.items() if key in logs))

    return Reporting()
