"""The library's file: one SQLite database in WAL mode, private, versioned, safe with several processes at once.

A write is one immediate transaction: it is there whole or not at all, whatever is killed or loses power
(`synchronous=FULL`). What is deleted is overwritten with zeros (`secure_delete`). Concession: like every SQLite
database in WAL mode it must lie on a local disk, not on a network share.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from meetbot import paths
from meetbot.errors import MeetbotError, UsageError

_PATIENCE = 30.0  # seconds to wait for another process's write

# One script a version, each statement ending a line. A script that has been released is never edited, only
# followed by another.
MIGRATIONS: Sequence[str] = (
    """
    CREATE TABLE meetings (
        id         TEXT PRIMARY KEY,             -- the first hex digits of sha256
        sha256     TEXT NOT NULL UNIQUE,         -- of the recording
        title      TEXT NOT NULL,
        titled     INTEGER NOT NULL DEFAULT 0,   -- 1: the user chose the title; a new run must not change it
        date       TEXT NOT NULL,                -- ISO 8601
        language   TEXT NOT NULL,
        duration   REAL NOT NULL,                -- seconds
        speakers   TEXT NOT NULL,                -- JSON list of labels
        source     TEXT NOT NULL,                -- path of the recording when it was processed
        added      TEXT NOT NULL,
        corrected  INTEGER NOT NULL DEFAULT 0,   -- 1: the user corrected the transcript; likewise
        transcript BLOB NOT NULL,                -- JSON, zlib
        notes      BLOB                          -- JSON, zlib
    );
    CREATE TABLE tags (
        meeting TEXT NOT NULL REFERENCES meetings ON DELETE CASCADE,
        tag     TEXT NOT NULL,
        PRIMARY KEY (meeting, tag)
    ) WITHOUT ROWID;
    CREATE TABLE utterances (
        id      INTEGER PRIMARY KEY,
        meeting TEXT NOT NULL REFERENCES meetings ON DELETE CASCADE,
        turn    TEXT NOT NULL,
        speaker TEXT NOT NULL,                   -- the label
        start   REAL NOT NULL,
        text    TEXT NOT NULL
    );
    CREATE INDEX utterances_of ON utterances (meeting);
    -- Only the index of words; the text is in `utterances`, and is segmented before it comes here.
    CREATE VIRTUAL TABLE spoken USING fts5 (
        text, speaker, content='', prefix='2 3', tokenize='porter unicode61 remove_diacritics 2'
    );
    CREATE TABLE actions (
        id       INTEGER PRIMARY KEY AUTOINCREMENT,
        meeting  TEXT NOT NULL REFERENCES meetings ON DELETE CASCADE,
        position INTEGER NOT NULL,               -- in the notes' list
        task     TEXT NOT NULL,
        owner    TEXT,
        due      TEXT,
        due_date TEXT,
        start    REAL NOT NULL,
        done     TEXT                            -- when it was ticked off
    );
    CREATE INDEX actions_of ON actions (meeting);
    CREATE TABLE vectors (
        meeting TEXT NOT NULL REFERENCES meetings ON DELETE CASCADE,
        model   TEXT NOT NULL,
        size    INTEGER NOT NULL,                -- numbers in a vector
        windows TEXT NOT NULL,                   -- JSON list of [first turn, last turn]
        matrix  BLOB NOT NULL,                   -- float16, (windows, size), rows of unit length
        PRIMARY KEY (meeting, model)
    );
    CREATE TABLE vocabulary (
        term  TEXT PRIMARY KEY,
        added TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    -- The signs of the numbers in `vectors.matrix`, a bit each: what a search looks at first.
    CREATE TABLE signs (
        meeting TEXT NOT NULL REFERENCES meetings ON DELETE CASCADE,
        model   TEXT NOT NULL,
        bits    BLOB NOT NULL,                   -- (windows, size / 8), np.packbits
        PRIMARY KEY (meeting, model)
    );
    DELETE FROM vectors;                         -- made without signs
    """,
)


def connect(path: Path) -> sqlite3.Connection:
    """The database at `path`, made or brought up to date. Raises UsageError if a newer meetbot wrote it."""
    try:
        paths.private_folder(path.parent)
        # SQLite gives its journals the mode of the database: make that before SQLite makes it readable to others.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UsageError(f"The library {path} cannot be opened: {error.strerror}.", kind="library") from error
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        with _explained():
            for setting in ("foreign_keys = ON", "secure_delete = ON", "journal_mode = WAL", "synchronous = FULL"):
                connection.execute(f"PRAGMA {setting}")
            migrate(connection, MIGRATIONS)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise UsageError(f"{path} is no library of meetbot: {error}.", hint="Move it away and try again.") from error
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    """Run the scripts this database has not seen, each with its version number in one transaction."""
    if _version(connection) == len(migrations):
        return
    with writing(connection):
        version = _version(connection)  # another process may have been quicker
        if version > len(migrations):
            message = f"The library is of version {version}; this meetbot knows up to {len(migrations)}."
            raise UsageError(message, hint="Update meetbot.")
        for number, script in enumerate(migrations[version:], start=version + 1):
            # Not executescript: it would commit first.
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextlib.contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that holds the write lock from its first moment, so that it can never fail half way."""
    with _explained():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled back already
                connection.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """What SQLite refuses, as an error a user can act on."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            hint = "Try again in a moment."
            raise MeetbotError("Another meetbot is writing to the library.", hint=hint, kind="busy") from error
        if "full" in str(error) or "readonly" in str(error) or "disk I/O" in str(error):
            raise MeetbotError(f"The library cannot be written: {error}.", hint="Nothing was changed.") from error
        raise


def scrub(connection: sqlite3.Connection) -> None:
    """Leave no trace of deleted rows: not in the word index, not in free pages, not in the journal."""
    with writing(connection):
        connection.execute("INSERT INTO spoken (spoken) VALUES ('optimize')")
    with _explained():
        connection.execute("VACUUM")
        (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        message = "It is deleted, but another meetbot still reads the library: traces stay in its journal."
        raise MeetbotError(message, hint="They go when that program ends.", kind="busy")
