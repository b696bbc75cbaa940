"""Opening the store: one engine a process and store, transactions that write, handles that only read."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session, create_engine

from engine.errors import EngineError
from engine.store.address import server_refusal
from engine.store.driver_connection import Raw
from engine.store.locks import BUSY_SECONDS, begin_immediate
from engine.store.migrations import MIGRATIONS, SCHEMA_VERSION, applied_version, migrate
from engine.store.outages import named_outages
from engine.store.workspace import Workspace

NETWORK_DISKS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "lustre", "beegfs", "glusterfs"}
)
"""File systems on which SQLite's WAL is unsafe: it needs shared memory between all processes."""


@contextmanager
def writing(ws: Workspace) -> Iterator[Session]:
    """A short transaction that writes: takes the write lock at once, commits on leaving, rolls back on error."""
    with named_outages(ws), _not_within_another(ws.url), _session(ws, "rw") as session:
        yield session
        if session.info.pop("nothing written", False):
            return
        session.flush()
        session.connection().exec_driver_sql(_PULSE)
        session.commit()


@contextmanager
def writing_raw(ws: Workspace, lock_seconds: float | None = None) -> Iterator[Raw]:
    """As `writing`, for statements that go to the driver itself: what runs once an epoch or oftener.

    Args:
        ws: Whose store.
        lock_seconds: How long to wait for another writer; `BUSY_SECONDS` where None.
    """
    with (
        named_outages(ws),
        _not_within_another(ws.url),
        closing(_engine(ws.url, "rw", os.getpid()).raw_connection()) as pooled,
    ):
        try:
            store = Raw(pooled.driver_connection)
            if isinstance(store.connection, sqlite3.Connection):
                begin_immediate(store.connection, lock_seconds)
            else:
                store.connection.execute(_begin_on_server(BUSY_SECONDS if lock_seconds is None else lock_seconds))
            yield store
            store.run(_PULSE, {})
            pooled.commit()  # closing rolls back what was not committed
        except Exception:
            pooled.invalidate()  # a broken connection would be handed to whoever asks next
            raise


def write_nothing(session: Session) -> None:
    """Say that a writing transaction found nothing to write: it is rolled back and the pulse does not count it."""
    session.info["nothing written"] = True


@contextmanager
def reading(ws: Workspace) -> Iterator[Session]:
    """A transaction that only reads: one consistent picture of the store; it cannot create or change anything.

    Raises:
        EngineError: When the store is not there.
    """
    store = ws.store_path
    if store is not None and not store.exists():
        raise EngineError(f"the store must exist, got {store} which does not", "was the workspace moved or deleted?")
    with named_outages(ws, writes=False), _session(ws, "ro") as session:
        yield session


@contextmanager
def _session(ws: Workspace, mode: str) -> Iterator[Session]:
    """A session; an error inside closes its connection: a query broken off would go on seeing the store of then."""
    with Session(_engine(ws.url, mode, os.getpid()), expire_on_commit=False) as session:
        try:
            yield session
        except BaseException:
            session.invalidate()
            raise


def create_store(ws: Workspace) -> None:
    """Create the schema or bring it up to date; safe when several processes do it at once, for one holds the lock file.

    Raises:
        EngineError: On a network disk, when the store was written by a newer version, or its server cannot be used.
    """
    store = ws.store_path
    if store is None:
        with server_refusals(ws), Session(_engine(ws.url, "rwc", os.getpid())) as session:
            session.connection().execute(text("SELECT pg_advisory_xact_lock(7461327)"))
            migrate(session.connection())
            session.commit()
        return
    refuse_network_disk(store.parent)
    ws.make_folder(store.parent)
    with named_outages(ws), ws.appending(Path(f"{store}.lock")) as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        if not store.exists():
            os.close(ws.open_private(store))  # SQLite gives its other files the rights of this one
        with Session(_engine(ws.url, "rwc", os.getpid())) as session:
            migrate(session.connection())
            session.commit()


@contextmanager
def server_refusals(ws: Workspace) -> Iterator[None]:
    """Inside, what a database server refuses at the door becomes an `EngineError`; an SQLite store is left alone.

    Raises:
        EngineError: Saying whether the server is out of reach, or refuses the login.
    """
    try:
        yield
    except DBAPIError as error:
        if ws.store_path is not None or error.statement is not None:  # who was let in has a statement to name
            raise
        raise server_refusal(ws.url, error) from error


