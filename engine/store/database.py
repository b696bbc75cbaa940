"""Opening the store: one engine a process and store, transactions that write, handles that only read."""

import atexit
import fcntl
import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool
from sqlmodel import Session, create_engine

from engine.boundary.output import move_new
from engine.errors import EngineError
from engine.store.address import server_refusal
from engine.store.copying import back_up, backups, write_back, write_file_back
from engine.store.driver_connection import Raw
from engine.store.locks import BUSY_SECONDS, begin_immediate
from engine.store.migrations import MIGRATIONS, SCHEMA_VERSION, applied_version, migrate
from engine.store.outages import named_outages
from engine.store.still_files import is_unwritable, still_engine
from engine.store.workspace import Workspace

NETWORK_DISKS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "lustre", "beegfs", "glusterfs"}
)
"""File systems on which SQLite's WAL is unsafe: it needs shared memory between all processes."""


@contextmanager
def writing(ws: Workspace) -> Iterator[Session]:
    """A short transaction that writes: takes the write lock at once, commits on leaving, rolls back on error."""
    _refuse_readonly(ws)
    with named_outages(ws), _not_within_another(ws.url), _session(ws, "rw") as session:
        yield session
        if session.info.pop("nothing written", False):
            return
        session.flush()
        session.connection().exec_driver_sql(_pulse(ws.url))
        session.commit()


@contextmanager
def writing_raw(ws: Workspace, lock_seconds: float | None = None) -> Iterator[Raw]:
    """As `writing`, for statements that go to the driver itself: what runs once an epoch or oftener.

    Args:
        ws: Whose store.
        lock_seconds: How long to wait for another writer; `BUSY_SECONDS` where None.
    """
    _refuse_readonly(ws)
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
            store.connection.execute(_pulse(ws.url))
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
    store = ws.store_path
    is_still = mode == "ro" and store is not None and (ws.readonly or is_unwritable(store))
    engine = still_engine(store, os.getpid()) if is_still and store is not None else _engine(ws.url, mode, os.getpid())
    with Session(engine, expire_on_commit=False) as session:
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
            _make_file(ws, store)
            return
        with reading(ws) as session:
            version = version_of(ws, session.connection())
        if version < SCHEMA_VERSION:
            _require_backup(ws, f"before-schema-{SCHEMA_VERSION}")
        with Session(_engine(ws.url, "rw", os.getpid())) as session:
            migrate(session.connection())
            session.commit()
    write_back(ws)


def _make_file(ws: Workspace, store: Path) -> None:
    """Make an empty store under another name, and give it its own when all of it is in the file."""
    part = store.with_name(f".{store.name}-{os.getpid()}.part")
    part.unlink(missing_ok=True)
    os.close(ws.open_private(part))  # SQLite gives its other files the rights of this one
    try:
        engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(part), poolclass=NullPool)
        with Session(engine) as session:
            migrate(session.connection())
            session.commit()
        with closing(sqlite3.connect(part)) as handle:
            handle.execute("PRAGMA journal_mode = WAL")  # kept in the file's head
        move_new(part, store)
    finally:
        part.unlink(missing_ok=True)


def _require_backup(ws: Workspace, why: str) -> None:
    try:
        made = back_up(ws, why)
    except (OSError, sqlite3.Error) as error:
        raise EngineError(f"a store must be backed up before it is brought up to date, got: {error}") from error
    if made is None:
        raise EngineError(
            f"a store must be backed up before it is brought up to date, got no room beside {ws.store_path}",
            "make room and try again",
        )


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
            version = version_of(ws, session.connection())
    except SQLAlchemyError as error:
        raise EngineError(f"{ws.shown_url} must be a trimtab store: {error.__cause__ or error}") from error
    if version < SCHEMA_VERSION:
        store = ws.store_path
        if ws.readonly or (store is not None and is_unwritable(store)):
            raise EngineError(
                f"a store that is only looked at must be of schema {SCHEMA_VERSION}, got {version}",
                "open it once where it can be written and without --readonly: it is backed up and brought up to date",
            )
        create_store(ws)
    elif version > SCHEMA_VERSION:
        raise EngineError(
            f"the store must be of schema {SCHEMA_VERSION} or older, got {version}",
            "it was written by a newer trimtab; upgrade",
        )


