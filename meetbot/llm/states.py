"""What llama.cpp holds in mind after each line of a text: states of some of its layers, without a word being written.

A state tells what has just been said in the light of all before it. The last layer's is made for choosing the next
token; those at two thirds of the way tell more of what a text means (Skean et al. 2025, arXiv 2502.02013), and what
lies behind them need not be computed. Long texts are read in stretches that overlap. Knows nothing of meetings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meetbot.errors import LanguageModelError

STRETCH = 1800  # tokens read together
BEFORE = 300  # of them, at most, that were read already and give the others their context


def states(
    llama: Any,
    lead: Sequence[int],
    lines: Sequence[Sequence[int]],
    layers: Sequence[int],
    told: Callable[[int], None] = lambda lines: None,
) -> NDArray[np.float32]:
    """For each of `lines`, in tokens, the states of `layers` at its end and their means: (lines, 2 layers widths).

    `layers` count from 0. `lead` stands ahead of every stretch. `told` hears of lines as they are read. Raises
    LanguageModelError if the model has no such layers.
    """
    found = np.zeros((len(lines), 2 * len(layers) * llama.n_embd()), np.float32)
    with _watched(llama, layers, len(lead) + STRETCH) as read:
        for first, fresh, last in stretches([len(line) for line in lines]):
            held = read([*lead, *(token for line in lines[first:last] for token in line)])
            end = len(lead)
            for index in range(first, last):
                begin, end = end, end + len(lines[index])
                if index >= fresh:
                    found[index] = np.concatenate([held[end - 1], held[begin:end].mean(axis=0)])
            told(last - fresh)
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


@contextmanager
def _watched(llama: Any, layers: Sequence[int], most: int) -> Iterator[Callable[[Sequence[int]], NDArray[np.float32]]]:
    """What reads up to `most` tokens and returns the states of `layers` after each: (tokens, layers times width).

    It has a context of its own, because llama.cpp shows tensors only to a callback that a context is made with.
    """
    import llama_cpp

    ggml, width, seen = _ggml(), llama.n_embd(), dict[bytes, NDArray[np.float32]]()
    names = [f"l_out-{layer}".encode() for layer in layers]

    @llama_cpp.ggml_backend_sched_eval_callback  # type: ignore[untyped-decorator]
    def look(tensor: int, asks: bool, _: Any) -> bool:
        name = ggml.ggml_get_name(tensor)
        if asks or name not in names:
            return name in names
        values = np.empty((ggml.ggml_nbytes(tensor) // (4 * width), width), np.float32)
        ggml.ggml_backend_tensor_get(tensor, values.ctypes.data, 0, values.nbytes)
        seen[name] = values
        return bool(name != f"l_out-{max(layers)}".encode())  # what comes after it is not computed

    wanted = llama_cpp.llama_context_default_params()
    wanted.n_ctx, wanted.n_batch, wanted.n_ubatch = most, llama.n_batch, llama.n_batch
    wanted.n_threads = wanted.n_threads_batch = llama.n_threads
    wanted.cb_eval = look
    context = llama_cpp.llama_init_from_model(llama._model.model, wanted)
    if context is None:
        raise MemoryError

    def read(tokens: Sequence[int]) -> NDArray[np.float32]:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        rows = []
        for begin in range(0, len(tokens), llama.n_batch):
            seen.clear()
            llama._batch.set_batch(batch=tokens[begin : begin + llama.n_batch], n_past=begin, logits_all=False)
            if code := llama_cpp.llama_decode(context, llama._batch.batch):
                raise LanguageModelError(f"llama.cpp could not read the transcript (code {code})", kind="unread")
            if len(seen) < len(set(names)):
                raise LanguageModelError(
                    f"llama.cpp shows no layers {', '.join(map(str, layers))} of this model", kind="layers"
                )
            rows.append(np.concatenate([seen[name] for name in names], axis=1))
        return np.concatenate(rows)

    try:
        yield read
    finally:
        llama_cpp.llama_free(context)


def _ggml() -> Any:
    """The library of llama.cpp's tensors, with the three functions that look at one."""
    import ctypes

    from llama_cpp._ctypes_extensions import load_shared_library
    from llama_cpp.llama_cpp import _base_path  # which LLAMA_CPP_LIB_PATH may change

    ggml: Any = load_shared_library("ggml-base", _base_path)
    ggml.ggml_get_name.argtypes, ggml.ggml_get_name.restype = [ctypes.c_void_p], ctypes.c_char_p
    ggml.ggml_nbytes.argtypes, ggml.ggml_nbytes.restype = [ctypes.c_void_p], ctypes.c_size_t
    ggml.ggml_backend_tensor_get.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
    return ggml
