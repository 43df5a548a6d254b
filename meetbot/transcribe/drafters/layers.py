"""Drafting by a smaller decoder: some of the target's own layers, on the same encoded sound.

Self-speculation (Zhang et al. 2023, arXiv 2309.08168): no second model, and the cross-attention of the layers that stay
is the target's own. A distilled decoder of such layers hears through the same keys and values and guesses from a
shortlist. Concedes: without one each guess pays for a projection onto the whole vocabulary, which in small models costs
as much as the layers that were left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from meetbot.transcribe.decoder import Cache, logits, step
from meetbot.transcribe.drafters.heads import Listed
from meetbot.transcribe.greedy import Rows
from meetbot.transcribe.kernels import Norm
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import Decoder, DecoderBlock

CATCH_UP = 2  # tokens at most that the draft's cache lacks after a pass: the last guess, and the target's own token


class FewerLayers:
    """The layers `kept` of `decoder`, by default the first and last; or `trained` ones in their place, with their own
    last norm and the first tokens of the vocabulary as a shortlist.
    """

    def __init__(
        self,
        decoder: Decoder,
        rules: Rules,
        kept: tuple[int, ...] = (),
        trained: tuple[Sequence[DecoderBlock], Norm, Listed] | None = None,
    ) -> None:
        self.kept = kept or (0, len(decoder.blocks) - 1)
        self.rules = rules
        self.listed = trained[2] if trained else None
        blocks, norm = trained[:2] if trained else ([decoder.blocks[layer] for layer in self.kept], decoder.norm)
        self.decoder = replace(decoder, blocks=tuple(blocks), norm=norm, alignment=())
        self.own: Cache | None = None
        self.fed = 0

    def begin(self, rows: Rows) -> None:
        """A new batch: nothing fed yet."""
        self.own = None
        self.fed = 0

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        """Nothing to learn."""

    def propose(self, rows: Rows, k: int) -> Tensor:
        """`k` tokens, one small pass each."""
        if self.own is None:
            self.own = rows.cache.layers(self.kept)
        # Rewriting a token's keys where they already stand changes nothing, so every row feeds the same number.
        sequences = [[*prompt, *tokens] for prompt, tokens in zip(rows.prompts, rows.tokens, strict=True)]
        count = CATCH_UP if self.fed else min(map(len, sequences))
        self.fed = 1
        feed = torch.tensor([sequence[-count:] for sequence in sequences], device=rows.positions.device)
        positions = rows.positions + 1 - count
        state = rows.state
        guesses: list[Tensor] = []
        for _ in range(k):
            hidden = step(self.decoder, self.own, feed, positions)
            if self.listed is not None:
                token = self.listed.likeliest(hidden[:, -1:])[:, 0]
            else:
                token = self.rules.apply(logits(self.decoder, hidden[:, -1:])[:, 0], state).argmax(-1)
                state = self.rules.advance(state, token)
            positions = positions + feed.shape[1]
            guesses.append(token)
            feed = token[:, None]
        return torch.stack(guesses, 1)

    def select(self, kept: Tensor) -> None:
        """Only these rows go on."""
        if self.own is not None:
            self.own = self.own.select(kept)
