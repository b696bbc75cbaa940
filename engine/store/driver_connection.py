"""Statements for the database driver itself, past SQLAlchemy: for what runs once an epoch or oftener.

A report through SQLAlchemy's session took 1.1 ms of processor time, through the driver 0.2 (2 cores, SQLite 3.40), and
four workers that write at once wait for each other's. One text serves SQLite and PostgreSQL: plain SQL, values named
``:name``.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlmodel import Session

from engine.store.clock import SERVER_AFTER, SQLITE_AFTER


@dataclass(frozen=True, slots=True)
class Raw:
    """A driver's connection inside a transaction that somebody else ends.

    Attributes:
        connection: A `sqlite3.Connection` or psycopg's.
    """

    connection: Any

    def run(self, sql: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run one statement; returns its first row, or None.

        Args:
            sql: Names its values ``:name``; holds no other colon. ``AFTER(:name)`` is the moment so many seconds from
                now by the store's clock. ``FOR UPDATE SKIP LOCKED`` is left out for a file, whose writers are alone.
            values: Native values; datetimes aware; dictionaries become JSON.
        """
        if isinstance(self.connection, sqlite3.Connection):
            cursor = self.connection.execute(
                _for_file(sql), {name: _for_sqlite(value) for name, value in values.items()}
            )
        else:
            cursor = self.connection.execute(_for_server(sql), {name: _json(value) for name, value in values.items()})
        if cursor.description is None:
            return None
        rows = cursor.fetchall()  # all of them: SQLite changes rows while they are read
        return rows[0] if rows else None


def raw(session: Session) -> Raw:
    """The driver's connection under a session, inside the session's transaction."""
    return Raw(session.connection().connection.driver_connection)


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):  # as SQLAlchemy writes them: UTC, without saying so
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return _json(value)


def _json(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


@lru_cache(maxsize=32)
def _for_file(sql: str) -> str:
    return _AFTER.sub(lambda found: SQLITE_AFTER.format(found[1]), sql.replace(" FOR UPDATE SKIP LOCKED", ""))


@lru_cache(maxsize=32)
def _for_server(sql: str) -> str:
    return re.sub(r":([a-z_]+)", r"%(\1)s", _AFTER.sub(lambda found: SERVER_AFTER.format(found[1]), sql))


_AFTER = re.compile(r"AFTER\((:[a-z_]+)\)")
