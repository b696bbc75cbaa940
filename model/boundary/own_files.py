"""Which files are trimtab's own: a workspace's store, runs, logs and backups, and any file that is a store."""

from collections.abc import Iterable
from pathlib import Path

from model.boundary.sqlite_files import is_sqlite, tables_of

STORE_NAME = "store.db"
"""File name of the SQLite store inside a workspace's folder."""

OWN_FOLDERS = frozenset({"runs", "logs", "backups"})
"""Folders of a workspace that the engine alone writes to."""

STORE_SUFFIXES = ("", "-wal", "-shm", "-journal", ".lock")
"""What stands beside a store under its name."""

SCHEMA_TABLE = "trimtab_schema"
"""The table by which a store is known, whatever its file is called."""


def own_file(path: Path, workspaces: Iterable[Path] = ()) -> str:
    """What of trimtab's own a path is or lies in, in words; empty where it is nobody's or a person's.

    Args:
        path: Of a file or folder, which need not exist.
        workspaces: Folders known to be workspaces; one with a `STORE_NAME` in it is found without being named.
    """
    place = path.resolve()
    known = {folder.resolve() for folder in workspaces}
    for folder in place.parents:
        if folder not in known and not (folder / STORE_NAME).is_file():
            continue
        first = place.relative_to(folder).parts[0]
        if first in OWN_FOLDERS:
            return f"{first}/ of the workspace {folder}"
        if first in {f"{STORE_NAME}{suffix}" for suffix in STORE_SUFFIXES}:
            return f"the store of the workspace {folder}"
    if any(
        is_store(place.with_name(place.name.removesuffix(suffix))) for suffix in STORE_SUFFIXES if _has(place, suffix)
    ):
        return "a trimtab store"
    return ""


def is_store(path: Path) -> bool:
    """Whether a file is an SQLite database with a store's tables; it is only read."""
    return is_sqlite(path) and SCHEMA_TABLE in tables_of(path)


def _has(path: Path, suffix: str) -> bool:
    return path.name.endswith(suffix) and path.name != suffix
