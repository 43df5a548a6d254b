"""LoRA adapters of Whisper, merged into their base: W + s·B·A (Hu et al. 2021, arXiv 2106.09685).

In: a folder of peft's (adapter_config.json, adapter_model.safetensors or .bin) and the base model. Out: a whole model
in the base's precision; the sum is made in 32 bits, when the tensor is asked for. Concedes: DoRA and adapters of
convolutions or embeddings are refused; `modules_to_save` (whole replaced tensors) are taken.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meetbot.errors import ModelCorrupt, UsageError
from meetbot.models.huggingface import renamed, weights
from meetbot.models.whisper import Checkpoint

if TYPE_CHECKING:
    import torch

CONFIG = "adapter_config.json"


@dataclass(frozen=True, slots=True)
class Delta:
    """What an adapter adds to one matrix: `scale` · up · down; up is (out, rank), down is (rank, in)."""

    up: torch.Tensor
    down: torch.Tensor
    scale: float


class Merged(Mapping[str, "torch.Tensor"]):
    """The base's tensors with deltas added and whole tensors replaced, each made when it is asked for."""

    def __init__(
        self,
        base: Mapping[str, torch.Tensor],
        deltas: Mapping[str, Delta],
        whole: Mapping[str, torch.Tensor],
    ) -> None:
        self.base, self.deltas, self.whole = base, deltas, whole

    def __getitem__(self, name: str) -> torch.Tensor:
        stored = self.base[name]
        if name in self.whole:
            return self.whole[name].to(stored.dtype)
        if (delta := self.deltas.get(name)) is None:
            return stored
        return (stored.float() + delta.scale * (delta.up.float() @ delta.down.float())).to(stored.dtype)

    def __iter__(self) -> Iterator[str]:
        return iter(self.base)

    def __len__(self) -> int:
        return len(self.base)


def config(folder: Path) -> dict[str, Any]:
    """The adapter's settings. Raises UsageError for a kind that cannot be merged."""
    try:
        found: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelCorrupt(f"{CONFIG} is not JSON.") from error
    if found.get("peft_type") != "LORA" or found.get("use_dora"):
        kind = "DoRA" if found.get("use_dora") else found.get("peft_type")
        raise UsageError(f"{folder} is an adapter of kind {kind}; meetbot merges LoRA.", kind="import")
    return found


def _for(pattern_table: Mapping[str, float], module: str, default: float) -> float:
    """peft's per-module settings: a pattern names the end of a module's name."""
    for pattern, value in pattern_table.items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return value
    return default


def read(folder: Path, base: Checkpoint) -> Checkpoint:
    """`base` with the adapter in `folder` merged. Raises UsageError when the adapter does not fit."""
    settings = config(folder)
    stored = weights(folder, "adapter_model")
    pairs: dict[str, dict[str, torch.Tensor]] = {}
    whole: dict[str, torch.Tensor] = {}
    for name, tensor in stored.items():
        module = name.removeprefix("base_model.model.")
        if found := re.fullmatch(r"(.+)\.lora_([AB])(\.default)?\.weight", module):
            pairs.setdefault(found[1], {})[found[2]] = tensor
        elif (target := renamed(module.replace(".modules_to_save.default", ""))) in base.tensors:
            whole[str(target)] = tensor
        elif module == "proj_out.weight":
            whole["decoder.token_embedding.weight"] = tensor
        else:
            raise UsageError(f"The adapter has {name}, which cannot be merged.", kind="import")
    deltas: dict[str, Delta] = {}
    for module, pair in pairs.items():
        target = renamed(f"{module}.weight")
        if target not in base.tensors or set(pair) != {"A", "B"} or pair["A"].dim() != 2:
            raise UsageError(f"The adapter changes {module}, which cannot be merged.", kind="import")
        rank = _for(settings.get("rank_pattern") or {}, module, settings["r"])
        alpha = _for(settings.get("alpha_pattern") or {}, module, settings["lora_alpha"])
        delta = Delta(pair["B"], pair["A"], alpha / (math.sqrt(rank) if settings.get("use_rslora") else rank))
        if (delta.up.shape[0], delta.down.shape[1]) != tuple(base.tensors[str(target)].shape):
            raise UsageError("The adapter was made for a model of another size.", kind="import")
        deltas[str(target)] = delta
    return replace(base, tensors=Merged(base.tensors, deltas, whole))
