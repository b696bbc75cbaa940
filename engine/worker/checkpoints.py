"""Checkpoints of a sprint: the last one of its best trials is kept, the others' are deleted; disk use is counted.

A trial's checkpoints are folders ``checkpoint-eN`` in its own folder.
"""

import math
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import update
from sqlmodel import Session, col, select

from engine.store.tables import SprintRow, ThreadRow, TrialRow
from engine.store.workspace import Workspace
from engine.trials.fidelity import WARMUP_END
from engine.trials.limits import Limits
from engine.trials.states import TrialState

FOLDER = re.compile(r"checkpoint-e(\d+)")
"""Name of a checkpoint's folder: after which epoch it was written."""


def wanted_epochs(sprint: SprintRow, n_train_epochs: int, warmup_end: int) -> tuple[int, ...]:
    """Epochs after which a trial writes a checkpoint: the plan's, and the last when the best trials keep theirs.

    Args:
        sprint: Its row.
        n_train_epochs: Epochs that the trial trains.
        warmup_end: The epoch at whose end its warmup is over.
    """
    last = {n_train_epochs} if sprint.keep_top > 0 else set()
    planned = {warmup_end if epoch == WARMUP_END else epoch for epoch in sprint.keep_checkpoint_at}
    return tuple(sorted({epoch for epoch in planned if epoch <= n_train_epochs} | last))


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


def best_first(session: Session, sprint: SprintRow) -> list[int]:
    """Numbers of the ended trials: complete ones by score, ties by number, then the others from the last."""
    query = select(TrialRow.number, TrialRow.state, TrialRow.score).where(
        TrialRow.sprint_id == sprint.id, col(TrialRow.state).in_([state for state in TrialState if state.is_finished])
    )
    scored: list[tuple[float, int]] = []
    others: list[int] = []
    for number, state, score in session.exec(query).all():
        if state == TrialState.COMPLETE and score is not None and math.isfinite(score):
            scored.append((sprint.direction.cost(score), number))
        else:
            others.append(number)
    return [*(number for _, number in sorted(scored)), *sorted(others, reverse=True)]


def surplus(session: Session, ws: Workspace, sprint: SprintRow) -> dict[int, dict[int, Path]]:
    """Checkpoints to give up: those beyond the ``keep_top`` best trials', then the worst ones until the rest fits.

    Without ``keep_top`` every trial keeps what it wrote at the epochs the plan names, within the sprint's
    ``checkpoint_gb``. The best trial always keeps its own, and nothing goes that another thread starts from.

    To be found before the store is locked, for it reads every trial's score and folder. A trial that ends meanwhile
    only adds to it: final scores do not change, and what was beyond the best stays there.

    Returns:
        Number of trial → epoch → folder.
    """
    if sprint.id is None or not (sprint.keep_top or sprint.keep_checkpoint_at):
        return {}
    order = best_first(session, sprint)
    kept = order[: sprint.keep_top] if sprint.keep_top else order
    limit = Limits.from_dict(sprint.limits).checkpoint_gb
    if limit is not None:
        kept = _within(ws, sprint.id, kept, limit * 2**30)
    in_use = _in_use(session)
    found = {number: written(ws.run_dir(sprint.id, number)) for number in order if number not in kept}
    return {n: some for n, some in found.items() if any(str(folder) not in in_use for folder in some.values())}


def give_up(session: Session, sprint_id: int, found: Mapping[int, Mapping[int, Path]]) -> list[Path]:
    """Let the store name the surplus checkpoints no longer, those excepted that a thread has come to start from.

    Nothing is deleted here, for the caller holds the store's write lock and a checkpoint may be gigabytes.

    Returns:
        Folders for `delete` once the transaction is over.
    """
    in_use = _in_use(session)
    given_up: list[Path] = []
    for number, folders in found.items():
        left = [str(folder) for _, folder in sorted(folders.items()) if str(folder) in in_use]
        given_up += [folder for folder in folders.values() if str(folder) not in in_use]
        change = update(TrialRow).where(col(TrialRow.sprint_id) == sprint_id, col(TrialRow.number) == number)
        session.connection().execute(change.values(checkpoint=left[-1] if left else None))
    return given_up


def delete(checkpoints: Iterable[Path]) -> None:
    """Delete checkpoint folders; what a killed process leaves of them is given up again at the next trial's end."""
    for folder in checkpoints:
        shutil.rmtree(folder, ignore_errors=True)


def _in_use(session: Session) -> set[str]:
    """Checkpoints that some thread or sprint starts its trials from: they are nobody's to delete."""
    found = (session.exec(select(table.checkpoint).distinct()).all() for table in (ThreadRow, SprintRow))
    return {checkpoint for some in found for checkpoint in some if checkpoint is not None}


def _within(ws: Workspace, sprint_id: int, numbers: Sequence[int], n_bytes: float) -> list[int]:
    """The first of the trials whose checkpoints together fit into so many bytes, the very first in any case."""
    fitting: list[int] = []
    total = 0.0
    for number in numbers:
        total += sum(disk_use(folder) for folder in written(ws.run_dir(sprint_id, number)).values())
        if fitting and total > n_bytes:
            break
        fitting.append(number)
    return fitting


def disk_use(folder: Path) -> int:
    """Bytes of all files below a folder; 0 where there is none."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
