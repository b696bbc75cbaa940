"""Recordings: a workspace of finished sprints as one file."""

from pathlib import Path

from engine.exchange import workspace_archive
from engine.exchange.workspace_archive import Recording
from engine.store.workspace import Workspace


def pack_workspace(
    ws: Workspace, target: Path, *, made_by: str = "", private: tuple[str, ...] = (), replace: bool = False
) -> Recording:
    """Write a recording of the workspace's finished sprints; see `engine.exchange.workspace_archive.pack`."""
    return workspace_archive.pack(ws, target, made_by=made_by, private=private, replace=replace)


def unpack_workspace(source: Path, folder: Path) -> Recording:
    """Lay a recording out in a folder without a store, which `open_workspace` then brings up to date."""
    return workspace_archive.unpack(source, folder)


def recorded_as(folder: Path) -> Recording | None:
    """The card of the recording that a workspace folder was unpacked from; None for one that nobody recorded."""
    return workspace_archive.read_card(folder.expanduser())
