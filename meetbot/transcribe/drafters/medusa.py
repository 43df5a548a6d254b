"""Drafting by heads on the decoder's last state: several places ahead in one small step (`heads.MedusaHeads`)."""

from __future__ import annotations

import torch
from torch import Tensor

from meetbot.transcribe.drafters.heads import Listed, MedusaHeads
from meetbot.transcribe.greedy import Rows
from meetbot.transcribe.weights import Decoder


class Medusa:
    """A chain of guesses, each head's likeliest token of the shortlist."""

    def __init__(self, decoder: Decoder, heads: MedusaHeads, listed: Listed) -> None:
        self.decoder, self.heads, self.listed = decoder, heads, listed

    def begin(self, rows: Rows) -> None:
        """Nothing to prepare."""

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        """`rows.hidden` says it all."""

    @torch.inference_mode()
    def propose(self, rows: Rows, k: int) -> Tensor:
        """At most as many tokens as there are heads."""
        dtype = self.heads.query.weight.dtype
        last = torch.tensor([tokens[-1] for tokens in rows.tokens], device=rows.positions.device)
        asked = self.heads.ask(rows.hidden.to(dtype), self.decoder.embedding[last].to(dtype))[:, :k]
        query = self.heads.query(self.heads.cross_norm(asked)).to(self.decoder.dtype)
        heard, _ = self.decoder.kernels.cross_attention(
            query.contiguous(), rows.cache.cross_keys[-1], rows.cache.cross_values[-1], rows.cache.frames, []
        )
        said = self.heads.answer(asked, heard.to(dtype))
        return self.listed.likeliest(said)

    def select(self, kept: Tensor) -> None:
        """Nothing is kept from pass to pass."""
