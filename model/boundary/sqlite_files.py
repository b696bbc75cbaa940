"""SQLite files of other programs, read without a trace: not a byte of them changes, no file appears beside them.

SQLite writes where a reader expects nothing of the kind: a log and an index beside a file in WAL mode, the rollback of
a journal that a crash left. So a file at rest is opened as immutable, and one with such files beside it is copied.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

MAGIC = b"SQLite format 3\x00"
"""The first 16 bytes of every SQLite database that is not empty."""

LEFT_BESIDE = ("-wal", "-journal")
"""Files that hold part of a database's content while they are there."""


def is_sqlite(path: Path) -> bool:
    """Whether a path is a readable file that begins as an SQLite database does."""
    try:
        with path.open("rb") as file:
            return path.is_file() and file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def tables_of(path: Path) -> frozenset[str]:
    """Names of the tables in an SQLite file; none where it cannot be read as one."""
    try:
        with open_read_only(path) as connection:
            return frozenset(
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            )
    except (sqlite3.Error, OSError, UnicodeError):  # names of tables that are no text
        return frozenset()


@contextmanager
def open_read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to an SQLite file's content of now, through which nothing can be written.

    Raises:
        sqlite3.Error: Where it is no database.
        OSError: Where it cannot be read.
    """
    if at_rest(path):
        with closing(_connect(path, "mode=ro&immutable=1")) as connection:
            yield connection
        return
    with private_copy(path) as copy, closing(_connect(copy, "mode=ro")) as connection:
        yield connection


@contextmanager
def private_copy(path: Path) -> Iterator[Path]:
    """A copy of an SQLite file in a folder that goes at the end, for a library that would write to what it reads.

    Raises:
        sqlite3.Error: Where it is no database.
        OSError: Where it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="trimtab-") as folder:
        copy = Path(folder) / path.name
        if Path(f"{path}-shm").exists():  # somebody has it open: SQLite itself makes a copy of one moment
            with closing(_connect(path, "mode=ro")) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        else:
            shutil.copyfile(path, copy)
            for suffix in LEFT_BESIDE:
                if (beside := Path(f"{path}{suffix}")).exists():
                    shutil.copyfile(beside, f"{copy}{suffix}")
        yield copy


def at_rest(path: Path) -> bool:
    """Whether all of a database is in its file: nobody writes to it, and no crash left anything beside it."""
    return not any(_holds_something(Path(f"{path}{suffix}")) for suffix in LEFT_BESIDE)


def _holds_something(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)
