"""One pass of the decoder over a ragged batch: tokens in, logits out, keys and values kept.

Every row has its own position: a pass feeds row b the tokens that stand at positions[b], positions[b]+1, … and masks
what lies beyond. Going back is moving a position: what was written behind it is masked, never zeroed (a zero key
still takes its share of a softmax). So a pass can verify drafts, and rows of any length share it.

Knows nothing of what the tokens mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from meetbot.transcribe.weights import Decoder, DecoderBlock

ROOM = 64  # tokens
NEAR = 1.0  # in scores: a token this much less likely than the first is not mistaken for it


@dataclass(eq=False)
class Cache:
    """Keys and values of a batch, a tensor a layer, written in place.

    own_keys, own_values: (rows, heads, room, width a head), with room for more tokens than there are and grown by
    ROOM at a time; cross_keys, cross_values: the same over 1,500 frames. All stay contiguous: a matrix product over
    a slice of the room takes a hundred times as long as over all of it in 16-bit floats on a processor.
    """

    own_keys: list[Tensor]
    own_values: list[Tensor]
    cross_keys: list[Tensor]
    cross_values: list[Tensor]

    @property
    def room(self) -> int:
        """How many tokens a row can hold before the tensors grow."""
        return self.own_keys[0].shape[2]

    def reserve(self, tokens: int) -> None:
        """Make room for `tokens` a row."""
        if tokens > self.room:
            grown = -(-tokens // ROOM) * ROOM - self.room
            for tensors in (self.own_keys, self.own_values):
                # Zeros, not whatever was there: what is masked has no weight, but no weight times NaN is NaN.
                tensors[:] = [functional.pad(tensor, (0, 0, 0, grown)) for tensor in tensors]

    def select(self, rows: Tensor) -> Cache:
        """A cache of these rows only (a copy): for rows that go on when others have ended, or that are repeated."""
        return Cache(*([tensor.index_select(0, rows) for tensor in tensors] for tensors in self._all()))

    def reorder(self, rows: Tensor) -> None:
        """Let row i go on with the text of row rows[i] of the same window (beam search): cross-attention stays."""
        for tensors in (self.own_keys, self.own_values):
            tensors[:] = [tensor.index_select(0, rows) for tensor in tensors]

    def layers(self, kept: tuple[int, ...]) -> Cache:
        """A view of some layers, with tokens of its own: what a decoder of fewer layers needs."""
        own = [[torch.zeros_like(tensors[layer]) for layer in kept] for tensors in (self.own_keys, self.own_values)]
        cross = [[tensors[layer] for layer in kept] for tensors in (self.cross_keys, self.cross_values)]
        return Cache(*own, *cross)

    def _all(self) -> tuple[list[Tensor], ...]:
        return self.own_keys, self.own_values, self.cross_keys, self.cross_values


@torch.inference_mode()
def open_cache(decoder: Decoder, features: Tensor) -> Cache:
    """A cache for `features` (rows, frames, width): cross-attention projected once, no tokens yet."""
    rows, frames, width = features.shape
    shape = (rows, decoder.heads, 0, width // decoder.heads)
    own = [[features.new_zeros(shape) for _ in decoder.blocks] for _ in range(2)]
    keys, values = [], []
    for block in decoder.blocks:
        key, value = block.cross_kv(features).view(rows, frames, 2, decoder.heads, -1).permute(2, 0, 3, 1, 4)
        keys.append(key.contiguous())
        values.append(value.contiguous())
    return Cache(own[0], own[1], keys, values)


@torch.inference_mode()
def step(
    decoder: Decoder, cache: Cache, tokens: Tensor, positions: Tensor, attention: list[Tensor] | None = None
) -> Tensor:
    """Hidden states (rows, n, width) of `tokens` (rows, n), row b's first token standing at positions[b].

    Keys and values of the tokens are written to the cache. `attention`, when given, receives the raw scores of the
    alignment heads, (rows, heads, n, frames), one tensor a layer that has any.
    """
    count = tokens.shape[1]
    places = positions[:, None] + torch.arange(count, device=tokens.device)
    x = decoder.embedding[tokens] + decoder.positions[places]
    cache.reserve(int(positions.max()) + count)
    hidden_from = torch.arange(cache.room, device=tokens.device) > places[:, None, :, None]  # (rows, 1, n, room)
    for layer, block in enumerate(decoder.blocks):
        x = x + _own_attention(block, block.norm(x), cache, layer=layer, places=places, hidden_from=hidden_from)
        heads = [head for at, head in decoder.alignment if at == layer] if attention is not None else []
        x = x + _cross_attention(block, block.cross_norm(x), cache, layer=layer, heads=heads, attention=attention)
        x = x + block.down(functional.gelu(block.up(block.mlp_norm(x))))
    return decoder.norm(x)


def logits(decoder: Decoder, hidden: Tensor) -> Tensor:
    """Scores over the vocabulary, in float32: (rows, n, width) to (rows, n, vocabulary).

    Scores of 16 have steps of 1/8 in bfloat16, so the first places are often tied. Those near the first are scored once
    more in 32 bits.
    """
    scores = decoder.project(hidden.to(decoder.dtype)).float()
    if decoder.dtype == torch.bfloat16:
        flat = scores.view(-1, scores.shape[-1])
        row, token = (flat >= flat.amax(-1, keepdim=True) - NEAR).nonzero(as_tuple=True)
        exact = hidden.reshape(-1, hidden.shape[-1])[row] * decoder.embedding[token]
        flat[row, token] = exact.sum(-1)
    return scores


def _own_attention(
    block: DecoderBlock, x: Tensor, cache: Cache, *, layer: int, places: Tensor, hidden_from: Tensor
) -> Tensor:
    rows, count, width = x.shape
    keys, values = cache.own_keys[layer], cache.own_values[layer]
    heads = keys.shape[1]
    query, key, value = block.qkv(x).view(rows, count, 3, heads, width // heads).unbind(2)
    index = torch.arange(rows, device=x.device)[:, None]
    keys[index, :, places] = key
    values[index, :, places] = value
    scores = (query.transpose(1, 2) * (width // heads) ** -0.5) @ keys.transpose(-1, -2)
    weights = scores.float().masked_fill_(hidden_from, float("-inf")).softmax(-1).to(x.dtype)
    return block.out((weights @ values).transpose(1, 2).reshape(rows, count, width))


def _cross_attention(
    block: DecoderBlock, x: Tensor, cache: Cache, *, layer: int, heads: list[int], attention: list[Tensor] | None
) -> Tensor:
    rows, count, width = x.shape
    keys, values = cache.cross_keys[layer], cache.cross_values[layer]
    query = block.cross_q(x).view(rows, count, keys.shape[1], -1).transpose(1, 2) * keys.shape[-1] ** -0.5
    scores = query @ keys.transpose(-1, -2)
    if attention is not None and heads:
        attention.append(scores[:, heads].float())
    mixed = scores.softmax(-1) @ values
    return block.cross_out(mixed.transpose(1, 2).reshape(rows, count, width))
