"""Whether somebody works on a sprint: what readers compute, and nobody stores."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from sqlmodel import Session

from engine.processes import ProcessId, is_alive
from engine.store import queries
from engine.store.tables import RunRow, SprintRow, WorkerRow, now
from engine.trials.limits import Limits

Row = TypeVar("Row", RunRow, WorkerRow)

Liveness = Literal["idle", "running", "stalled", "orphaned"]
"""``idle``: nobody should work on it; ``stalled``: its workers live but say nothing; ``orphaned``: nobody lives."""

STALLED_SECONDS = 90.0
"""A living worker whose heartbeat is older is stalled (stopped, or its machine overwhelmed)."""

ACTIVE = ("running", "paused", "stopping")
"""States in which a sprint needs somebody to work on it."""


def process_of(row: RunRow | WorkerRow) -> ProcessId:
    """The process a row speaks of."""
    return ProcessId(host=row.host, boot_id=row.boot_id, pid=row.pid, start_time=row.start_time)


def lives(row: RunRow | WorkerRow, *, lease_seconds: float, at: datetime | None = None) -> bool:
    """Whether a launcher or worker lives: by its process on this host, by its heartbeat on others."""
    if row.ended_at is not None:
        return False
    seen = is_alive(process_of(row))
    return (at or now()) - row.beat_at < timedelta(seconds=lease_seconds) if seen is None else seen


def liveness(session: Session, sprint: SprintRow) -> Liveness:
    """Whether somebody works on a sprint that should be worked on."""
    if sprint.state not in ACTIVE:
        return "idle"
    lease = Limits.from_dict(sprint.limits).lease_seconds
    at = now()
    workers = _living(queries.workers(session, sprint.id, open_only=True), lease, at)
    if not workers:
        runs = _living(queries.runs(session, sprint.id, open_only=True), lease, at)
        return "running" if runs else "orphaned"
    heard = max(worker.beat_at for worker in workers)
    return "stalled" if at - heard > timedelta(seconds=STALLED_SECONDS) else "running"


def _living(rows: Iterable[Row], lease: float, at: datetime) -> list[Row]:
    return [row for row in rows if lives(row, lease_seconds=lease, at=at)]
