"""Waiting for SQLite's write lock, and saying who has it when the waiting was in vain.

SQLite's own waiting sleeps 1, 2, 5 … 100 ms between looks, so four workers that report at once wait far longer than
anybody writes. Here each look comes after a random part of a few milliseconds.
"""

import random
import sqlite3
import time
from pathlib import Path

from engine.store.outages import StoreBusyError

BUSY_SECONDS = 30.0
"""How long a writer waits for another one; stalls of 5 s were seen under Optuna's default of 5 s."""

FIRST_PAUSE = 0.0003
"""Seconds between the first two looks; a report holds the lock for about as long."""

LONGEST_PAUSE = 0.008
"""Seconds; reached after a dozen looks. A hundred looks a second cost nothing beside whoever writes that long."""

_WRITE_LOCK_BYTE = 120
"""Where in the ``-shm`` file SQLite locks out other writers (its file format, "WAL-index format" 2.3.2)."""


def begin_immediate(connection: sqlite3.Connection, seconds: float | None = None) -> None:
    """Begin a transaction that may write, as soon as nobody else writes.

    A transaction never turns from reading to writing: two that did at once could only wait for each other.

    Args:
        connection: Its own busy timeout is 0; in no transaction.
        seconds: How long to wait; `BUSY_SECONDS` where None.

    Raises:
        StoreBusyError: When the lock did not become free.
    """
    patience = BUSY_SECONDS if seconds is None else seconds
    deadline, pause = time.monotonic() + patience, FIRST_PAUSE
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            if time.monotonic() > deadline:
                path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
                raise StoreBusyError(
                    f"the store must be free to be written, got {path} locked by {lock_holder(path)} "
                    f"for {patience:g} s",
                    "a stopped process holds it until it continues or ends",
                ) from error
        time.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(pause * 1.4, LONGEST_PAUSE)


def lock_holder(path: Path) -> str:
    """Who holds the write lock of a store on this machine, in words; Linux tells, elsewhere it stays unknown."""
    shared = Path(f"{path}-shm")
    table = Path("/proc/locks")
    if not shared.exists() or not table.exists():
        return "an unknown process"
    inode = str(shared.stat().st_ino)
    for line in table.read_text(errors="replace").splitlines():
        _, _, _, kind, pid, place, first, last, *_ = [*line.replace("->", "").split(), "", ""]
        if kind != "WRITE" or place.rpartition(":")[2] != inode or not first.isdigit():
            continue
        if int(first) <= _WRITE_LOCK_BYTE <= (int(last) if last.isdigit() else _WRITE_LOCK_BYTE):
            return f"process {pid} ({_command(pid)})"
    return "an unknown process"


def _command(pid: str) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "gone"
    return b" ".join(words).decode(errors="replace").strip()[:120]
