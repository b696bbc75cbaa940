"""A workspace: the folder that holds a store, the trials' own folders and the logs."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO

from engine.boundary.own_files import STORE_NAME as STORE_NAME  # noqa: PLC0414 - workspaces are known by it
from engine.boundary.own_files import STORE_SUFFIXES
from engine.errors import EngineError
from engine.secrets import masked_text
from engine.store.address import checked_address

STORE = "TRIMTAB_STORE"
"""Variable that names a store elsewhere by its URL."""

DEFAULT_FOLDERS = ("trimtab-workspace", "trimtab-demo", "trimtab-recorded")
"""Folders looked for in the working directory where nothing is said; the first is the one that gets made."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where everything of one user's sprints lives.

    Attributes:
        path: The folder, absolute.
        store_url: SQLAlchemy URL of another store (PostgreSQL), or None for ``store.db`` in the folder.
        readonly: Look only: nothing on the disk and nothing in the store changes.
    """

    path: Path
    store_url: str | None = None
    readonly: bool = False

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
    def shown_url(self) -> str:
        """The store as a person may see it: the file, or the URL without its password."""
        return masked_text(str(self.store_path or self.url))

    @property
    def is_shared(self) -> bool:
        """Whether the folder's group may use the workspace, see ``--group``."""
        try:
            return bool(self.logs.stat().st_mode & stat.S_IWGRP)
        except OSError:
            return False

    @property
    def umask(self) -> int:
        """What files of the workspace are not: other people's, and the group's unless it is shared."""
        return 0o007 if self.is_shared else 0o077

    def make_folder(self, folder: Path) -> None:
        """Make a folder of the workspace, and those above it, for its owner alone unless the workspace is shared."""
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        mode = 0o2770 if self.is_shared else 0o700
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
            if one.is_relative_to(self.path):
                one.chmod(mode)

    @contextmanager
    def appending(self, path: Path) -> Iterator[IO[bytes]]:
        """A file of the workspace, opened to append; made for its owner alone unless the workspace is shared."""
        with os.fdopen(self.open_private(path, os.O_APPEND), "ab") as file:
            yield file

    def write_text(self, path: Path, text: str) -> None:
        """Write a whole text file of the workspace, for its owner alone unless the workspace is shared."""
        with os.fdopen(self.open_private(path, os.O_TRUNC), "w", encoding="utf-8") as file:
            file.write(text)

    def open_private(self, path: Path, flags: int = 0) -> int:
        """Open a file of the workspace for writing, made where it is missing; its descriptor."""
        mode = 0o660 if self.is_shared else 0o600
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flags, mode)
        if stat.S_IMODE(os.fstat(handle).st_mode) != mode:
            with suppress(PermissionError):  # somebody else of the group made it
                os.fchmod(handle, mode)
        return handle

    def own(self, path: Path) -> Path:
        """Give a file that was just made in the workspace, and its folder in there, the workspace's rights."""
        for one in (path, path.parent):
            if one != self.path and one.resolve().is_relative_to(self.path):
                _set_mode(one, self)
        return path

    def protect(self, *, group: bool = False) -> None:
        """Close what an older version left open to other accounts; with ``group`` open it to the folder's group.

        Only what trimtab made is touched: a workspace may be a folder with other things in it.
        """
        ours = [self.logs, self.path / "runs", self.path / "exports"]
        if group and not self.is_shared:
            ours = [self.path] if stat.S_IMODE(self.path.stat().st_mode) == 0o700 else ours
            for folder in (self.path, self.logs):
                folder.chmod(0o2770)
        for folder in ours:
            for path in [folder, *folder.rglob("*")] if group else [folder]:
                _set_mode(path, self)
        store = self.store_path
        for end in STORE_SUFFIXES if store is not None else ():
            _set_mode(Path(f"{store}{end}"), self)

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


def named_store() -> str | None:
    """The URL that ``TRIMTAB_STORE`` holds, if it does."""
    return os.environ.get(STORE) or None


def similar_workspaces(path: Path) -> list[str]:
    """Names of workspaces beside a path that is missing, nearly spelt like it: what a mistyped name may have meant."""
    path = path.expanduser().resolve()
    try:
        beside = [one.name for one in path.parent.iterdir() if (one / STORE_NAME).exists() and one != path]
    except OSError:
        return []
    spelt = {name.casefold(): name for name in beside}
    return [spelt[name] for name in get_close_matches(path.name.casefold(), list(spelt), n=3, cutoff=0.75)]


def is_missing(path: Path) -> bool:
    """Whether a workspace's folder would have to be made."""
    return not path.expanduser().exists()


def missing_text(path: Path) -> str:
    """What to say of a workspace that is missing, with the names that may have been meant."""
    near = similar_workspaces(path)
    return f"No workspace at {path}." + (f" Did you mean {' or '.join(near)}?" if near else "")


def open_workspace(
    path: Path, store_url: str | None = None, create: bool = False, *, group: bool = False, readonly: bool = False
) -> Workspace:
    """The workspace in a folder; with ``create`` the folder and an empty store are made where there are none.

    Args:
        path: The folder.
        store_url: SQLAlchemy URL of a store elsewhere.
        create: Make what is missing.
        group: Open the workspace to the folder's group; otherwise what is made is its owner's alone.
        readonly: Look only: nothing is made, brought up to date or changed.

    Raises:
        EngineError: When there is no workspace and none shall be made, or the store was written by a newer version.
    """
    ws = Workspace(path.expanduser().resolve(), None if store_url is None else checked_address(store_url), readonly)
    store = ws.store_path
    create = create and not readonly
    if store is not None and not store.exists() and not create:
        if store_url is not None:
            raise EngineError(f"the store must exist, got {store} which does not", "see --store and TRIMTAB_STORE")
        raise EngineError(f"a workspace must hold {STORE_NAME}, got {ws.path} without one", "make one: trimtab demo")
    from engine.store.database import create_store, require_current_schema

    if create:
        if store is None:
            create_store(ws)  # a server that cannot be used leaves no folder behind
        try:
            ws.make_folder(ws.logs)
            if group:
                ws.protect(group=True)
        except OSError as error:
            told = error.strerror or type(error).__name__
            raise EngineError(
                f"a workspace must be a folder that can be written, got {ws.path}: {told}",
                "name another: --workspace DIR",
            ) from None
        if store is not None:
            create_store(ws)
        ws.protect(group=group)
    else:
        require_current_schema(ws)
    if not readonly:
        from engine.store.copying import back_up_daily

        back_up_daily(ws)
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


def _set_mode(path: Path, ws: Workspace) -> None:
    """Give a file or folder of ours the modes of its workspace; what is not ours to change stays."""
    with suppress(OSError):
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
            return
        modes = (0o2770, 0o660) if ws.is_shared else (0o700, 0o600)
        wanted = modes[0] if stat.S_ISDIR(found.st_mode) else modes[1]
        if stat.S_IMODE(found.st_mode) != wanted:
            path.chmod(wanted)
