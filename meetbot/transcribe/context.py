"""What a window is told came before it: the end of the text that it goes on from. Pure.

Whisper learnt to go on from the text before a window (Radford et al. 2022, §2.3), and spells a name as it was spelt
there. Decoding a whole recording in order would leave nothing to decode together, so the recording is divided into
lanes, stretches that are next to each other: a batch holds one window of every lane, and each is told what the one
before it in its lane said. Context is also what loops feed on: text that was a guess or a loop is told to nobody, and a
window that repeats what it was told, or that fails, is decoded again without. Concedes: where words are not
separated by spaces, no repetition is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from meetbot.transcribe.fallback import plain_words

LENGTH = 100  # tokens that are told; with 223, as whisper has it, more is repeated and nothing gained
SHORTEST = 3  # windows in a lane, if there are as many: the first of a lane is told nothing
ECHO = 8  # words in a row, that were told and are said again


@dataclass(frozen=True, slots=True)
class Before:
    """The end of the text so far, timestamps included, and its language."""

    tokens: tuple[int, ...] = ()
    language: str = ""

    def told(self, language: str) -> tuple[int, ...]:
        """What a window in `language` is told."""
        return self.tokens if language == self.language else ()

    def then(self, said: Sequence[int], language: str) -> Before:
        """What is known after a window that says `said`."""
        return Before((*self.told(language), *said)[-LENGTH:], language)


def lanes(windows: int, batch: int) -> list[list[int]]:
    """Batches of window numbers, at most `batch` in each: one of every lane, from the lanes' beginnings to their ends.

    >>> lanes(7, 16)
    [[0, 3, 5], [1, 4, 6], [2]]
    """
    count = min(batch, -(-windows // SHORTEST))
    if not count:
        return []
    length, longer = divmod(windows, count)
    firsts = [lane * length + min(lane, longer) for lane in range(count + 1)]
    steps = range(firsts[1] - firsts[0])
    return [[at + step for at, end in pairwise(firsts) if at + step < end] for step in steps]


def echoes(text: str, told: str) -> bool:
    """Whether `text` repeats, word for word, a good part of a sentence that it was told.

    >>> echoes("and so we ship it on Monday, as Ana said", "So we ship it on Monday, as Ana said.")
    True
    """
    said, before = tuple(plain_words(text)), tuple(plain_words(told))
    runs = {before[at : at + ECHO] for at in range(len(before) - ECHO + 1)}
    return any(said[at : at + ECHO] in runs for at in range(len(said) - ECHO + 1))
