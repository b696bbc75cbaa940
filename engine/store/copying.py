"""A store that survives being copied: everything lies in its one file soon after it was written, and copies are kept.

SQLite writes to a log beside the file first, and moves what it wrote into the file when the log is long or the last
program closes it. Until then a copy of the file alone lacks that part. So the log is written back when a store is made,
when a process that wrote ends, when a sprint ends and while nobody writes.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.boundary.output import move_new, numbered
from engine.boundary.own_files import STORE_SUFFIXES
from engine.errors import EngineError
from engine.store.workspace import Workspace

FOLDER = "backups"
"""Beside the store."""

DAY = 24 * 3600.0
"""Seconds between two daily backups."""

MOST_DAILY, MOST_BEFORE = 7, 5
"""Backups that are kept: daily ones, and those made before a migration."""

QUIET = 2.0
"""Seconds without a write after which a store is idle."""

ROOM = 2.0
"""A backup is made where the disk has this many times its size left; a full disk would stop the sprint."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of a store.

    Attributes:
        path: The file.
        at: When it was made, in seconds of the epoch.
        why: ``daily``, ``before-schema-N`` or ``asked``.
    """

    path: Path
    at: float
    why: str


def write_back(ws: Workspace) -> bool:
    """Move what is in the store's log into its file, without waiting for anybody; True when all of it is there now."""
    return ws.store_path is None or ws.readonly or write_file_back(ws.store_path)


def write_back_when_quiet(ws: Workspace) -> bool:
    """The same, unless somebody has written within `QUIET` seconds; for who looks often."""
    with contextlib.suppress(OSError):
        if ws.store_path is None or time.time() - Path(f"{ws.store_path}-wal").stat().st_mtime < QUIET:
            return False
        return write_back(ws)
    return True  # no log


def write_file_back(store: Path) -> bool:
    """As `write_back`, for the file of a store."""
    try:
        if not store.exists() or Path(f"{store}-wal").stat().st_size == 0:
            return True
    except OSError:
        return True  # no log
    try:
        with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=rw", uri=True, timeout=0)) as connection:
            busy, frames, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except (sqlite3.Error, OSError):
        return False
    return bool(not busy and frames == moved)


def backups(ws: Workspace) -> list[Backup]:
    """Copies of the store, the newest first."""
    folder = backup_folder(ws)
    if folder is None or not folder.is_dir():
        return []
    found = []
    for path in folder.glob("store-*.db"):
        day, _, rest = path.stem.removeprefix("store-").partition("_")
        with contextlib.suppress(ValueError, OSError):
            at = datetime.strptime(day, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
            found.append(Backup(path, at, rest))
    return sorted(found, key=lambda backup: (backup.at, backup.path.name), reverse=True)


def backup_folder(ws: Workspace) -> Path | None:
    """Where the copies of a store lie; None for the store of a server, whose administrator makes them."""
    return None if ws.store_path is None else ws.store_path.parent / FOLDER


def back_up(ws: Workspace, why: str) -> Path | None:
    """Copy a store as it is at this moment, while others use it; None where there is no room or no file.

    Raises:
        OSError: When the copy cannot be written.
        sqlite3.Error: When the store cannot be read.
    """
    store, folder = ws.store_path, backup_folder(ws)
    if store is None or folder is None or not store.exists():
        return None
    if shutil.disk_usage(store.parent).free < ROOM * store.stat().st_size:
        return None
    ws.make_folder(folder)
    part = folder / f".{os.getpid()}-{time.monotonic_ns()}.part"
    os.close(ws.open_private(part))
    try:
        with (
            closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing beside it
        named = folder / f"store-{datetime.now(UTC):%Y%m%dT%H%M%SZ}_{why}.db"
        for place in numbered(named):
            with contextlib.suppress(FileExistsError):
                move_new(part, place)
                break
    finally:
        part.unlink(missing_ok=True)
    _prune(ws)
    return place


def back_up_daily(ws: Workspace) -> Path | None:
    """Copy a store that holds something, once a day; nobody is kept from working when it cannot be done."""
    store = ws.store_path
    if store is None or ws.readonly or not store.exists():
        return None
    newest = next(iter(backups(ws)), None)
    if newest is not None and abs(time.time() - newest.at) < DAY:
        return None
    with contextlib.suppress(OSError, sqlite3.Error), _alone(ws) as alone:
        if alone and _holds_something(store):
            return back_up(ws, "daily")
    return None


def restore(ws: Workspace, backup: Path) -> Path:
    """Put a copy into the store's place; what stood there is set aside, with everything beside it, and returned.

    Raises:
        EngineError: While somebody uses the store, or when the copy is damaged.
    """
    store, folder = ws.store_path, backup_folder(ws)
    if store is None or folder is None:
        raise EngineError("only a store in a file is restored here", "ask the administrator of the database server")
    with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        told = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if told != "ok":
        raise EngineError(f"a backup must be whole, got {backup}: {told}", "name an older one")
    for lock in sorted(ws.path.glob("runs/*/launcher-*.lock")):
        if _is_held(lock):
            raise EngineError(
                f"nobody may work on a store while it is restored, sprint {lock.parent.name} is running",
                f"trimtab sprint stop {lock.parent.name} --now",
            )
    aside = next(
        place for place in numbered(folder / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}") if not place.exists()
    )
    aside.mkdir(mode=0o700, parents=True)
    part = store.with_name(f".{store.name}.part")
    shutil.copyfile(backup, part)
    part.chmod(store.stat().st_mode & 0o777 if store.exists() else 0o600)
    for suffix in STORE_SUFFIXES[:-1]:  # the lock file stays: others may be waiting for it
        if (path := Path(f"{store}{suffix}")).exists():
            path.rename(aside / path.name)
    move_new(part, store)
    return aside


@contextmanager
def _alone(ws: Workspace) -> Iterator[bool]:
    """Whether nobody else makes a backup of this store now."""
    with ws.appending(Path(f"{ws.store_path}.lock")) as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _holds_something(store: Path) -> bool:
    with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
        return connection.execute("SELECT 1 FROM thread LIMIT 1").fetchone() is not None


def _is_held(lock: Path) -> bool:
    try:
        with lock.open("a") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _prune(ws: Workspace) -> None:
    """Delete the oldest copies; one that a person asked for stays."""
    found = backups(ws)
    daily = [backup for backup in found if backup.why.startswith("daily")]
    before = [backup for backup in found if backup.why.startswith("before")]
    for backup in [*daily[MOST_DAILY:], *before[MOST_BEFORE:]]:
        backup.path.unlink(missing_ok=True)
