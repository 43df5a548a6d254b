"""Which processor the models run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from meetbot.errors import UsageError

if TYPE_CHECKING:
    import torch

DeviceName = Literal["auto", "cpu", "cuda", "mps"]


def pick(wanted: DeviceName = "auto") -> torch.device:
    """The device called `wanted`; "auto" prefers CUDA, then Apple's MPS, then the CPU.

    Raises UsageError when a device is asked for by name and this machine has none.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, found in there.items() if found))
    if not there[wanted]:
        raise UsageError(f"This machine has no {wanted} device.", hint="Leave --device out, or use --device cpu.")
    return torch.device(wanted)
