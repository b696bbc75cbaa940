"""``trimtab doctor``: what could go wrong on this machine, looked at before it does."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from engine.api.views import CheckView
from engine.errors import EngineError
from engine.secrets import masked_text
from engine.store.address import checked_address
from engine.store.workspace import Workspace
from engine.trials.states import SprintState

PACKAGES = ("optuna", "scikit-optimize", "scikit-learn", "sqlmodel", "textual")
"""What every installation has; versions are read from metadata, nothing is imported."""

SAFE_SQLITE = (3, 51, 3)
"""The first version without a rare WAL corruption race, https://sqlite.org/wal.html."""

LITTLE_DISK = 2 * 2**30
"""Bytes below which a checkpoint or two fill the disk."""


def doctor(ws: Workspace) -> list[CheckView]:
    """Every check, in the order of what depends on what; nothing is changed."""
    return [
        _python(),
        *_packages(),
        *_of_objectives(),
        _sqlite(),
        *_store(ws),
        *_disk(ws),
        _gpus(),
        *_torch(),
        *_environment(),
        *_extensions(),
    ]


def _extensions() -> Iterator[CheckView]:
    """What other packages add, and what of it cannot be loaded."""
    from engine.registries.kinds import KINDS

    registries = [kind.load() for kind in KINDS.values()]
    broken = [text for registry in registries for text in registry.broken().values()]
    for text in broken:
        yield CheckView(name="extensions", status="warning", text=text, hint="Update or uninstall that package")
    usable = [f"{registry.kind} {name}" for registry in registries for name in registry.added()]
    if not broken:
        yield CheckView(name="extensions", status="ok", text=", ".join(usable) or "none installed")


def _python() -> CheckView:
    found = ".".join(map(str, sys.version_info[:3]))
    return CheckView(name="python", status="ok", text=f"{found} at {sys.executable}")


def _packages() -> Iterator[CheckView]:
    found, missing = _versions(PACKAGES)
    if missing:
        yield CheckView(
            name="packages", status="error", text=f"missing: {', '.join(missing)}", hint="install trimtab again"
        )
    yield CheckView(name="packages", status="ok", text=", ".join(found))


def _versions(packages: Sequence[str]) -> tuple[list[str], list[str]]:
    """Packages with their versions, and those that are not installed."""
    found, missing = [], []
    for name in packages:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    return found, missing


def _of_objectives() -> Iterator[CheckView]:
    """What each objective that has a name looks for."""
    from engine.objectives.registry import OBJECTIVES
    from engine.registries.registry import resolve

    for info in OBJECTIVES.usable():
        try:
            checks = [CheckView(**check) for check in resolve(info.checks)()] if info.checks else []
        except Exception as error:  # another package's code
            checks = [CheckView(name=info.name, status="warning", text=f"cannot be checked: {error}")]
        yield from checks


def _sqlite() -> CheckView:
    found = sqlite3.sqlite_version
    if tuple(int(part) for part in found.split(".")) < SAFE_SQLITE:
        return CheckView(
            name="sqlite",
            status="warning",
            text=f"SQLite {found}; before 3.51.3 a rare race can corrupt a WAL database",
            hint="keep copies: sqlite3 store.db \"VACUUM INTO 'copy.db'\"",
        )
    return CheckView(name="sqlite", status="ok", text=f"SQLite {found}")


