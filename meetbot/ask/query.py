"""One short text to its vector, in numpy: the model of `embed`, for a search that would be over before torch is loaded.

Gives what `embed` gives, to rounding; for many texts `embed` is the quicker one.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meetbot.ask.embed import EPSILON, HEADS, tokenizer_of

Array = NDArray[np.float32]


def embed_query(text: str, folder: Path) -> Array:
    """(size,) the vector of `text`, of unit length, by the model in `folder`."""
    tokenizer, weights = _loaded(folder)
    x = _encode(np.array(tokenizer.encode(text).ids), weights).mean(0)
    return np.asarray(x / np.linalg.norm(x), np.float32)


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> tuple[Any, dict[str, Array]]:
    from safetensors.numpy import load_file

    weights = load_file(folder / "model.safetensors")
    return tokenizer_of(folder), {name.removeprefix("bert."): value for name, value in weights.items()}


def _encode(ids: NDArray[np.int64], weights: dict[str, Array]) -> Array:
    """(tokens,) ids to (tokens, size) hidden states."""
    from scipy.special import erf

    def linear(name: str, x: Array) -> Array:
        return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])

    def norm(name: str, x: Array) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(EPSILON))
        return np.asarray(centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"])

    def heads(x: Array) -> Array:
        return x.reshape(len(x), HEADS, -1).swapaxes(0, 1)

    words = weights["embeddings.word_embeddings.weight"][ids]
    positions = weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm("embeddings.LayerNorm", words + positions + weights["embeddings.token_type_embeddings.weight"][0])
    for layer in range(sum(name.endswith(".intermediate.dense.weight") for name in weights)):
        base = f"encoder.layer.{layer}"
        query, key, value = (heads(linear(f"{base}.attention.self.{name}", x)) for name in ("query", "key", "value"))
        scores = query @ key.swapaxes(1, 2) / np.sqrt(np.float32(query.shape[-1]))
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        seen = (shares / shares.sum(-1, keepdims=True) @ value).swapaxes(0, 1).reshape(len(ids), -1)
        x = norm(f"{base}.attention.output.LayerNorm", x + linear(f"{base}.attention.output.dense", seen))
        inner = linear(f"{base}.intermediate.dense", x)
        inner = inner * np.float32(0.5) * (1 + erf(inner * np.float32(2**-0.5)))
        x = norm(f"{base}.output.LayerNorm", x + linear(f"{base}.output.dense", inner))
    return x