def version_of(ws: Workspace, connection: Connection) -> int:
    """The newest migration that a store has seen.

    Raises:
        EngineError: When it is a database of something else, or holds nothing: an empty file is no empty store.
    """
    version = applied_version(connection)
    store = ws.store_path
    if version or store is None:
        return version
    found = sorted(inspect(connection).get_table_names())
    if found:
        told = ", ".join(found[:3]) + (" …" if len(found) > 3 else "")
        raise EngineError(f"a store must be a trimtab store, got {store}, a database with other tables: {told}")
    copies = backups(ws)
    restore = f"trimtab doctor --store --restore {copies[0].path.name}" if copies else "no backup is there"
    raise EngineError(
        f"a store must hold its tables, got {store}, which is empty: it was copied or moved without {store.name}-wal, "
        "the file beside it that held what was written last, or its copy was cut short",
        f"copy both files from where they came, or restore a backup ({restore}); delete it to start over",
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


def _refuse_readonly(ws: Workspace) -> None:
    if ws.readonly:
        raise EngineError("--readonly looks only and writes nothing", "leave --readonly out")


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


def _pulse(url: str) -> str:
    """The statement that counts a transaction.

    A server's writers would wait for each other's commits if all counted in one row: each process has one of
    `N_PULSES` rows there, and the pulse is their sum.
    """
    place = 1 if url.startswith("sqlite:") else 1 + os.getpid() % N_PULSES
    return f"INSERT INTO pulse (id, n) VALUES ({place}, 1) ON CONFLICT (id) DO UPDATE SET n = pulse.n + 1"


N_PULSES = 32
"""Rows in which the writers of a database server count their transactions."""


def _engine(url: str, mode: str, pid: int) -> Engine:
    """The engine of a store; one, also where several threads ask for it first at the same moment."""
    with _ENGINES:
        return _made_engine(url, mode, pid)


_ENGINES = threading.RLock()


@lru_cache(maxsize=32)
def _made_engine(url: str, mode: str, pid: int) -> Engine:
    """The engine of a store; only mode ``rwc`` creates a file that is not there."""
    if url.startswith("sqlite:///"):
        if mode != "ro":
            _leave_whole(url, pid)
        return _sqlite_engine(Path(url.removeprefix("sqlite:///")), mode)
    if mode != "rw":
        return _engine(url, "rw", pid).execution_options(trimtab_mode=mode)  # the same pool of connections
    try:
        engine = create_engine(
            url, isolation_level="AUTOCOMMIT", pool_size=2, max_overflow=14,
            connect_args=_SERVER_ARGUMENTS,
        )  # fmt: skip
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise EngineError(
            f"the store must be reachable by its URL: {error}", "pip install 'trimtab[postgres]'"
        ) from error

    @event.listens_for(engine, "checkin")
    def put_back(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ARG001 - the event's signature
        record.info["used at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def take(connection: Any, record: ConnectionPoolEntry, proxy: Any) -> None:  # noqa: ARG001
        """Ask a connection that has rested whether its server is still there; a new one is made where it is not."""
        if time.monotonic() - record.info.get("used at", math.inf) > RESTED_SECONDS:
            try:
                connection.execute("SELECT 1")
            except Exception as error:
                raise DisconnectionError from error

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        reads = connection.get_execution_options().get("trimtab_mode") == "ro"
        connection.exec_driver_sql(_BEGIN_READING if reads else _begin_on_server(BUSY_SECONDS))

    return engine


RESTED_SECONDS = 1.0
"""A connection used within this time is taken to be whole: a broken one is an outage that lasts until the next try."""

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


@lru_cache(maxsize=32)
def _leave_whole(url: str, pid: int) -> None:
    """Let this process, when it ends, leave everything in the store's one file: a copy of it is whole then."""

    def leave() -> None:
        if os.getpid() == pid:
            for mode in ("ro", "rw"):
                _engine(url, mode, pid).dispose()
            write_file_back(Path(url.removeprefix("sqlite:///")))

    atexit.register(leave)


assert len(MIGRATIONS) == SCHEMA_VERSION
