"""The word index: what goes in, what comes out, what a search finds."""

from __future__ import annotations

import sqlite3

from meetbot.domain import Transcript
from meetbot.library import words
from meetbot.library.values import Hit

_INDEX = "INSERT INTO spoken (rowid, text, speaker) VALUES (?, ?, ?)"
_UNINDEX = "INSERT INTO spoken (spoken, rowid, text, speaker) VALUES ('delete', ?, ?, ?)"
_FOUND = (
    "SELECT meeting, title, date, turn, speaker, start, text FROM utterances "
    "JOIN meetings ON meetings.id = meeting WHERE utterances.id = ?"
)
# Ranking costs a microsecond an utterance, and of a word that occurs more often than this no rank means much: only
# the utterances kept last are ranked.
_RANKED = 5_000


def index(connection: sqlite3.Connection, meeting: str, transcript: Transcript) -> None:
    """Make the utterances of `transcript` findable."""
    for said in transcript.utterances:
        label = transcript.label(said.speaker)
        row = connection.execute(
            "INSERT INTO utterances (meeting, turn, speaker, start, text) VALUES (?, ?, ?, ?, ?)",
            [meeting, said.id, label, said.start, said.text],
        )
        connection.execute(_INDEX, [row.lastrowid, words.segment(said.text)[0], words.segment(label)[0]])


def unindex(connection: sqlite3.Connection, meeting: str) -> None:
    """Forget all utterances of `meeting`. The index holds no texts: it must be told what it is to forget."""
    rows = connection.execute("SELECT id, text, speaker FROM utterances WHERE meeting = ?", [meeting]).fetchall()
    connection.executemany(
        _UNINDEX, [(number, words.segment(text)[0], words.segment(label)[0]) for number, text, label in rows]
    )
    connection.execute("DELETE FROM utterances WHERE meeting = ?", [meeting])


def search(
    connection: sqlite3.Connection,
    query: str,
    *,
    limit: int,
    meeting: str | None,
    speaker: str | None,
    tag: str | None,
) -> tuple[Hit, ...]:
    """The best `limit` utterances for `query`; see Library.search."""
    for match in (words.expression(query), words.either(query)):
        hits = _matching(connection, match, limit, meeting=meeting, speaker=speaker, tag=tag) if match else ()
        if hits:
            return hits
    return ()


def _matching(
    connection: sqlite3.Connection, match: str, limit: int, *, meeting: str | None, speaker: str | None, tag: str | None
) -> tuple[Hit, ...]:
    by = words.expression(f'"{speaker}"') if speaker else ""
    wanted, values = ["spoken MATCH ?"], [f"({match}) AND speaker : {by}" if by else match]
    if meeting:
        # A meeting's utterances were inserted in one go: their numbers follow each other.
        own = "(SELECT {}(id) FROM utterances WHERE meeting = ?)"
        wanted.append(f"spoken.rowid BETWEEN {own.format('min')} AND {own.format('max')}")
        values += [meeting, meeting]
    if tag:
        wanted.append("utterances.meeting IN (SELECT meeting FROM tags WHERE tag = ?)")
        values.append(tag.casefold())
    tables = "spoken JOIN utterances ON utterances.id = spoken.rowid" if tag else "spoken"
    where = " AND ".join(wanted)
    many = connection.execute(
        f"SELECT spoken.rowid FROM {tables} WHERE {where} ORDER BY spoken.rowid DESC LIMIT 1 OFFSET {_RANKED}", values
    ).fetchone()
    if many:
        where += f" AND spoken.rowid > {many[0]:d}"
    best = connection.execute(
        f"SELECT spoken.rowid FROM {tables} WHERE {where} ORDER BY spoken.rank LIMIT {limit:d}", values
    ).fetchall()
    rows = [connection.execute(_FOUND, number).fetchone() for number in best]
    marks = words.highlights([row[-1] for row in rows], match)
    return tuple(
        Hit(number, title, date, turn, speaker, start, text, found)
        for (number, title, date, turn, speaker, start, text), found in zip(rows, marks, strict=True)
    )
