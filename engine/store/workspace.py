"""A workspace: the folder that holds a store, the trials' own folders and the logs."""

import os
from dataclasses import dataclass
from pathlib import Path

from engine.boundary.own_files import STORE_NAME as STORE_NAME  # noqa: PLC0414 - workspaces are known by it
from engine.boundary.own_files import STORE_SUFFIXES
from engine.errors import EngineError

DEFAULT_FOLDERS = ("trimtab-workspace", "trimtab-demo", "trimtab-recorded")
"""Folders looked for in the working directory where nothing is said; the first is the one that gets made."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where everything of one user's sprints lives.

    Attributes:
        path: The folder, absolute.
        store_url: SQLAlchemy URL of another store (PostgreSQL), or None for ``store.db`` in the folder.
    """

    path: Path
    store_url: str | None = None

    @property
    def store_path(self) -> Path | None:
        """The SQLite file, or None where the store is a database server."""
        if self.store_url is None:
            return self.path / STORE_NAME
        prefix = "sqlite:///"
        return Path(self.store_url.removeprefix(prefix)) if self.store_url.startswith(prefix) else None

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the store."""
        return self.store_url or f"sqlite:///{self.path}/{STORE_NAME}"

    @property
    def logs(self) -> Path:
        """Folder of the launchers' and workers' logs."""
        return self.path / "logs"

    def sprint_dir(self, sprint_id: int) -> Path:
        """Folder of one sprint's runs."""
        return self.path / "runs" / str(sprint_id)

    def run_dir(self, sprint_id: int, number: int) -> Path:
        """A trial's own folder: its log and its checkpoints."""
        return Path(f"{self.path}/runs/{sprint_id}/{number}")

    def trial_log(self, sprint_id: int, number: int) -> Path:
        """A trial's own log file."""
        return self.run_dir(sprint_id, number) / "log.txt"

    def launcher_log(self, sprint_id: int) -> Path:
        """Log of the launcher of a sprint."""
        return self.logs / f"launcher-{sprint_id}.log"

    def worker_log(self, sprint_id: int, slot: int) -> Path:
        """Log of the worker in one slot of a sprint."""
        return self.logs / f"worker-{sprint_id}-{slot}.log"

    def launcher_lock(self, sprint_id: int, first_slot: int = 0) -> Path:
        """File that the launcher of a sprint's slots holds locked for as long as it lives."""
        return self.sprint_dir(sprint_id) / f"launcher-{first_slot}.lock"


def find_workspace(given: Path | str | None = None) -> Path:
    """The folder that is meant: the given one, ``TRIMTAB_WORKSPACE``, the working directory or a default folder in it.

    Of the last two the first that holds a store; where none does, the first default folder.
    """
    named = given or named_workspace()
    if named:
        return Path(named)
    candidates = (Path(), *map(Path, DEFAULT_FOLDERS))
    return next((folder for folder in candidates if (folder / STORE_NAME).exists()), Path(DEFAULT_FOLDERS[0]))


def named_workspace() -> Path | None:
    """The folder that ``TRIMTAB_WORKSPACE`` names, if it does."""
    named = os.environ.get("TRIMTAB_WORKSPACE")
    return Path(named) if named else None


def open_workspace(path: Path, store_url: str | None = None, create: bool = False) -> Workspace:
    """The workspace in a folder; with ``create`` the folder and an empty store are made where there are none.

    Raises:
        EngineError: When there is no workspace and none shall be made, or the store was written by a newer version.
    """
    ws = Workspace(path.expanduser().resolve(), store_url)
    store = ws.store_path
    if store is not None and not store.exists() and not create:
        if store_url is not None:
            raise EngineError(f"the store must exist, got {store} which does not", "see --store and TRIMTAB_STORE")
        raise EngineError(f"a workspace must hold {STORE_NAME}, got {ws.path} without one", "make one: trimtab demo")
    from engine.store.database import create_store, require_current_schema

    if create:
        try:
            ws.logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            told = error.strerror or type(error).__name__
            raise EngineError(
                f"a workspace must be a folder that can be written, got {ws.path}: {told}",
                "name another: --workspace DIR",
            ) from None
        create_store(ws)
    else:
        require_current_schema(ws)
    return ws


def remove_empty_store(ws: Workspace) -> None:
    """Take a store of one's own making away that nothing was stored in; one that holds a thread stays."""
    from engine.store import queries
    from engine.store.database import dispose, reading

    store = ws.store_path
    if store is None or not store.exists():
        return
    with reading(ws) as session:
        if queries.threads(session, archived=True):
            return
    dispose(ws)
    for suffix in STORE_SUFFIXES:
        Path(f"{store}{suffix}").unlink(missing_ok=True)
