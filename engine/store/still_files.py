"""Looking at a store without a trace: with ``--readonly``, and where the disk can only be read.

A reader of SQLite's log makes files beside the store, or cannot read at all where none can be made. A store that nobody
has open is whole in its file and read as it stands there.
"""

import contextlib
import os
import sqlite3
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import NullPool
from sqlmodel import create_engine

from engine.boundary.sqlite_files import at_rest, private_copy


def is_unwritable(store: Path) -> bool:
    """Whether nobody can write beside a store: a read-only disk, or somebody else's folder."""
    return not os.access(store.parent, os.W_OK)


@lru_cache(maxsize=8)
def still_engine(store: Path, pid: int) -> Engine:  # noqa: ARG001 - a forked process must not share handles
    """An engine whose every connection sees the store as it is then, and changes nothing on the disk.

    Connections are not kept: one of a store at rest would not see what somebody writes later.
    """
    engine = create_engine("sqlite://", creator=lambda: _connect(store), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _connect(store: Path) -> sqlite3.Connection:
    if at_rest(store):
        return _prepared(_open(store, "mode=ro&immutable=1"))
    if Path(f"{store}-shm").exists():  # in use: what SQLite needs beside it is there
        with contextlib.suppress(sqlite3.OperationalError):
            handle = _open(store, "mode=ro")
            handle.execute("SELECT 1 FROM sqlite_master").fetchone()
            return _prepared(handle)
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    with private_copy(store) as copy, closing(sqlite3.connect(copy)) as source:
        source.backup(memory)
    return _prepared(memory)


def _open(store: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{store.absolute().as_uri()}?{how}", uri=True, timeout=30, check_same_thread=False)


def _prepared(handle: sqlite3.Connection) -> sqlite3.Connection:
    handle.isolation_level = None  # transactions are begun by the engine
    handle.execute("PRAGMA query_only = ON")
    return handle
