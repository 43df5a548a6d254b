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

from meetbot.transcribe.kernels import Summary
from meetbot.transcribe.weights import Decoder

ROOM = 64  # tokens


@dataclass(eq=False)
class Cache:
    """Keys and values of a batch, a tensor a layer, written in place.

    own_keys, own_values: (rows, heads, room, width a head), with room for more tokens than there are and grown by
    ROOM at a time; cross_keys, cross_values: the same over the `frames` of the sound, laid out by the kernels; sound:
    the encoded sound itself, (rows, frames, width), for drafts.
    """

    frames: int
    own_keys: list[Tensor]
    own_values: list[Tensor]
    cross_keys: list[Tensor]
    cross_values: list[Tensor]
    sound: Tensor

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
        kept = [[tensor.index_select(0, rows) for tensor in tensors] for tensors in self._all()]
        return Cache(self.frames, kept[0], kept[1], kept[2], kept[3], self.sound.index_select(0, rows))

    def part(self, first: int, last: int) -> Cache:
        """A view of the sound of these rows, without tokens: for passes that write nothing anybody reads again."""
        own = [[tensor[first:last, :, :0] for tensor in tensors] for tensors in (self.own_keys, self.own_values)]
        cross = [[tensor[first:last] for tensor in tensors] for tensors in (self.cross_keys, self.cross_values)]
        return Cache(self.frames, own[0], own[1], cross[0], cross[1], self.sound[first:last])

    def reorder(self, rows: Tensor) -> None:
        """Let row i go on with the text of row rows[i] of the same window (beam search): cross-attention stays."""
        for tensors in (self.own_keys, self.own_values):
            tensors[:] = [tensor.index_select(0, rows) for tensor in tensors]

    def layers(self, kept: tuple[int, ...]) -> Cache:
        """A view of some layers, with tokens of its own: what a decoder of fewer layers needs."""
        own = [[torch.zeros_like(tensors[layer]) for layer in kept] for tensors in (self.own_keys, self.own_values)]
        cross = [[tensors[layer] for layer in kept] for tensors in (self.cross_keys, self.cross_values)]
        return Cache(self.frames, own[0], own[1], cross[0], cross[1], self.sound)

    def _all(self) -> tuple[list[Tensor], ...]:
        return self.own_keys, self.own_values, self.cross_keys, self.cross_values


@torch.inference_mode()
def open_cache(decoder: Decoder, features: Tensor) -> Cache:
    """A cache for `features` (rows, frames, width): cross-attention projected once, no tokens yet."""
    rows, frames, width = features.shape
    shape = (rows, decoder.heads, 0, width // decoder.heads)
    own = [[features.new_zeros(shape) for _ in decoder.blocks] for _ in range(2)]
    heard = [decoder.kernels.remember(block.cross_kv(features), decoder.heads) for block in decoder.blocks]
    return Cache(frames, own[0], own[1], [keys for keys, _ in heard], [values for _, values in heard], features)


@torch.inference_mode()
def step(
    decoder: Decoder, cache: Cache, tokens: Tensor, positions: Tensor, attention: list[Tensor] | None = None
) -> Tensor:
    """Hidden states (rows, n, width) of `tokens` (rows, n), row b's first token standing at positions[b].

    Keys and values of the tokens are written to the cache. `attention`, when given, receives the raw scores of the
    alignment heads, (rows, heads, n, frames), one tensor a layer that has any.
    """
    count = tokens.shape[1]
    kernels = decoder.kernels
    places = positions[:, None] + torch.arange(count, device=tokens.device)
    x = decoder.embedding[tokens].float() + decoder.positions[places]
    cache.reserve(int(positions.max()) + count)
    for layer, block in enumerate(decoder.blocks):
        own = kernels.own_attention(block.qkv(block.norm(x)), cache.own_keys[layer], cache.own_values[layer], positions)
        x = block.out.onto(own, x)
        heads = [head for at, head in decoder.alignment if at == layer] if attention is not None else []
        heard, raw = kernels.cross_attention(
            block.cross_q(block.cross_norm(x)), cache.cross_keys[layer], cache.cross_values[layer], cache.frames, heads
        )
        if attention is not None and raw is not None:
            attention.append(raw)
        x = block.cross_out.onto(heard, x)
        x = block.down.onto(block.up.gelu(block.mlp_norm(x)), x)
    return decoder.norm(x)


def logits(decoder: Decoder, hidden: Tensor) -> Tensor:
    """Scores over the vocabulary, in float32: (rows, n, width) to (rows, n, vocabulary)."""
    return decoder.vocabulary.scores(hidden)


def summarize(decoder: Decoder, hidden: Tensor, banned: Tensor, text: int) -> Summary:
    """Scores plus `banned` (vocabulary,), the first `text` tokens of them summed up: what greedy decoding needs."""
    return decoder.vocabulary.summary(hidden, banned, text)
