"""Every meeting ever processed, in one file on this machine: kept, found, searched, corrected, really deleted.

    with Library.open() as library:
        entry = library.add(transcript, notes, source=path)
        hits = library.search("release date")

Transcripts and notes go in and come out as domain values; questions are answered with the frozen values of
`values`. One Library is one connection: each process, and each thread, opens its own.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from meetbot import codec, paths
from meetbot.domain import Notes, Transcript
from meetbot.errors import UsageError
from meetbot.library import actions, database, finding, fusing, searching
from meetbot.library.meaning import Meaning, Meant
from meetbot.library.values import Action, Entry, Hit, Kept, Near

__all__ = ["Action", "Entry", "Hit", "Kept", "Library", "Meant", "Near"]


@dataclass(frozen=True)
class Library:
    """The library behind one connection; a context manager. See the module's text for an example."""

    connection: sqlite3.Connection

    @classmethod
    def open(cls, path: Path | None = None) -> Self:
        """The library at `path`, or the user's own; made if there is none.

        Raises UsageError if the file is something else or a newer meetbot's.
        """
        return cls(database.connect(path or paths.data() / "library.sqlite"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    # --------------------------------------------------------------------------------- keeping

    def add(
        self,
        transcript: Transcript,
        notes: Notes | None = None,
        *,
        title: str | None = None,
        date: str | None = None,
        source: str | Path | None = None,
        replace_corrected: bool = False,
    ) -> Entry:
        """Keep a meeting, or bring the one of the same recording up to date.

        What the user did stays: a title they gave, tags, tasks ticked off, and a transcript they corrected (then
        `transcript` is not taken, unless `replace_corrected`). None leaves notes, title and date as they are.
        """
        sha256 = transcript.audio.sha256
        with database.writing(self.connection):
            row = self.connection.execute("SELECT id FROM meetings WHERE sha256 = ?", [sha256]).fetchone()
            known = finding.entry(self.connection, row[0]) if row else None
            number = known.id if known else finding.new_id(self.connection, sha256)
            if not known:
                self._insert(number, transcript)
            elif not known.corrected or replace_corrected:
                self._put_transcript(number, transcript, corrected=False)
            where = paths.shown(source) if source else known.source if known else ""
            self._describe(number, notes, title, date, where)
            if notes:
                self._put_notes(number, notes)
            return finding.entry(self.connection, number)

    def correct(self, meeting: str, transcript: Transcript, notes: Notes | None = None) -> Entry:
        """Put a corrected transcript, and notes made from it, in the place of meeting `meeting`'s.

        Its vectors are dropped: they are of the old words.
        """
        with database.writing(self.connection):
            finding.entry(self.connection, meeting)
            self._put_transcript(meeting, transcript, corrected=True)
            if notes:
                self._put_notes(meeting, notes)
            return finding.entry(self.connection, meeting)

    def _insert(self, number: str, transcript: Transcript) -> None:
        name = Path(transcript.audio.name).stem
        self.connection.execute(
            "INSERT INTO meetings (id, sha256, title, date, language, duration, speakers, source, added, transcript)"
            " VALUES (?, ?, ?, ?, '', 0, '[]', '', ?, x'')",
            [number, transcript.audio.sha256, name, _now()[:10], _now()],
        )
        self._put_transcript(number, transcript, corrected=False)

    def _describe(self, number: str, notes: Notes | None, title: str | None, date: str | None, source: str) -> None:
        title, date = title or (notes.title if notes else None), date or (notes.date if notes else None)
        if title:
            self.connection.execute("UPDATE meetings SET title = ? WHERE id = ? AND NOT titled", [title, number])
        if date:
            self.connection.execute("UPDATE meetings SET date = ? WHERE id = ?", [date, number])
        self.connection.execute("UPDATE meetings SET source = ? WHERE id = ?", [source, number])

    def _put_transcript(self, number: str, transcript: Transcript, *, corrected: bool) -> None:
        searching.unindex(self.connection, number)
        for table in ("vectors", "signs"):
            self.connection.execute(f"DELETE FROM {table} WHERE meeting = ?", [number])
        self.connection.execute(
            "UPDATE meetings SET transcript = ?, language = ?, duration = ?, speakers = ?, corrected = ? WHERE id = ?",
            [
                _packed(transcript),
                transcript.language,
                transcript.audio.duration,
                json.dumps([speaker.label for speaker in transcript.speakers], ensure_ascii=False),
                corrected,
                number,
            ],
        )
        searching.index(self.connection, number, transcript)

    def _put_notes(self, number: str, notes: Notes) -> None:
        self.connection.execute("UPDATE meetings SET notes = ? WHERE id = ?", [_packed(notes), number])
        actions.put(self.connection, number, notes)

    # --------------------------------------------------------------------------------- finding

    def entries(self, tag: str | None = None) -> tuple[Entry, ...]:
        """All meetings, or those with `tag`, the latest first."""
        return finding.entries(self.connection, tag)

    def find(self, text: str) -> Entry:
        """The meeting `text` means: its id or four or more digits of it, its recording, or a part of either's name.

        Raises MeetingNotFound, with the candidates in the hint, when none or several answer to it.
        """
        return finding.find(self.connection, text)

    def of_recording(self, sha256: str) -> Entry | None:
        """The meeting made from the recording with that hash, or None."""
        row = self.connection.execute("SELECT id FROM meetings WHERE sha256 = ?", [sha256]).fetchone()
        return finding.entry(self.connection, row[0]) if row else None

    def load(self, meeting: str) -> Kept:
        """Transcript and notes of the meeting with id `meeting`. Raises MeetingNotFound."""
        entry = finding.entry(self.connection, meeting)
        packed = "SELECT transcript, notes FROM meetings WHERE id = ?"
        transcript, notes = self.connection.execute(packed, [entry.id]).fetchone()
        return Kept(
            entry,
            codec.from_json(Transcript, zlib.decompress(transcript)),
            replace(codec.from_json(Notes, zlib.decompress(notes)), title=entry.title) if notes else None,
            actions.done(self.connection, entry.id),
        )

    def search(
        self,
        query: str,
        *,
        limit: int = 20,
        meeting: str | None = None,
        speaker: str | None = None,
        tag: str | None = None,
        meant: Meant | None = None,
    ) -> tuple[Hit, ...]:
        """Utterances in which every word of `query` occurs, the best first; if there are none, any of its words.

        "A phrase" in quotes must occur as such, word* stands for its continuations. Inflections of English and
        accents do not matter; a speaker's name counts as a word of what they said. With `meant`, the meaning of
        `query`, what is near to that is found as well, and both orders are fused; not for phrases and beginnings,
        which ask for words.
        """
        found = searching.search(self.connection, query, limit=limit, meeting=meeting, speaker=speaker, tag=tag)
        if meant is None or '"' in query or "*" in query:
            return found
        allowed = None
        if meeting or tag:
            allowed = {meeting} if meeting else {entry.id for entry in self.entries(tag)}
        near = self.meaning.near(meant.vector, meant.model, limit=limit, meetings=allowed)
        return fusing.fused(self.connection, found, near, limit=limit, speaker=speaker)

    # -------------------------------------------------------------------------------- arranging

    def rename(self, meeting: str, title: str) -> Entry:
        """Give a meeting a title, which later runs keep."""
        title = " ".join(title.split())
        if not title:
            raise UsageError("A meeting needs a title.")
        return self._change(meeting, "UPDATE meetings SET title = ?, titled = 1 WHERE id = ?", [(title, meeting)])

    def tag(self, meeting: str, tags: Iterable[str]) -> Entry:
        """Add `tags` (compared without regard to case) to a meeting."""
        rows = [(meeting, _tag(tag)) for tag in tags]
        return self._change(meeting, "INSERT OR IGNORE INTO tags VALUES (?, ?)", rows)

    def untag(self, meeting: str, tags: Iterable[str]) -> Entry:
        """Take `tags` from a meeting; one it does not have is no error."""
        return self._change(
            meeting, "DELETE FROM tags WHERE meeting = ? AND tag = ?", [(meeting, _tag(t)) for t in tags]
        )

    def _change(self, meeting: str, statement: str, rows: Sequence[tuple[str, str]]) -> Entry:
        with database.writing(self.connection):
            finding.entry(self.connection, meeting)
            self.connection.executemany(statement, rows)
            return finding.entry(self.connection, meeting)

    def delete(self, meeting: str) -> Entry:
        """Remove a meeting from the file for good. What lies elsewhere under its recording's hash is the caller's.

        Rows, word index and journal are overwritten, which rewrites the file: seconds, for a large library.
        """
        with database.writing(self.connection):
            entry = finding.entry(self.connection, meeting)
            searching.unindex(self.connection, entry.id)
            self.connection.execute("DELETE FROM meetings WHERE id = ?", [entry.id])
        database.scrub(self.connection)
        return entry

    # ------------------------------------------------------------------ tasks, words, meanings

    def actions(
        self, *, owner: str | None = None, done: bool | None = False, meeting: str | None = None
    ) -> tuple[Action, ...]:
        """Tasks of all meetings, the first due first: open ones, `done` ones, or with None both.

        `owner` is a part of a name, whatever its case.
        """
        return actions.listed(self.connection, owner=owner, done=done, meeting=meeting)

    def tick(self, action: int, done: bool = True) -> Action:
        """Tick a task off, or take that back. Raises UsageError if there is no such task."""
        with database.writing(self.connection):
            return actions.tick(self.connection, action, _now() if done else None)

    def vocabulary(self) -> tuple[str, ...]:
        """The names and jargon to listen for, in alphabetical order."""
        rows = self.connection.execute("SELECT term FROM vocabulary")
        return tuple(sorted((term for (term,) in rows), key=str.casefold))

    def learn(self, terms: Iterable[str]) -> None:
        """Add names or jargon to the vocabulary."""
        rows = [(" ".join(term.split()), _now()) for term in terms if term.strip()]
        with database.writing(self.connection):
            self.connection.executemany("INSERT OR IGNORE INTO vocabulary VALUES (?, ?)", rows)

    def unlearn(self, terms: Iterable[str]) -> None:
        """Remove terms from the vocabulary. Raises UsageError for one that is not in it, removing none."""
        with database.writing(self.connection):
            for term in terms:
                if not self.connection.execute("DELETE FROM vocabulary WHERE term = ?", [term]).rowcount:
                    hint = "`meetbot vocabulary list` shows what is."
                    raise UsageError(f"{term!r} is not in the vocabulary.", hint=hint)

    @property
    def meaning(self) -> Meaning:
        """Search by meaning, with whatever embedding model the caller has."""
        return Meaning(self.connection)


def _packed(value: Transcript | Notes) -> bytes:
    return zlib.compress(codec.to_json(value).encode(), 6)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _tag(tag: str) -> str:
    name = "-".join(tag.casefold().lstrip("#").split())
    if not name:
        raise UsageError("A tag needs a name.")
    return name
