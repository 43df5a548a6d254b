"""One model, many inputs, every core of the machine.

PyTorch's own way on a CPU, all cores inside each operation, waits at the end of every operation for the slowest
core: the four recurrent layers of the segmentation have tens of thousands of those waits, and one other busy
program made them ten times slower (measured). One single-threaded worker per core, each with inputs of its own,
has none.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(function: Callable[[Item], Result], items: Iterable[Item], device: torch.device) -> Iterator[Result]:
    """`function` of each item, in order; on a CPU, as many at a time as there are cores. No gradients."""
    if device.type != "cpu":
        with torch.inference_mode():
            yield from map(function, items)
        return

    def alone(item: Item) -> Result:
        with torch.inference_mode():
            return function(item)

    cores, threads = _cores(), torch.get_num_threads()
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(cores, "meetbot", initializer=torch.set_num_threads, initargs=(1,))
    try:
        for item in items:
            waiting.append(pool.submit(alone, item))
            if len(waiting) > 2 * cores:  # enough to keep all busy, few enough to keep memory constant
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        torch.set_num_threads(threads)


def _cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
