"""Whether somebody works on a sprint: what readers compute, and nobody stores."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from sqlmodel import Session

from engine.processes import ProcessId, is_alive, is_before_reboot, is_stopped
from engine.store import queries
from engine.store.clock import store_clock
from engine.store.tables import RunRow, SprintRow, WorkerRow, now
from engine.trials.limits import Limits
from engine.trials.states import SprintState

Row = TypeVar("Row", RunRow, WorkerRow)

Liveness = Literal["idle", "running", "stalled", "orphaned"]
"""``idle``: nobody should work on it; ``stalled``: its workers live but say nothing; ``orphaned``: nobody lives."""

STALLED_SECONDS = 90.0
"""A living worker whose heartbeat is older is stalled (stopped, or its machine overwhelmed)."""


def process_of(row: RunRow | WorkerRow) -> ProcessId:
    """The process a row speaks of."""
    return ProcessId(host=row.host, boot_id=row.boot_id, pid=row.pid, start_time=row.start_time)


def lives(row: RunRow | WorkerRow, *, lease_seconds: float, at: datetime | None = None) -> bool:
    """Whether a launcher or worker lives: by its process on this machine, by its heartbeat on others.

    Args:
        row: The launcher or worker.
        lease_seconds: A heartbeat older than this is no sign of life.
        at: What the store's clock shows; this machine's where None, which is the same for a file.
    """
    if row.ended_at is not None:
        return False
    process = process_of(row)
    seen = is_alive(process)
    if seen is not None:
        return seen
    silent = (at or now()) - row.beat_at
    return silent < timedelta(seconds=lease_seconds) and not is_before_reboot(process, silent.total_seconds())


def stopped_notices(session: Session, sprint_id: int) -> list[str]:
    """One sentence for each worker of this machine that is stopped (SIGSTOP, a debugger): its trial waits for it."""
    return [
        f"A worker is stopped (process {worker.pid}) and keeps its trial. "
        f"Continue it with kill -CONT {worker.pid}, or end it with kill -KILL {worker.pid}."
        for worker in queries.workers(session, sprint_id, open_only=True)
        if is_stopped(process_of(worker))
    ]


def is_held(sprint: SprintRow) -> bool:
    """Whether a sprint paused by itself after a run of failures: until a person resumes it nobody works on it."""
    return sprint.state == SprintState.PAUSED and bool(sprint.failure)


def needs_workers(sprint: SprintRow) -> bool:
    """Whether somebody should work on a sprint."""
    return sprint.state.is_open and not is_held(sprint)


def liveness(session: Session, sprint: SprintRow) -> Liveness:
    """Whether somebody works on a sprint that should be worked on."""
    if not needs_workers(sprint):
        return "idle"
    lease = Limits.from_dict(sprint.limits).lease_seconds
    at = store_clock(session)
    workers = _living(queries.workers(session, sprint.id, open_only=True), lease, at)
    if not workers:
        runs = _living(queries.runs(session, sprint.id, open_only=True), lease, at)
        return "running" if runs else "orphaned"
    heard = max(worker.beat_at for worker in workers)
    return "stalled" if at - heard > timedelta(seconds=STALLED_SECONDS) else "running"


def _living(rows: Iterable[Row], lease: float, at: datetime) -> list[Row]:
    return [row for row in rows if lives(row, lease_seconds=lease, at=at)]
