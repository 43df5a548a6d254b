"""Guessing several tokens at once, for one pass to verify. Each drafter is a file; a wrong guess costs only time."""

from __future__ import annotations

from meetbot.transcribe.drafters.jacobi import Jacobi
from meetbot.transcribe.drafters.layers import FewerLayers
from meetbot.transcribe.drafters.ngram import NGram
from meetbot.transcribe.drafters.trained import KINDS, find, open_drafter
from meetbot.transcribe.greedy import Drafter
from meetbot.transcribe.options import Drafting
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import Decoder

__all__ = ["FewerLayers", "Jacobi", "NGram", "available", "drafter"]


def drafter(kind: Drafting, decoder: Decoder, rules: Rules) -> Drafter | None:
    """The drafter called `kind`; None for "none". Raises ModelMissing where it would have to be trained first."""
    if kind == "ngram":
        return NGram()
    if kind == "lookahead":
        return Jacobi()
    if kind == "layers":
        return FewerLayers(decoder, rules)
    if kind != "none":
        return open_drafter(kind, decoder, rules)
    return None


def available(decoder: Decoder) -> tuple[Drafting, ...]:
    """The kinds that there are for this model."""
    untrained: tuple[Drafting, ...] = ("none", "ngram", "lookahead", "layers")
    return (*untrained, *(kind for kind in KINDS if find(kind, decoder) is not None))