def require_current_schema(ws: Workspace) -> None:
    """Refuse a store of a newer version; bring an older one up to date.

    Raises:
        EngineError: When the store cannot be read as one of ours.
    """
    try:
        with server_refusals(ws), reading(ws) as session:
            version = applied_version(session.connection())
    except SQLAlchemyError as error:
        raise EngineError(f"{ws.shown_url} must be a trimtab store: {error.__cause__ or error}") from error
    if version < SCHEMA_VERSION:
        create_store(ws)
    elif version > SCHEMA_VERSION:
        raise EngineError(
            f"the store must be of schema {SCHEMA_VERSION} or older, got {version}",
            "it was written by a newer trimtab; upgrade",
        )


def file_system(folder: Path) -> str:
    """Type of the file system under a folder, as Linux names it; empty where that cannot be told."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return ""
    best, kind = "", ""
    for line in mounts.read_text(errors="replace").splitlines():
        _, point, found, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if (str(folder) + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(best):
            best, kind = point, found
    return kind


def refuse_network_disk(folder: Path) -> None:
    """Refuse a folder on a network file system, where SQLite's locks do not hold.

    Raises:
        EngineError: Unless ``TRIMTAB_ALLOW_NETWORK_DISK=1`` says that the risk is taken.
    """
    kind = file_system(folder.resolve())
    if kind in NETWORK_DISKS and os.environ.get("TRIMTAB_ALLOW_NETWORK_DISK") != "1":
        raise EngineError(
            f"the store must lie on a local disk, got {folder} on {kind}",
            "choose a local folder or a PostgreSQL --store; TRIMTAB_ALLOW_NETWORK_DISK=1 takes the risk",
        )


def dispose(ws: Workspace) -> None:
    """Close this process's connections to a store."""
    for mode in ("ro", "rw", "rwc") if ws.store_path is not None else ("rw",):
        _engine(ws.url, mode, os.getpid()).dispose()


class _Writer(threading.local):
    """Which store this thread writes to; empty while to none."""

    url = ""


_WRITER = _Writer()


@contextmanager
def _not_within_another(url: str) -> Iterator[None]:
    """A thread that began a second writing transaction inside its first would wait for itself."""
    assert url != _WRITER.url, f"this thread is writing to {url} already"
    _WRITER.url = url
    try:
        yield
    finally:
        _WRITER.url = ""


_PULSE = "UPDATE pulse SET n = n + 1 WHERE id = 1"


@lru_cache(maxsize=32)
def _engine(url: str, mode: str, pid: int) -> Engine:
    """The engine of a store; only mode ``rwc`` creates a file that is not there."""
    if url.startswith("sqlite:///"):
        return _sqlite_engine(Path(url.removeprefix("sqlite:///")), mode)
    if mode != "rw":
        return _engine(url, "rw", pid).execution_options(trimtab_mode=mode)  # the same pool of connections
    try:
        engine = create_engine(
            url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, pool_size=2, max_overflow=14,
            connect_args=_SERVER_ARGUMENTS,
        )  # fmt: skip
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise EngineError(
            f"the store must be reachable by its URL: {error}", "pip install 'trimtab[postgres]'"
        ) from error

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        reads = connection.get_execution_options().get("trimtab_mode") == "ro"
        connection.exec_driver_sql(_BEGIN_READING if reads else _begin_on_server(BUSY_SECONDS))

    return engine


_SERVER_ARGUMENTS = {
    "connect_timeout": 5,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000,
    "prepare_threshold": None,
}  # fmt: skip
"""A server that is gone is noticed within seconds; no prepared statements, which a pooler would mix up."""

_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""One picture of the store, as SQLite gives it; the default would let every statement see another one."""


def _begin_on_server(lock_seconds: float) -> str:
    """Begin a transaction that may write, in one message; it waits for other people's locks, but not for ever."""
    return f"BEGIN; SET LOCAL lock_timeout = {max(1, int(lock_seconds * 1000))}"


def _sqlite_engine(path: Path, mode: str) -> Engine:
    def connect() -> sqlite3.Connection:
        handle = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, check_same_thread=False
        )
        handle.isolation_level = None  # transactions are begun by us, below
        handle.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        handle.execute("PRAGMA foreign_keys = ON")
        if mode != "ro":
            handle.execute("PRAGMA journal_mode = WAL")
            handle.execute("PRAGMA synchronous = NORMAL")
            handle.execute("PRAGMA busy_timeout = 0")  # the one wait, for the write lock, is ours
        return handle

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=8)

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        if mode == "ro":
            connection.exec_driver_sql("BEGIN")
        else:
            begin_immediate(connection.connection.driver_connection)

    return engine


assert len(MIGRATIONS) == SCHEMA_VERSION
