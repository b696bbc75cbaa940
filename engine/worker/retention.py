"""Artifacts of a sprint's trials stay within a bound on the disk: the best trials keep theirs, the worst lose them.

A trial that still runs is left alone: how good it is will be known at its end.
"""

from pathlib import Path

from sqlmodel import Session

from engine.artifacts.reader import NAMES, SPRINT_BYTES
from engine.store.tables import SprintRow
from engine.store.workspace import Workspace
from engine.worker.checkpoints import best_first


def drop_artifacts(run_dir: Path) -> None:
    """Delete what an attempt left that did not end well: it would be taken for the next one's."""
    for name in NAMES:
        (run_dir / name).unlink(missing_ok=True)


def keep_artifacts(session: Session, ws: Workspace, sprint: SprintRow, most_bytes: int = SPRINT_BYTES) -> list[int]:
    """Delete the artifacts of the worst trials until the rest fits; the best trial always keeps its own.

    Returns:
        Numbers of the trials that lost theirs.
    """
    assert sprint.id is not None
    sizes = {
        int(folder.name): _size(folder)
        for folder in (ws.sprint_dir(sprint.id).iterdir() if ws.sprint_dir(sprint.id).is_dir() else ())
        if folder.name.isdigit()
    }
    if sum(sizes.values()) <= most_bytes:
        return []
    order = [number for number in best_first(session, sprint) if sizes.get(number)]
    lost, total = [], 0
    for number in order:
        total += sizes[number]
        if total > most_bytes and number != order[0]:
            lost.append(number)
    for number in lost:
        drop_artifacts(ws.run_dir(sprint.id, number))
    return lost


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for name in NAMES if (file := folder / name).is_file())
