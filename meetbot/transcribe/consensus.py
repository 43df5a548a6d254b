"""Which of several texts of one window to keep: the one from which the others differ least. Knows no model.

The likeliest text is not the one with the fewest errors to be expected: that is the one with the least mean distance
to all that may have been said (minimum Bayes risk: Goel and Byrne 2000; for Whisper, Jinnai 2025, arXiv 2510.19471).
Beams of one search stand for what may have been said, each for as much as any other: their likelihoods differ more than
their chances to be right, and weighing by them measured worse (docs/engine.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from kaldialign import edit_distance
from whisper.tokenizer import Tokenizer

from meetbot.transcribe import text
from meetbot.transcribe.greedy import Decoded
from meetbot.words import tokens


def choose(likely: Sequence[Decoded], tokenizer: Tokenizer) -> Decoded:
    """One of a window's texts, of which the likeliest comes first."""
    return likely[agreed([str(tokenizer.decode(text.plain(tokenizer, one.tokens))) for one in likely])]


def agreed(texts: Sequence[str]) -> int:
    """The number of the text that has the fewest words (characters, where words are not separated) to be replaced,
    added or left out to become each of the others; of several the first.

    >>> agreed(["we ship it Monday", "We ship it on Monday.", "we shipped it on Monday"])
    1
    """
    words = [tokens(said) for said in texts]
    apart = [sum(edit_distance(one, other)["total"] for other in words) for one in words]
    return apart.index(min(apart))
