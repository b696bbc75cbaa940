"""Checkpoints of a sprint: the last one of its best trials is kept, the others' are deleted; disk use is counted.

A trial's checkpoints are folders ``checkpoint-eN`` in its own folder. Those at epochs the plan names stay always.
"""

import re
import shutil
from pathlib import Path

from sqlalchemy import update
from sqlmodel import Session, col

from engine.store import queries
from engine.store.tables import SprintRow, TrialRow
from engine.trial import Direction, ranked
from engine.workspace import Workspace

FOLDER = re.compile(r"checkpoint-e(\d+)")
"""Name of a checkpoint's folder: after which epoch it was written."""


def wanted_epochs(sprint: SprintRow, n_train_epochs: int) -> tuple[int, ...]:
    """Epochs after which a trial writes a checkpoint: the plan's, and the last when the best trials keep theirs."""
    last = {n_train_epochs} if sprint.keep_top > 0 else set()
    return tuple(sorted({epoch for epoch in sprint.keep_checkpoint_at if epoch <= n_train_epochs} | last))


def written(run_dir: Path) -> dict[int, Path]:
    """A trial's checkpoints by epoch."""
    if not run_dir.is_dir():
        return {}
    return {
        int(match[1]): folder
        for folder in sorted(run_dir.iterdir())
        if folder.is_dir() and (match := FOLDER.fullmatch(folder.name))
    }


def last_checkpoint(run_dir: Path) -> str | None:
    """The latest checkpoint of a trial, or None."""
    found = written(run_dir)
    return str(found[max(found)]) if found else None


def keep_best(session: Session, ws: Workspace, sprint: SprintRow) -> list[int]:
    """Delete the checkpoints of trials that are not among the ``keep_top`` best, but for the epochs the plan names.

    Returns:
        Numbers of the trials that lost checkpoints.
    """
    if sprint.keep_top <= 0 or sprint.id is None:
        return []
    records = queries.trial_records(session, sprint.id)
    direction: Direction = "minimize" if sprint.direction == "minimize" else "maximize"
    best = {trial.number for trial in ranked(records, direction)[: sprint.keep_top]}
    stripped = []
    for trial in records:
        if trial.state in ("queued", "running") or trial.number in best:
            continue
        extra = [
            folder
            for epoch, folder in written(ws.run_dir(sprint.id, trial.number)).items()
            if epoch not in sprint.keep_checkpoint_at
        ]
        for folder in extra:
            shutil.rmtree(folder, ignore_errors=True)
        if extra:
            stripped.append(trial.number)
            left = last_checkpoint(ws.run_dir(sprint.id, trial.number))
            change = update(TrialRow).where(col(TrialRow.sprint_id) == sprint.id, col(TrialRow.number) == trial.number)
            session.connection().execute(change.values(checkpoint=left))
    return stripped


def disk_use(folder: Path) -> int:
    """Bytes of all files below a folder; 0 where there is none."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
