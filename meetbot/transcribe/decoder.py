"""One pass of the decoder over a ragged batch: tokens in, logits out, keys and values kept.

Every row has its own position: a pass feeds row b the tokens that stand at positions[b], positions[b]+1, … and masks
what lies beyond. Going back is moving a position: what was written behind it is masked, never zeroed (a zero key
still takes its share of a softmax). So a pass can verify drafts, and rows of any length share it.

Knows nothing of what the tokens mean.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    the encoded sound itself, (rows, frames, width), for drafts. Several rows of tokens that stand next to each other
    may share one row of sound, as many each. live: (rows,) whose tokens matter, where not all do.
    """

    frames: int
    own_keys: list[Tensor]
    own_values: list[Tensor]
    cross_keys: list[Tensor]
    cross_values: list[Tensor]
    sound: Tensor
    live: Tensor | None = None

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
        """A cache of these rows of sound (a copy): for rows that go on when others have ended, or that are repeated."""
        texts = texts_of(rows, len(self.own_keys[0]) // len(self.sound))
        own = [[tensor.index_select(0, texts) for tensor in tensors] for tensors in (self.own_keys, self.own_values)]
        cross = [[tensor.index_select(0, rows) for tensor in both] for both in (self.cross_keys, self.cross_values)]
        return Cache(self.frames, own[0], own[1], cross[0], cross[1], self.sound.index_select(0, rows))

    def keep(self, rows: Tensor) -> None:
        """Let only these rows of sound go on; the memory of the others is given back a tensor at a time."""
        texts = texts_of(rows, len(self.own_keys[0]) // len(self.sound))
        for tensors, kept in (
            (self.own_keys, texts), (self.own_values, texts), (self.cross_keys, rows), (self.cross_values, rows),
        ):  # fmt: skip
            for layer, tensor in enumerate(tensors):
                tensors[layer] = tensor.index_select(0, kept)
        self.sound = self.sound.index_select(0, rows)

    def part(self, first: int, last: int) -> Cache:
        """A view of the sound of these rows, with tokens of its own, none so far."""
        own = [[tensor[first:last, :, :0] for tensor in tensors] for tensors in (self.own_keys, self.own_values)]
        cross = [[tensor[first:last] for tensor in tensors] for tensors in (self.cross_keys, self.cross_values)]
        return Cache(self.frames, own[0], own[1], cross[0], cross[1], self.sound[first:last])

    def reorder(self, rows: Tensor, tokens: int) -> None:
        """Let row i go on with the first `tokens` of row rows[i], of the same sound (beam search).

        There may be more rows than before: as many for each row of sound.
        """
        count = self.own_keys[0].shape[0]
        moved = (rows != torch.arange(len(rows), device=rows.device)).nonzero()[:, 0]
        for tensors in (self.own_keys, self.own_values):
            if len(rows) != count:
                tensors[:] = [tensor.index_select(0, rows) for tensor in tensors]
            elif len(moved):
                for tensor in tensors:
                    tensor[moved, :, :tokens] = tensor[rows[moved], :, :tokens]

    def layers(self, kept: tuple[int, ...]) -> Cache:
        """A view of some layers, with tokens of its own: what a decoder of fewer layers needs."""
        own = [[torch.zeros_like(tensors[layer]) for layer in kept] for tensors in (self.own_keys, self.own_values)]
        cross = [[tensors[layer] for layer in kept] for tensors in (self.cross_keys, self.cross_values)]
        return Cache(self.frames, own[0], own[1], cross[0], cross[1], self.sound)


def side_by_side(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Tokens of rows of different lengths, (rows, longest), and the lengths.

    Filled up behind their end, where nothing looks before it is written again.
    """
    longest = max(map(len, rows))
    filled = [[*row, *[row[-1]] * (longest - len(row))] for row in rows]
    return torch.tensor(filled, device=device), torch.tensor([len(row) for row in rows], device=device)


def texts_of(rows: Tensor, many: int) -> Tensor:
    """The rows of tokens that belong to these `rows` of sound, `many` to each."""
    return (rows[:, None] * many + torch.arange(many, device=rows.device)).flatten()


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
    if cache.room < decoder.context:  # else there is room for all there can be, and nothing to wait for
        cache.reserve(int(positions.max()) + count)
    for layer, block in enumerate(decoder.blocks):
        own = kernels.own_attention(
            block.qkv(block.norm(x)),
            cache.own_keys[layer],
            cache.own_values[layer],
            positions,
            live=cache.live,
        )
        x = block.out.onto(own, x)
        heads = [head for at, head in decoder.alignment if at == layer] if attention is not None else []
        # Texts of one sound attend to it together: its keys and values are read once for all of them.
        asked = block.cross_q(block.cross_norm(x)).view(len(cache.sound), -1, decoder.width)
        heard, raw = kernels.cross_attention(
            asked,
            cache.cross_keys[layer],
            cache.cross_values[layer],
            cache.frames,
            heads,
            live=cache.live,
        )
        if attention is not None and raw is not None:
            attention.append(raw)
        x = block.cross_out.onto(heard.view(x.shape), x)
        x = block.down.onto(block.up.gelu(block.mlp_norm(x)), x)
    return decoder.norm(x)


def logits(decoder: Decoder, hidden: Tensor) -> Tensor:
    """Scores over the vocabulary, in float32: (rows, n, width) to (rows, n, vocabulary)."""
    return decoder.vocabulary.scores(hidden)


def summarize(decoder: Decoder, hidden: Tensor, banned: Tensor, text: int, count: int = 1) -> Summary:
    """Scores plus `banned` (vocabulary,), the first `text` tokens of them summed up: what decoding needs."""
    return decoder.vocabulary.summary(hidden, banned, text, count)
