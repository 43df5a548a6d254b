"""Tasks across meetings. Notes that are made again keep what was ticked off, and the numbers of the tasks."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from meetbot.domain import Notes
from meetbot.errors import UsageError
from meetbot.library.values import Action

_SELECT = (
    "SELECT actions.id, meeting, title, date, task, owner, due, due_date, start, done "
    "FROM actions JOIN meetings ON meetings.id = meeting"
)


def put(connection: sqlite3.Connection, meeting: str, notes: Notes) -> None:
    """Make the tasks of `notes` those of `meeting`. A task of the same words keeps its number and its tick."""
    rows = connection.execute("SELECT id, task, done FROM actions WHERE meeting = ? ORDER BY position", [meeting])
    before: dict[str, list[tuple[int, str | None]]] = {}
    for number, task, done in rows.fetchall():
        before.setdefault(_same(task), []).append((number, done))
    connection.execute("DELETE FROM actions WHERE meeting = ?", [meeting])
    labels = {speaker.id: speaker.name or speaker.id for speaker in notes.speakers}
    for position, item in enumerate(notes.action_items):
        number, done = next(iter(before.get(_same(item.task), [])), (None, None))
        if number is not None:
            before[_same(item.task)].pop(0)
        owner = item.owner_name or (labels.get(item.owner, item.owner) if item.owner else None)
        connection.execute(
            "INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [number, meeting, position, item.task, owner, item.due, item.due_date, item.start, done],
        )


def _same(task: str) -> str:
    return "".join(char for char in task.casefold() if char.isalnum())


def done(connection: sqlite3.Connection, meeting: str) -> frozenset[int]:
    """Which of the meeting's action items, counted from 0, are ticked off."""
    rows = connection.execute("SELECT position FROM actions WHERE meeting = ? AND done IS NOT NULL", [meeting])
    return frozenset(position for (position,) in rows)


def listed(
    connection: sqlite3.Connection, *, owner: str | None, done: bool | None, meeting: str | None
) -> tuple[Action, ...]:
    """Tasks, the first due first, those without a date last."""
    wanted, values = ["1"], []
    if done is not None:
        wanted.append("done IS NOT NULL" if done else "done IS NULL")
    if meeting:
        wanted.append("meeting = ?")
        values.append(meeting)
    order = "ORDER BY due_date IS NULL, due_date, date, meeting, position"
    rows = connection.execute(f"{_SELECT} WHERE {' AND '.join(wanted)} {order}", values)
    found = (_action(row) for row in rows)
    # SQLite folds the case of ASCII letters only.
    return tuple(one for one in found if not owner or owner.casefold() in (one.owner or "").casefold())


def tick(connection: sqlite3.Connection, action: int, when: str | None) -> Action:
    """Set or clear when task `action` was done. Raises UsageError if there is none."""
    connection.execute("UPDATE actions SET done = ? WHERE id = ?", [when, action])
    row = connection.execute(f"{_SELECT} WHERE actions.id = ?", [action]).fetchone()
    if row is None:
        raise UsageError(f"There is no task {action}.", hint="`meetbot actions` lists them with their numbers.")
    return _action(row)


def _action(row: Sequence[object]) -> Action:
    number, meeting, title, date, task, owner, due, due_date, start, ticked = row
    return Action(
        id=int(str(number)),
        meeting=str(meeting),
        title=str(title),
        date=str(date),
        task=str(task),
        owner=None if owner is None else str(owner),
        due=None if due is None else str(due),
        due_date=None if due_date is None else str(due_date),
        start=float(str(start)),
        done=None if ticked is None else str(ticked),
    )
