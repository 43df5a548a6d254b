"""Guessing several tokens at once, for one pass to verify. Each drafter is a file; a wrong guess costs only time."""

from __future__ import annotations

from meetbot.transcribe.drafters.jacobi import Jacobi
from meetbot.transcribe.drafters.layers import FewerLayers
from meetbot.transcribe.drafters.ngram import NGram
from meetbot.transcribe.greedy import Drafter
from meetbot.transcribe.options import Drafting
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import Decoder

__all__ = ["FewerLayers", "Jacobi", "NGram", "drafter"]


def drafter(kind: Drafting, decoder: Decoder, rules: Rules) -> Drafter | None:
    """The drafter called `kind`; None for "none"."""
    if kind == "ngram":
        return NGram()
    if kind == "lookahead":
        return Jacobi()
    if kind == "layers":
        return FewerLayers(decoder, rules)
    return None
