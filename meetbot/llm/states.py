"""What llama.cpp holds in mind after each line of a text: its last layer's states, without a word being written.

A state is what the next token would be chosen from, so it tells what has just been said in the light of all before it.
Long texts are read in stretches that overlap. Knows nothing of meetings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRETCH = 1800  # tokens read together
BEFORE = 300  # of them, at most, that were read already and give the others their context


def states(
    llama: Any, lead: Sequence[int], lines: Sequence[Sequence[int]], told: Callable[[int], None] = lambda lines: None
) -> NDArray[np.float32]:
    """For each of `lines`, in tokens, the state at its end and the mean of its states: (lines, 2 times the width).

    `lead` stands ahead of every stretch. `told` hears of lines as they are read. The KV cache is empty afterwards.
    """
    import llama_cpp

    context = llama._ctx.ctx
    found = np.zeros((len(lines), 2 * llama.n_embd()), np.float32)
    llama_cpp.llama_set_embeddings(context, True)
    try:
        for first, fresh, last in stretches([len(line) for line in lines]):
            read = _read(llama, [*lead, *(token for line in lines[first:last] for token in line)])
            end = len(lead)
            for index in range(first, last):
                begin, end = end, end + len(lines[index])
                if index >= fresh:
                    found[index] = np.concatenate([read[end - 1], read[begin:end].mean(axis=0)])
            told(last - fresh)
    finally:
        llama_cpp.llama_set_embeddings(context, False)
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        llama.n_tokens = 0
    return found


def stretches(sizes: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Runs of lines of `sizes` tokens as (first, first that is new, end): each line is new in one of them.

    >>> list(stretches([1000, 200, 700, 100]))
    [(0, 0, 2), (1, 2, 4)]
    """
    fresh = 0
    while fresh < len(sizes):
        first, total = fresh, 0
        while first > 0 and total + sizes[first - 1] <= BEFORE:
            first -= 1
            total += sizes[first]
        last = fresh
        while last < len(sizes) and (last == fresh or total + sizes[last] <= STRETCH):
            total += sizes[last]
            last += 1
        yield first, fresh, last
        fresh = last


def _read(llama: Any, tokens: Sequence[int]) -> NDArray[np.float32]:
    """The state after each of `tokens`: (tokens, width)."""
    import llama_cpp

    context, width = llama._ctx.ctx, llama.n_embd()
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
    rows = []
    for begin in range(0, len(tokens), llama.n_batch):
        part = list(tokens[begin : begin + llama.n_batch])
        llama._batch.set_batch(batch=part, n_past=begin, logits_all=True)
        llama._ctx.decode(llama._batch)
        rows += [
            np.ctypeslib.as_array(llama_cpp.llama_get_embeddings_ith(context, row), shape=(width,)).copy()
            for row in range(len(part))
        ]
    return np.array(rows, np.float32)
