"""Texts to vectors of unit length whose dot products say how close their meanings are: the MiniLM models.

A BERT encoder (Devlin et al. 2019) in a few lines of torch over the published weights, mean over tokens, normalised
(Reimers and Gurevych 2019). all-MiniLM-L6-v2 knows English: for other languages retrieval leans on words, unless
multilingual-minilm, which has twelve layers and fifty languages, is on this machine and chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADS = 12
EPSILON = 1e-12  # of the layer norms
LIMIT = 256  # tokens; what the model was trained to read
BATCH = 32


def embed(texts: Sequence[str], folder: Path) -> NDArray[np.float32]:
    """(n, size) vectors of `texts` by the model in `folder`."""
    import torch
    import torch.nn.functional as F

    tokenizer, weights = _loaded(folder)
    vectors = np.zeros((len(texts), weights["embeddings.LayerNorm.weight"].shape[0]), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))  # alike in length: little padding
    for begin in range(0, len(order), BATCH):
        chosen = order[begin : begin + BATCH]
        encoded = tokenizer.encode_batch([texts[index] for index in chosen])
        ids = torch.tensor([one.ids for one in encoded])
        mask = torch.tensor([one.attention_mask for one in encoded])
        with torch.inference_mode():
            hidden = _encode(ids, mask, weights)
            pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
            vectors[chosen] = F.normalize(pooled, dim=1).numpy()
    return vectors


def tokenizer_of(folder: Path) -> Any:
    """The tokenizer of the model in `folder`, which cuts what is longer than the model reads."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(LIMIT)
    tokenizer.no_padding()
    return tokenizer


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> tuple[Any, dict[str, Any]]:
    from safetensors.torch import load_file

    tokenizer = tokenizer_of(folder)
    tokenizer.enable_padding()
    weights = load_file(folder / "model.safetensors")
    return tokenizer, {name.removeprefix("bert."): value.float() for name, value in weights.items()}


def _encode(ids: Any, mask: Any, weights: dict[str, Any]) -> Any:
    """(batch, tokens) ids to (batch, tokens, size) hidden states."""
    import torch
    import torch.nn.functional as F

    def linear(name: str, x: Any) -> Any:
        return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(name: str, x: Any) -> Any:
        return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], EPSILON)

    def heads(x: Any) -> Any:
        return x.unflatten(-1, (HEADS, -1)).transpose(1, 2)

    positions = weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    kinds = weights["embeddings.token_type_embeddings.weight"][0]
    x = norm("embeddings.LayerNorm", weights["embeddings.word_embeddings.weight"][ids] + positions + kinds)
    allowed = mask[:, None, None, :].to(torch.bool)
    layers = sum(name.endswith(".intermediate.dense.weight") for name in weights)
    for layer in range(layers):
        base = f"encoder.layer.{layer}"
        query, key, value = (heads(linear(f"{base}.attention.self.{name}", x)) for name in ("query", "key", "value"))
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=allowed)
        x = norm(
            f"{base}.attention.output.LayerNorm",
            x + linear(f"{base}.attention.output.dense", seen.transpose(1, 2).flatten(2)),
        )
        inner = F.gelu(linear(f"{base}.intermediate.dense", x))
        x = norm(f"{base}.output.LayerNorm", x + linear(f"{base}.output.dense", inner))
    return x
