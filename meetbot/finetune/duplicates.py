"""Texts one after another in, whether each is nearly the same as an earlier one out, in memory that stays small.

MinHash with banding (Broder 1997; Leskovec et al., Mining of Massive Datasets, ch. 3): of a text's five-character
shingles the smallest hash under each of PERMUTATIONS functions; texts that agree in a whole band are duplicates. With
8 bands of 4 a pair that shares 80 % of its shingles is found with a chance of 98 %, one that shares 30 % with 6 %.
A hundred bytes a text and band: three hundred thousand texts, a thousand hours, take 200 MB.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

SHINGLE = 5
BANDS, ROWS = 8, 4
PRIME = (1 << 31) - 1
SHORTEST = 20  # characters; "Thank you very much." is said by many


def _functions() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(20210609)
    return rng.integers(1, PRIME, BANDS * ROWS), rng.integers(0, PRIME, BANDS * ROWS)


_A, _B = _functions()


class Seen:
    """The texts so far, as hashes."""

    def __init__(self) -> None:
        self._bands: set[int] = set()
        self._sounds: set[int] = set()

    def text(self, text: str, *, add: bool = True) -> bool:
        """Whether a text like this was seen; with `add` it counts as seen from now on."""
        plain = "".join(character for character in text.casefold() if character.isalnum() or character == " ")
        plain = " ".join(plain.split())
        # Signs of Chinese and Japanese say as much as three letters.
        weight = sum(3 if character >= "\u3040" else 1 for character in plain)
        if weight < SHORTEST:
            return False
        bands = _signature(plain)
        known = not self._bands.isdisjoint(bands)
        if add:
            self._bands.update(bands)
        return known

    def sound(self, samples: NDArray[np.int16], *, add: bool = True) -> bool:
        """Whether the very same samples (int16) were heard before."""
        key = hash((len(samples), zlib.crc32(samples.tobytes()), zlib.adler32(samples.tobytes())))
        known = key in self._sounds
        if add:
            self._sounds.add(key)
        return known


def _signature(plain: str) -> list[int]:
    shingles = {plain[at : at + SHINGLE] for at in range(max(1, len(plain) - SHINGLE + 1))}
    hashes = np.array([zlib.crc32(shingle.encode()) % PRIME for shingle in shingles], dtype=np.int64)
    least = ((hashes[:, None] * _A + _B) % PRIME).min(0).reshape(BANDS, ROWS)
    return [hash((band, *values)) for band, values in enumerate(least.tolist())]
