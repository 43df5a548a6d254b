"""A model card (Mitchell et al. 2019): what the model is, what it was taught with, and how well it does. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

from meetbot.evaluate.scores import pool
from meetbot.finetune import data as prepared
from meetbot.finetune.judge import Comparison
from meetbot.finetune.train import Trained
from meetbot.finetune.trainer import TrainOptions


def card(name: str, model: str, folder: Path, options: TrainOptions, trained: Trained) -> str:
    """The card of model `name`, tuned from `model` on the data in `folder`, as Markdown."""
    seconds: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    for segment in prepared.read(folder):
        seconds[segment.split, segment.source, f"{segment.task} {segment.language}"] += segment.seconds
    lines = [f"# {name}", "", f"Whisper {model}, trained further with `meetbot finetune run`.", "", "## Data", ""]
    lines += ["| split | source | what | minutes |", "|---|---|---|---:|"]
    lines += [f"| {split} | {source} | {what} | {s / 60:.1f} |" for (split, source, what), s in sorted(seconds.items())]
    lines += ["", "Rules of preparation: Radford et al. 2022, 2.1; what they took is in the data's report.md.", ""]
    lines += ["## Settings", "", *(f"- {key.replace('_', ' ')}: {value}" for key, value in asdict(options).items())]
    lines += [f"- learning rate used: {options.rate:g}", f"- best checkpoint: {trained.step} updates"]
    lines += [f"- kept of the training: {trained.share:g} of the way from {model}'s weights (Wortsman et al. 2022)"]
    lines += [f"- time: {trained.seconds / 60:.0f} minutes (the last run, if it was continued)", ""]
    lines += ["## Errors on held-back speakers", "", "Not used to train, to stop or to choose.", ""]
    lines += _errors(name, model, trained.own)
    lines += ["", "## Errors on other speech", ""]
    if trained.other is None:
        lines += ["Not judged: no other speech was given (`--other`). What was forgotten is not known."]
    else:
        lines += ["Not used to train, to stop or to choose.", "", *_errors(name, model, trained.other)]
    lines += ["", "Text is written in the style of its data: punctuation and capitals as they were there.", ""]
    return "\n".join(lines)


def _errors(name: str, model: str, compared: Comparison) -> list[str]:
    lines = ["| model | metric | errors | of | rate | 95 % |", "|---|---|---:|---:|---:|---|"]
    for who, scores in ((model, compared.base), (name, compared.tuned)):
        for pooled in pool([[score] for score in scores]):
            rate = "–" if pooled.rate is None else f"{pooled.rate:.1%}"
            known = pooled.low is not None and pooled.high is not None
            interval = f"{100 * (pooled.low or 0):.1f} to {100 * (pooled.high or 0):.1f}" if known else "–"
            lines.append(f"| {who} | {pooled.metric} | {pooled.errors:g} | {pooled.total:g} | {rate} | {interval} |")
    return [*lines, "", f"All together: {compared}."]
