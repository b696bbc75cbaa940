"""Errors of the store that pass: a lock, a full disk, a server that restarts. They are waited out.

Whatever happens to the store is never the fault of the training that reports to it, so these errors have classes of
their own: a worker waits, a launcher waits, and a person is told in a sentence what must hold.
"""

import errno
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from engine.errors import EngineError
from engine.store.workspace import Workspace

REFUSALS = {
    sqlite3.SQLITE_FULL: ("have room on its disk", "the disk is full", "make room and try again"),
    sqlite3.SQLITE_READONLY: ("be a file that can be written", "it can only be read", "see its owner, rights and disk"),
    sqlite3.SQLITE_CANTOPEN: ("be a file that can be opened", "it cannot", "see the rights of its folder"),
    sqlite3.SQLITE_IOERR: ("lie on a disk that works and has room", "it refuses", "make room, see the disk"),
}
"""By SQLite's primary result code: what must hold, what is so, what to do."""

DISK_ERRORS = {
    errno.ENOSPC: "the disk is full, or out of inodes",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is mounted read-only",
    errno.EIO: "the disk reports an input/output error",
    errno.ENFILE: "the machine has too many files open",
}
"""What an operating system refuses for a time, in words."""

SERVER_CLASSES = ("08", "53", "57", "58")
"""Classes of SQLSTATE that pass: connection, resources (disk, memory, connections), operator intervention, system."""

SERVER_STATES = {
    "25006": "it can only be read",
    "40001": "two transactions collided",
    "40P01": "two transactions waited for each other",
    "53100": "its disk is full",
    "53300": "it has no connection left",
    "55P03": "another process holds a lock on it",
    "57P01": "it is shutting down",
    "57P02": "it has crashed",
    "57P03": "it is starting up or shutting down",
}
"""SQLSTATEs that pass, in words; those of `SERVER_CLASSES` without a sentence here are quoted from the server."""

REFUSED_LOGIN = re.compile(
    r"authentication failed|no password supplied|no pg_hba\.conf entry"
    r"|(?:role|database|user) \"[^\"]*\" (?:does not exist|is not)",
    re.IGNORECASE,
)
"""What a server says to somebody it will not let in later either."""

_ADVICE = re.compile("Is the server running on|This probably means")
"""Where libpq's message ends and its advice begins."""


class StoreError(EngineError):
    """The store failed; it says nothing about the training that reports to it and never counts against a trial."""


class StoreOutageError(StoreError):
    """The store cannot be read or written for the moment; the same call may succeed later."""


class StoreDiskError(StoreOutageError):
    """The disk does not take or give what the store needs; what was written before is whole."""


class StoreBusyError(StoreOutageError):
    """Somebody else has held the store's write lock for too long."""


class StoreUnreachableError(StoreOutageError):
    """The database server does not answer, or answers that it cannot serve now."""


@contextmanager
def named_outages(ws: Workspace, *, writes: bool = True) -> Iterator[None]:
    """Inside, what a database says of its disk, its locks and its server becomes a `StoreOutageError`.

    Args:
        ws: Whose store.
        writes: What is inside may write; to who only reads, a write refused is a mistake of the program's own.

    Raises:
        StoreOutageError: Naming the store, its password left out.
    """
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        outage = outage_in(ws, error, writes=writes)
        if outage is None:
            raise
        raise outage from error


@contextmanager
def disk_outages() -> Iterator[None]:
    """Inside, what the operating system refuses for a time becomes a `StoreDiskError`.

    Raises:
        StoreDiskError: Naming the file.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        where = error.filename or "the workspace"
        message = f"the workspace must lie on a disk that can be written, got {where}: {DISK_ERRORS[error.errno]}"
        raise StoreDiskError(message, "make room, see the disk; what was stored is kept") from error


@contextmanager
def store_failures() -> Iterator[None]:
    """Inside, every database error becomes a `StoreError`: what a training reports to fails, not the training.

    Raises:
        StoreError: Naming what the database said.
    """
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        is_driver = type(cause).__module__.partition(".")[0] in ("psycopg", "sqlite3")
        if not is_driver and not isinstance(error, SQLAlchemyError):
            raise
        words = " ".join(str(cause).split())[:300]
        raise StoreError(f"the store must take what is reported to it, got: {words}", "see trimtab doctor") from error


def outage_in(ws: Workspace, error: Exception, *, writes: bool = True) -> StoreOutageError | None:
    """The outage that a database driver's error stands for; None for every other error."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, sqlite3.Error):
        return _of_file(ws, cause, writes=writes)
    if type(cause).__module__.partition(".")[0] == "psycopg":
        return _of_server(ws, cause, writes=writes)
    return None


def shown_store(ws: Workspace) -> str:
    """Where the store is, for a person: a file's path, or a URL without its password."""
    if ws.store_path is not None:
        return str(ws.store_path)
    try:
        return make_url(ws.url).render_as_string(hide_password=True)
    except ArgumentError:
        return "a store whose URL cannot be read"


def _of_file(ws: Workspace, error: sqlite3.Error, *, writes: bool) -> StoreOutageError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
        return StoreBusyError(f"the store must be free, got {shown_store(ws)} locked by another process", "wait")
    if code not in REFUSALS or (error.sqlite_errorcode == sqlite3.SQLITE_READONLY and not writes):
        return None
    must, given, hint = REFUSALS[code]
    message = f"the store must {must}, got {shown_store(ws)}: {given}"
    return StoreDiskError(message, f"{hint}; what was stored is kept")


def _of_server(ws: Workspace, error: Exception, *, writes: bool) -> StoreOutageError | None:
    state = getattr(error, "sqlstate", None) or ""
    words = " ".join(str(error).split())
    kinds = {one.__name__ for one in type(error).__mro__}
    if state == "25006" and not writes:
        return None
    if state == "55P03":
        return StoreBusyError(f"the store must be free, got {shown_store(ws)}: {SERVER_STATES[state]}", "wait")
    passes = state in SERVER_STATES or state[:2] in SERVER_CLASSES
    # Errors of the connection itself carry no state: a refused, lost or closed one.
    lost = not state and ("OperationalError" in kinds or "InterfaceError" in kinds)
    if not passes and not (lost and not REFUSED_LOGIN.search(words)):
        return None
    given = SERVER_STATES.get(state, _ADVICE.split(words)[0].strip()[:200])
    message = f"the store must be reachable, got {shown_store(ws)}: {given}"
    return StoreUnreachableError(message, "see that the server runs and can be reached")
