"""Meetings by what a user calls them."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from meetbot.errors import MeetingNotFound
from meetbot.library.values import Entry

_COLUMNS = (
    "id, title, date, language, duration, speakers, "
    "(SELECT json_group_array(tag) FROM tags WHERE meeting = meetings.id), "
    "source, sha256, added, notes IS NOT NULL, corrected"
)
_SHOWN = 5  # candidates in a hint


def entry(connection: sqlite3.Connection, meeting: str) -> Entry:
    """The meeting with id `meeting`. Raises MeetingNotFound."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM meetings WHERE id = ?", [meeting]).fetchone()
    if row is None:
        raise MeetingNotFound(
            f"There is no meeting {meeting!r}.", hint="`meetbot list` shows what there is.", kind="none"
        )
    return _entry(row)


def entries(connection: sqlite3.Connection, tag: str | None = None) -> tuple[Entry, ...]:
    """All meetings, or those with `tag`, the latest first."""
    tagged = "WHERE id IN (SELECT meeting FROM tags WHERE tag = ?)" if tag else ""
    order = "ORDER BY date DESC, added DESC, id"
    rows = connection.execute(f"SELECT {_COLUMNS} FROM meetings {tagged} {order}", [tag.casefold()] if tag else [])
    return tuple(_entry(row) for row in rows)


def _entry(row: Sequence[object]) -> Entry:
    number, title, date, language, duration, speakers, tags, source, sha256, added, summarized, corrected = row
    return Entry(
        id=str(number),
        title=str(title),
        date=str(date),
        language=str(language),
        duration=float(str(duration)),
        speakers=tuple(json.loads(str(speakers))),
        tags=tuple(sorted(json.loads(str(tags)))),
        source=str(source),
        sha256=str(sha256),
        added=str(added),
        summarized=bool(summarized),
        corrected=bool(corrected),
    )


def new_id(connection: sqlite3.Connection, sha256: str) -> str:
    """The shortest beginning of `sha256`, of eight digits or more, that is no meeting's id yet."""
    for length in range(8, len(sha256)):
        taken = connection.execute("SELECT 1 FROM meetings WHERE id = ?", [sha256[:length]]).fetchone()
        if not taken:
            return sha256[:length]
    return sha256


def find(connection: sqlite3.Connection, text: str) -> Entry:
    """The meeting that `text` means: its id, its recording, its title, a part of that or of the recording's name.

    In this order; the first of them that one meeting answers to decides.
    """
    text = text.strip()
    known = entries(connection) if text else ()
    for candidates in (
        [one for one in known if one.id == text.lower()],
        _by_recording(known, text),
        [one for one in known if one.title.casefold() == text.casefold()],
        _by_digits(known, text),
        [one for one in known if Path(one.source).name == text],
        [one for one in known if text.casefold() in one.title.casefold()],
        [one for one in known if text.casefold() in Path(one.source).name.casefold()],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise MeetingNotFound(
                f"{len(candidates)} meetings answer to {text!r}.", hint=_choose(candidates), kind="ambiguous"
            )
    if _is_file(text):
        hint = f"`meetbot summarize {text}` puts it there."
        raise MeetingNotFound(f"{text} is not in the library.", hint=hint, kind="none")
    raise MeetingNotFound(f"No meeting answers to {text!r}.", hint="`meetbot list` shows what there is.", kind="none")


def _by_digits(known: Sequence[Entry], text: str) -> list[Entry]:
    digits = text.lower()
    return [one for one in known if one.id.startswith(digits)] if re.fullmatch("[0-9a-f]{4,64}", digits) else []


def _by_recording(known: Sequence[Entry], text: str) -> list[Entry]:
    if not known or not _is_file(text):
        return []
    with Path(text).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return [one for one in known if one.sha256 == digest]


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a title may be longer than a file name can be
        return False


def _choose(candidates: Sequence[Entry]) -> str:
    shown = ", ".join(f"{one.id} ({one.title}, {one.date})" for one in candidates[:_SHOWN])
    return f"Give an id: {shown}{' …' if len(candidates) > _SHOWN else ''}"
