"""Names of threads, sprints, trials and hyperparameters for the completion of a command line: fast, and never an error.

A store in a file is read by SQLite itself, without the mapping of `engine.store.tables`; a shared one by SQLAlchemy.
"""

import json
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from engine.boundary.sqlite_files import at_rest
from engine.store.workspace import Workspace

PATIENCE = 0.5
"""Seconds to wait for a lock: whoever presses Tab waits for no writer."""


@dataclass(frozen=True, slots=True)
class SprintName:
    """What names a sprint.

    Attributes:
        id: Its id.
        thread: Name of its thread.
        short: Suffix and version, ``1E_v1``.
        label: The whole label.
        state: The state's word.
        space_id: Row of its search space.
    """

    id: int
    thread: str
    short: str
    label: str
    state: str
    space_id: int


def thread_names(ws: Workspace) -> list[tuple[str, str]]:
    """Threads that are not archived with the number of their sprints, latest first."""
    rows = _rows(
        ws,
        "SELECT thread.name, COUNT(sprint.id) FROM thread LEFT JOIN sprint ON sprint.thread_id = thread.id "
        "WHERE NOT thread.archived GROUP BY thread.id, thread.name ORDER BY thread.id DESC",
    )
    return [(name, f"{count} sprint{'' if count == 1 else 's'}") for name, count in rows]


def sprint_names(ws: Workspace) -> list[SprintName]:
    """All sprints, latest first."""
    rows = _rows(
        ws,
        "SELECT sprint.id, thread.name, sprint.suffix, sprint.version, sprint.label, sprint.state, sprint.space_id "
        "FROM sprint JOIN thread ON thread.id = sprint.thread_id ORDER BY sprint.id DESC",
    )
    return [SprintName(key, thread, f"{suffix}_v{version}", *rest) for key, thread, suffix, version, *rest in rows]


def sprint_called(ws: Workspace, ref: str) -> SprintName | None:
    """The sprint of an id, a label, a short label or ``thread/short label``; None unless it is exactly one."""
    named = [
        sprint
        for sprint in sprint_names(ws)
        if ref in (str(sprint.id), sprint.label, sprint.short, f"{sprint.thread}/{sprint.short}")
    ]
    return named[0] if len(named) == 1 else None


def trial_numbers(ws: Workspace, sprint: SprintName) -> list[tuple[int, str]]:
    """Numbers of a sprint's trials with their states."""
    rows = _rows(ws, f"SELECT number, state FROM trial WHERE sprint_id = {int(sprint.id)} ORDER BY number")
    return [(number, state) for number, state in rows]


def hyperparameters(ws: Workspace, thread: str) -> list[str]:
    """Hyperparameters of a thread's working space."""
    for name, dimensions in _rows(
        ws, "SELECT thread.name, space.dimensions FROM thread JOIN space ON space.id = thread.head_space_id"
    ):
        if name == thread:
            return _names(dimensions)
    return []


def sampled(ws: Workspace, sprint: SprintName) -> list[str]:
    """Hyperparameters of a sprint's space."""
    rows = _rows(ws, f"SELECT dimensions FROM space WHERE id = {int(sprint.space_id)}")
    return _names(rows[0][0]) if rows else []


def _names(space: Any) -> list[str]:
    return list(json.loads(space) if isinstance(space, str) else space)


def _rows(ws: Workspace, statement: str) -> list[Any]:
    """Rows of a query; none where the store is absent, busy, of another version or out of reach."""
    with suppress(Exception):
        if ws.store_path is None:
            return _shared_rows(ws, statement)
        how = "mode=ro&immutable=1" if at_rest(ws.store_path) else "mode=ro"
        address = f"{ws.store_path.resolve().as_uri()}?{how}"
        with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE)) as connection:
            return connection.execute(statement).fetchall()
    return []


def _shared_rows(ws: Workspace, statement: str) -> list[Any]:
    from sqlalchemy import text

    from engine.store.database import reading

    with reading(ws) as session:
        return [tuple(row) for row in session.connection().execute(text(statement)).all()]
