"""``trimtab doctor --store``: check every row of a store, list its backups, make one, go back to one."""

import sqlite3
import time
from pathlib import Path

from engine.api.views import CheckView
from engine.errors import EngineError
from engine.store.workspace import Workspace


def check_store(ws: Workspace) -> list[CheckView]:
    """Look whether a store is sound: its file, its invariants, its log, its backups. Nothing is changed."""
    from sqlalchemy.exc import SQLAlchemyError

    from engine.store import invariants
    from engine.store.database import reading, version_of
    from engine.store.migrations import SCHEMA_VERSION

    name = str(ws.store_path or "the store")
    try:
        with reading(ws) as session:
            found = version_of(ws, session.connection())
            if found != SCHEMA_VERSION:
                text = f"{name} is of schema {found}, this version has {SCHEMA_VERSION}"
                return [CheckView(name="schema", status="warning", text=text), *_backups(ws)]
            damaged, broken = invariants.damage(session), list(invariants.breaches(session))
    except (EngineError, SQLAlchemyError, sqlite3.Error) as error:
        told = error.message if isinstance(error, EngineError) else str(error).splitlines()[0]
        return [CheckView(name="file", status="error", text=told, hint=_restore_hint(ws)), *_backups(ws)]
    checks = [CheckView(name="file", status="ok", text=f"{name} is sound")]
    if damaged:
        checks = [CheckView(name="file", status="error", text=line, hint=_restore_hint(ws)) for line in damaged]
    checks += [
        CheckView(
            name="rows", status="error", text=f"{one.rule}: broken by {', '.join(one.rows)}", hint=_restore_hint(ws)
        )
        for one in broken
    ]
    if not broken:
        text = f"all {len(invariants.RULES)} invariants hold"
        checks.append(CheckView(name="rows", status="ok", text=text))
    return [*checks, *_log(ws), *_backups(ws)]


def back_up_store(ws: Workspace) -> str:
    """Copy a store now; what was written where, in words.

    Raises:
        EngineError: When it cannot be copied.
    """
    from engine.store.copying import back_up

    if ws.readonly:
        raise EngineError("--readonly looks only and writes nothing", "leave --readonly out")
    try:
        made = back_up(ws, "asked")
    except (OSError, sqlite3.Error) as error:
        raise EngineError(f"a backup must be written beside {ws.store_path}, got: {error}", "see its disk") from error
    if made is None:
        raise EngineError("a backup needs a store in a file, and room for two beside it", "see trimtab doctor")
    return f"backup: {made}"


def restore_store(ws: Workspace, which: str) -> str:
    """Put a backup into the store's place; what was done, in words. What stood there is set aside.

    Args:
        ws: Whose store.
        which: ``newest``, the name of one of its backups, or a path.

    Raises:
        EngineError: When there is no such backup, it is damaged, or somebody works on the store.
    """
    from engine.store.copying import backups, restore

    if ws.readonly:
        raise EngineError("--readonly looks only and writes nothing", "leave --readonly out")
    found = backups(ws)
    named = {backup.path.name: backup.path for backup in found}
    if which == "newest":
        if not found:
            raise EngineError(f"a store is restored from a backup, got none beside {ws.store_path}")
        chosen = found[0].path
    else:
        chosen = named.get(which, Path(which))
    if not chosen.is_file():
        raise EngineError(f"a backup must be a file, got {which}", f"there are {', '.join(named) or 'none'}")
    try:
        aside = restore(ws, chosen)
    except (OSError, sqlite3.Error) as error:
        raise EngineError(f"a backup must be readable and its place writable, got {chosen}: {error}") from error
    return f"restored {chosen.name}; the previous store is in {aside}"


def _log(ws: Workspace) -> list[CheckView]:
    if ws.store_path is None:
        return []
    try:
        size = Path(f"{ws.store_path}-wal").stat().st_size
    except OSError:
        size = 0
    beside = f"{size / 2**20:.1f} MiB beside the file in {ws.store_path.name}-wal" if size else "everything in the file"
    hint = "copy both files, or use a backup" if size else ""
    return [CheckView(name="log", status="ok", text=beside, hint=hint)]


def _backups(ws: Workspace) -> list[CheckView]:
    from engine.store.copying import backups

    if ws.store_path is None:
        text = "a database server's store is backed up by its administrator"
        return [CheckView(name="backups", status="ok", text=text)]
    found = backups(ws)
    if not found:
        return [CheckView(name="backups", status="ok", text="none yet; made daily and before a migration")]
    hours = (time.time() - found[0].at) / 3600
    names = ", ".join(backup.path.name for backup in found[:3]) + (" …" if len(found) > 3 else "")
    text = f"{len(found)}, the newest {hours:.1f} h old: {names}"
    return [CheckView(name="backups", status="ok", text=text)]


def _restore_hint(ws: Workspace) -> str:
    from engine.store.copying import backups

    return "trimtab doctor --store --restore" if backups(ws) else "no backup is there"