def _store(ws: Workspace) -> Iterator[CheckView]:
    if ws.store_url is not None:
        try:
            ws = replace(ws, store_url=checked_address(ws.store_url))
        except EngineError as error:
            yield CheckView(name="store", status="error", text=error.message, hint=error.hint)
            return
    if ws.store_path is not None and not ws.store_path.exists():
        yield CheckView(
            name="store",
            status="warning",
            text=f"no store at {ws.store_path} yet",
            hint="create it with trimtab thread new FILE, or trimtab demo",
        )
        return
    from sqlalchemy.exc import SQLAlchemyError

    from engine.store.database import reading, server_refusals
    from engine.store.migrations import SCHEMA_VERSION, applied_version

    try:
        with server_refusals(ws), reading(ws) as session:
            found = applied_version(session.connection())
            mode = session.connection().exec_driver_sql("PRAGMA journal_mode").scalar() if ws.store_path else "server"
    except (EngineError, SQLAlchemyError) as error:
        yield CheckView(
            name="store",
            status="error",
            text=f"{ws.shown_url} cannot be read: {masked_text(str(error).splitlines()[0])}",
        )
        return
    status = "ok" if found == SCHEMA_VERSION and mode in ("wal", "server") else "warning"
    text = f"{ws.shown_url}: schema {found} of {SCHEMA_VERSION}, journal {mode}"
    yield CheckView(name="store", status="ok" if status == "ok" else "warning", text=text)
    yield from _orphans(ws)


def _orphans(ws: Workspace) -> Iterator[CheckView]:
    from engine.api.sprints import list_sprints

    orphans = [view for view in list_sprints(ws) if view.state == SprintState.ORPHANED]
    for view in orphans:
        yield CheckView(
            name="sprints",
            status="warning",
            text=f"{view.thread}/{view.short_label} is to run but nobody works on it",
            hint=f"trimtab sprint resume {view.id}",
        )
    if not orphans:
        yield CheckView(name="sprints", status="ok", text="none orphaned")


def _disk(ws: Workspace) -> Iterator[CheckView]:
    from engine.store.database import NETWORK_DISKS, file_system

    folder = ws.path
    while not folder.exists():
        folder = folder.parent
    kind = file_system(folder)
    if kind in NETWORK_DISKS and ws.store_path is not None:
        yield CheckView(
            name="disk",
            status="error",
            text=f"{folder} is on a network disk ({kind}), where SQLite's locks do not hold",
            hint="choose a local --workspace or a PostgreSQL --store",
        )
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**30:.1f} GiB free at {folder}{f' ({kind})' if kind else ''}"
    if free < LITTLE_DISK:
        yield CheckView(
            name="disk", status="warning", text=text, hint="delete kept checkpoints, or choose another disk"
        )
    else:
        yield CheckView(name="disk", status="ok", text=text)


def _gpus() -> CheckView:
    program = shutil.which("nvidia-smi")
    if program is None:
        n = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return CheckView(name="gpus", status="ok", text=f"none: trials run on {n} CPU cores")
    query = [program, "--query-gpu=index,name,memory.free,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return CheckView(name="gpus", status="warning", text=f"nvidia-smi fails: {error}", hint="look at the driver")
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return CheckView(name="gpus", status="ok", text="; ".join(lines) or "none")


def _torch() -> Iterator[CheckView]:
    """Torch tried on the GPUs; nothing where there are none, or no torch."""
    from engine.launchers.torch_check import try_torch

    found = try_torch()
    if found is not None:
        yield CheckView(name="torch", status="ok" if found.is_usable else "warning", text=found.text, hint=found.hint)


def _environment() -> Iterator[CheckView]:
    from engine.launchers.environment import MEASURED_BEST, OVERRIDE, worker_environment

    try:
        found = worker_environment(1)
    except EngineError as error:
        yield CheckView(name="environment", status="error", text=error.message)
        return
    shown = [f"{name}={found[name]}" for name in (*MEASURED_BEST, "OMP_NUM_THREADS")]
    changed = [name for name, value in MEASURED_BEST.items() if found[name] != value]
    if changed:
        yield CheckView(
            name="environment",
            status="warning",
            text=f"workers get {' '.join(shown)}; {', '.join(changed)} not as measured best",
            hint=f"unset them, or set them for workers alone in {OVERRIDE}",
        )
    else:
        yield CheckView(name="environment", status="ok", text=f"workers get {' '.join(shown)}; {OVERRIDE} overrides")
