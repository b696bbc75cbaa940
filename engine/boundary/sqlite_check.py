"""SQLite files from outside, looked at before anything else opens them: sound, with the tables that are expected."""

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from engine.boundary.refusal import Refusal
from engine.boundary.sqlite_files import is_sqlite, open_read_only

CHECK_SECONDS = 10.0
"""A file whose check takes longer is not opened."""

STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock."""


def check_sqlite(path: Path, tables: Iterable[str], refusal: Refusal) -> None:
    """Refuse a file that is no SQLite database, is damaged, lacks a table or would run code of its own.

    Triggers and views run when rows are written or read; files that trimtab and Optuna make have none.

    Args:
        path: The file; it is not changed.
        tables: Names that must be there.
        refusal: The exception of who reads.

    Raises:
        Exception: The refusal, with what is wrong.
    """
    if not path.is_file():
        raise refusal(f"{path} must be a file, got no file of that name", "")
    if not is_sqlite(path):
        raise refusal(f"{path} must be a readable SQLite file, its beginning is another", "")
    end = time.monotonic() + CHECK_SECONDS
    try:
        with open_read_only(path) as store:
            store.set_progress_handler(lambda: time.monotonic() > end, STEPS)
            store.execute("PRAGMA trusted_schema = OFF")
            listed = [(str(kind), str(name)) for kind, name in store.execute("SELECT type, name FROM sqlite_master")]
            (told,) = store.execute("PRAGMA quick_check(1)").fetchone()
    except (sqlite3.Error, OSError, UnicodeError, OverflowError) as error:
        told = f"its check takes longer than {CHECK_SECONDS:.0f} s" if time.monotonic() > end else error
        raise refusal(f"{path} must be a sound SQLite file: {told}", "") from None
    if told != "ok":
        raise refusal(f"{path} must be a sound SQLite file: {' '.join(str(told).split())[:200]}", "")
    there = {name for kind, name in listed if kind == "table"}
    if missing := sorted(set(tables) - there):
        raise refusal(f"{path} must have a table {missing[0]}, it has {_names(there)}", "")
    if odd := [name for kind, name in listed if kind in ("trigger", "view")]:
        raise refusal(f"{path} must have tables and indexes only, got {odd[0][:80]!r}", "")


def _names(names: set[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:10]) + (" …" if len(shown) > 10 else "") if shown else "none"
