"""Work of a GPU beside other work of it: in a thread and a stream of its own, so that neither waits for the other.

Decoding reads, encoding multiplies, and before it the processor pads sound. Concedes: large products keep a GPU's
processors to themselves, so what is gained is the gaps (docs/engine.md).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor


class Aside:
    """One thing after another, aside."""

    def __init__(self, device: torch.device) -> None:
        self.stream: Any = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="encode")

    def begin(self, work: Callable[[], Tensor]) -> Callable[[], Tensor]:
        """Start `work`; call what this gives for its result, safe to use in the caller's stream then."""
        # Whatever is asked of the device now may be what `work` needs.
        ready = torch.cuda.current_stream(self.stream.device).record_event()

        def aside() -> tuple[Tensor, Any]:
            with torch.cuda.stream(self.stream):
                self.stream.wait_event(ready)
                return work(), self.stream.record_event()

        begun = self.thread.submit(aside)

        def result() -> Tensor:
            found, done = begun.result()
            here = torch.cuda.current_stream(self.stream.device)
            here.wait_event(done)
            found.record_stream(here)  # its memory is the other stream's
            return found

        return result
