"""Recordings: a workspace of finished sprints as one file."""

from pathlib import Path

from engine import recording
from engine.recording import Recording
from engine.workspace import Workspace


def pack_workspace(ws: Workspace, target: Path, *, made_by: str = "", private: tuple[str, ...] = ()) -> Recording:
    """Write a recording of the workspace's finished sprints; see `engine.recording.pack`."""
    return recording.pack(ws, target, made_by=made_by, private=private)


def unpack_workspace(source: Path, folder: Path) -> Recording:
    """Lay a recording out in a folder without a store, which `open_workspace` then brings up to date."""
    return recording.unpack(source, folder)


def recorded_as(folder: Path) -> Recording | None:
    """The card of the recording that a workspace folder was unpacked from; None for one that nobody recorded."""
    return recording.read_card(folder.expanduser())
