"""Search by meaning: windows of turns as vectors, half precision, one matrix a meeting.

The embedding model is the caller's: any function from texts to rows of unit length. A meeting's matrix belongs to
the name of the model that made it; another model has its own. A thousand one-hour meetings are some 200,000 windows,
150 MB of vectors: a search compares the signs of their numbers first (a bit each; Charikar 2002), which is 10 MB, and
computes the similarity of the few hundred windows that agree most.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meetbot import codec
from meetbot.domain import Transcript
from meetbot.library import database
from meetbot.library.values import Near

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]  # n texts -> (n, size), rows of unit length

WINDOW, STRIDE = 6, 4  # turns
CANDIDATES = 200  # windows whose similarity is computed; see docs/library.md for what is missed


@dataclass(frozen=True, slots=True)
class Meant:
    """What a query means: its vector (size,) of unit length, by the model of that name."""

    model: str
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive turns as one text with the speakers' names."""

    first: str
    last: str
    text: str


def windows(transcript: Transcript) -> tuple[Window, ...]:
    """Windows of WINDOW turns, each STRIDE after the one before; the last reaches the end."""
    said = transcript.utterances
    starts = range(0, max(1, len(said) - WINDOW + STRIDE), STRIDE) if said else range(0)
    groups = [said[start : start + WINDOW] for start in starts]
    return tuple(
        Window(group[0].id, group[-1].id, "\n".join(f"{transcript.label(one.speaker)}: {one.text}" for one in group))
        for group in groups
    )


@dataclass(frozen=True)
class Meaning:
    """The vectors of a library."""

    connection: sqlite3.Connection

    def missing(self, model: str) -> tuple[str, ...]:
        """Ids of the meetings that `model` has not embedded yet."""
        rows = self.connection.execute(
            "SELECT id FROM meetings WHERE id NOT IN (SELECT meeting FROM vectors WHERE model = ?) ORDER BY id", [model]
        )
        return tuple(number for (number,) in rows)

    def index(self, meeting: str, model: str, embed: Embed) -> None:
        """Embed the windows of one meeting with `embed`, known as `model`, and keep the vectors."""
        import numpy as np

        packed = self.connection.execute("SELECT transcript FROM meetings WHERE id = ?", [meeting]).fetchone()
        found = windows(codec.from_json(Transcript, zlib.decompress(packed[0])))
        matrix = embed([window.text for window in found]) if found else np.zeros((0, 1), np.float32)
        spans = json.dumps([[window.first, window.last] for window in found])
        values = [meeting, model, matrix.shape[1], spans, matrix.astype(np.float16).tobytes()]
        with database.writing(self.connection):
            # Somebody may have corrected or deleted the meeting while it was being embedded.
            now = self.connection.execute("SELECT transcript FROM meetings WHERE id = ?", [meeting]).fetchone()
            if now == packed:
                self.connection.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?, ?)", values)
                signs = [meeting, model, np.packbits(matrix > 0, axis=1).tobytes()]
                self.connection.execute("INSERT OR REPLACE INTO signs VALUES (?, ?, ?)", signs)

    def near(
        self, vector: NDArray[np.float32], model: str, limit: int = 20, meetings: Collection[str] | None = None
    ) -> tuple[Near, ...]:
        """The `limit` windows nearest to `vector` (size,), the nearest first, of all meetings `model` embedded.

        `meetings`, if given, are the only ones searched.
        """
        import numpy as np

        chosen: list[str] = []
        lengths: list[int] = []
        signs = bytearray()  # grows in place: a list of them to be joined would be copied once more
        for meeting, bits in self.connection.execute("SELECT meeting, bits FROM signs WHERE model = ?", [model]):
            if meetings is None or meeting in meetings:
                chosen.append(meeting)
                lengths.append(len(bits))
                signs += bits
        if not signs:
            return ()
        sizes = np.array(lengths) // _width(len(vector))
        differing = _differing(signs, vector)
        count = min(CANDIDATES, len(differing))
        best = np.sort(np.argpartition(differing, count - 1)[:count])
        ends = np.cumsum(sizes)
        owners = np.searchsorted(ends, best, side="right")
        found: list[tuple[float, str, int]] = []
        for owner in np.unique(owners):
            meeting, numbers = chosen[owner], best[owners == owner] - (ends[owner] - sizes[owner])
            scores = self._similar(meeting, model, vector, numbers)
            found += [(float(score), meeting, int(k)) for score, k in zip(scores, numbers, strict=True)]
        return tuple(self._named(model, sorted(found, key=lambda one: -one[0])[:limit]))

    def _similar(
        self, meeting: str, model: str, vector: NDArray[np.float32], chosen: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """The similarity of `vector` to each of the `chosen` windows of a meeting."""
        import numpy as np

        row = self.connection.execute(
            "SELECT rowid FROM vectors WHERE meeting = ? AND model = ?", [meeting, model]
        ).fetchone()
        size = 2 * len(vector)
        with self.connection.blobopen("vectors", "matrix", row[0], readonly=True) as blob:
            rows = [bytes(blob[int(k) * size : (int(k) + 1) * size]) for k in chosen]
        matrix = np.frombuffer(b"".join(rows), np.float16).reshape(-1, len(vector))
        return np.asarray(matrix.astype(np.float32) @ vector)

    def _named(self, model: str, found: Sequence[tuple[float, str, int]]) -> Iterator[Near]:
        """Windows by their number as windows by their turns."""
        query = "SELECT windows FROM vectors WHERE meeting = ? AND model = ?"
        meetings = dict.fromkeys(meeting for _, meeting, _ in found)
        spans = {one: json.loads(self.connection.execute(query, [one, model]).fetchone()[0]) for one in meetings}
        for similarity, meeting, k in found:
            first, last = spans[meeting][k]
            yield Near(meeting, first, last, k * STRIDE, similarity)


def _width(size: int) -> int:
    """Bytes of the signs of `size` numbers."""
    return (size + 7) // 8


def _differing(bits: bytearray, vector: NDArray[np.float32]) -> NDArray[np.uint16]:
    """(windows,) in how many signs each of the windows of `bits` and `vector` differ."""
    import numpy as np

    width = _width(len(vector))
    word = np.dtype(np.uint64 if width % 8 == 0 else np.uint8)
    rows = np.frombuffer(bits, word).reshape(-1, width // word.itemsize)
    asked = np.packbits(vector > 0).view(word)
    counts = np.zeros(len(rows), np.uint16)
    for column, bit in zip(rows.T, asked, strict=True):  # six long sums are quicker than many of six
        counts += np.bitwise_count(column ^ bit)
    return counts
