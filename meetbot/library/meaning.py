"""Search by meaning: windows of turns as vectors, half precision, one matrix a meeting.

The embedding model is the caller's: any function from texts to rows of unit length. A meeting's matrix belongs to
the name of the model that made it; another model has its own. Similarity is exact (no approximate index): a
thousand one-hour meetings are some 200,000 windows.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Sequence
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

WINDOW, STRIDE = 4, 2  # turns


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

    def near(self, vector: NDArray[np.float32], model: str, limit: int = 20) -> tuple[Near, ...]:
        """The `limit` windows nearest to `vector` (size,), the nearest first, of all meetings `model` embedded."""
        import numpy as np

        found: list[Near] = []
        rows = self.connection.execute("SELECT meeting, size, windows, matrix FROM vectors WHERE model = ?", [model])
        for meeting, size, spans, blob in rows:
            scores = np.frombuffer(blob, np.float16).reshape(-1, size).astype(np.float32) @ vector
            best = np.argsort(-scores)[:limit]
            pairs = json.loads(spans) if len(best) else []
            found.extend(Near(meeting, pairs[k][0], pairs[k][1], float(scores[k])) for k in best)
        return tuple(sorted(found, key=lambda one: -one.similarity)[:limit])
