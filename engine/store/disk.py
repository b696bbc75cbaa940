"""What the disk under a store refuses, in words a person can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from engine.errors import EngineError
from engine.store.workspace import Workspace

REFUSALS = {
    sqlite3.SQLITE_FULL: ("have room on its disk", "the disk is full", "make room and try again"),
    sqlite3.SQLITE_READONLY: ("be a file that can be written", "it can only be read", "see its owner, rights and disk"),
    sqlite3.SQLITE_CANTOPEN: ("be a file that can be opened", "it cannot", "see the rights of its folder"),
    sqlite3.SQLITE_IOERR: ("lie on a disk that works and has room", "it refuses", "make room, see the disk"),
}
"""By SQLite's primary result code: what must hold, what is so, what to do."""


class StoreDiskError(EngineError):
    """The disk does not take or give what the store needs; what was written before is whole."""


@contextmanager
def disk_refusals(ws: Workspace, *, writes: bool = True) -> Iterator[None]:
    """Inside, what SQLite says of its disk becomes a `StoreDiskError`.

    Args:
        ws: Whose store.
        writes: What is inside may write; to who only reads, a write refused is a mistake of the program's own.

    Raises:
        StoreDiskError: Naming the store.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        code = getattr(cause, "sqlite_errorcode", None)
        if code is None or code & 0xFF not in REFUSALS or (code == sqlite3.SQLITE_READONLY and not writes):
            raise
        must, given, hint = REFUSALS[code & 0xFF]
        where = ws.store_path or ws.url
        raise StoreDiskError(
            f"the store must {must}, got {where}: {given}", f"{hint}; what was stored is kept"
        ) from error
