"""Hits by words and windows by meaning, to one list: reciprocal rank fusion (Cormack et al. 2009)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from meetbot.library.meaning import WINDOW
from meetbot.library.values import Hit, Near

RANK = 60  # how slowly a rank loses weight
NEAR = 0.35  # similarity below which a window is about something else; see docs/library.md
# A meeting's utterances were inserted in one go: their numbers follow each other.
_TURNS = (
    "SELECT meeting, title, date, turn, speaker, start, text FROM utterances JOIN meetings ON meetings.id = meeting "
    "WHERE utterances.id BETWEEN (SELECT min(id) FROM utterances WHERE meeting = :meeting) + :first "
    "AND (SELECT min(id) FROM utterances WHERE meeting = :meeting) + :last AND meeting = :meeting"
)


def fused(
    connection: sqlite3.Connection, words: Sequence[Hit], near: Sequence[Near], *, limit: int, speaker: str | None
) -> tuple[Hit, ...]:
    """The best `limit` of both, best first. A window is shown by one of its turns, said by `speaker` if given."""
    hits = {(hit.meeting, hit.turn): hit for hit in words}
    scores = {key: 1 / (RANK + rank) for rank, key in enumerate(hits, 1)}
    seen: set[tuple[str, str]] = set()
    for rank, window in enumerate((one for one in near if one.similarity >= NEAR), 1):
        hit = _shown(connection, window, hits, speaker)
        key = hit and (hit.meeting, hit.turn)
        if hit and key and key not in seen:
            seen.add(key)
            hits.setdefault(key, hit)
            scores[key] = scores.get(key, 0.0) + 1 / (RANK + rank)
    return tuple(hits[key] for key in sorted(scores, key=lambda key: -scores[key])[:limit])


def _shown(
    connection: sqlite3.Connection, window: Near, hits: Mapping[tuple[str, str], Hit], speaker: str | None
) -> Hit | None:
    """The turn that stands for `window`: one that was found by its words, else the one that says most."""
    last = window.position + WINDOW - 1
    rows = connection.execute(_TURNS, {"meeting": window.meeting, "first": window.position, "last": last})
    turns = [
        Hit(meeting, title, date, turn, who, start, text, ()) for meeting, title, date, turn, who, start, text in rows
    ]
    wanted = [one for one in turns if not speaker or speaker.casefold() in one.speaker.casefold()]
    known = next((one for one in wanted if (one.meeting, one.turn) in hits), None)
    return known or max(wanted, key=lambda one: len(one.text), default=None)
