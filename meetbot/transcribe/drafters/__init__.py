"""Guessing several tokens at once, for one pass to verify. Each drafter is a file; a wrong guess costs only time."""

from __future__ import annotations

from meetbot.domain import Drafting
from meetbot.transcribe.drafters.choice import Choice
from meetbot.transcribe.drafters.jacobi import Jacobi
from meetbot.transcribe.drafters.layers import FewerLayers
from meetbot.transcribe.drafters.ngram import NGram
from meetbot.transcribe.drafters.trained import KINDS, Kind, find, open_drafter
from meetbot.transcribe.greedy import Drafter
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import Decoder

__all__ = ["Choice", "FewerLayers", "Jacobi", "NGram", "available", "drafter"]

PAYS_ON_GPU = 24
"""Layers of a decoder from which drafting pays on a GPU: a smaller one's passes end before a draft is written."""
CHOSEN: tuple[Kind, ...] = ("ctc", "medusa")
"""What a choice is made of: drafters that can begin and pause anywhere, as layers with a cache of their own cannot."""


def drafter(kind: Drafting, decoder: Decoder, rules: Rules) -> Drafter | None:
    """The drafter called `kind`; None for "none". Raises ModelMissing where it would have to be trained first.

    "auto" is a choice among the trained ones, None where there are none, where none can pay, or where a pass over
    several tokens can write another text than passes over one: in half precision with PyTorch's kernels, which sum in
    other orders.
    """
    if kind == "auto":
        pays = decoder.device.type != "cuda" or len(decoder.blocks) >= PAYS_ON_GPU
        known = [one for one in CHOSEN if find(one, decoder)] if pays and decoder.kernels.steady else []
        return Choice([open_drafter(one, decoder, rules) for one in known]) if known else None
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
    """The kinds that there are for this model, a choice among trained ones last."""
    untrained: tuple[Drafting, ...] = ("none", "ngram", "lookahead", "layers")
    trained = tuple(kind for kind in KINDS if find(kind, decoder) is not None)
    return (*untrained, *trained, *(("auto",) if trained else ()))
