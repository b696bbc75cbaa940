"""Where a sprint was placed last, so that a resume goes to the same place: written down in the store's events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import desc
from sqlmodel import Session, col, select

from engine.launchers.launcher import Job
from engine.store import commands
from engine.store.database import reading, writing
from engine.store.tables import EventRow
from engine.store.workspace import Workspace

PLACED = "run.placed"
"""Kind of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """How a sprint was started last.

    Attributes:
        launcher: Name in the registry.
        options: The options that were given.
        job_name: What another scheduler knows its jobs by; empty where there is none.
    """

    launcher: str
    options: Mapping[str, Any]
    job_name: str = ""


def record_placement(ws: Workspace, sprint_id: int, placement: Placement) -> None:
    """Write down where a sprint was placed."""
    with writing(ws) as session:
        commands.record_event(
            session, PLACED, sprint_id=sprint_id, launcher=placement.launcher, options=dict(placement.options),
            job_name=placement.job_name,
        )  # fmt: skip


def last_placement(session: Session, sprint_id: int) -> Placement | None:
    """Where a sprint was placed last; None for one that was started by an older version, or by nobody."""
    query = select(EventRow).where(EventRow.sprint_id == sprint_id, EventRow.kind == PLACED)
    row = session.exec(query.order_by(desc(col(EventRow.id))).limit(1)).first()
    if row is None:
        return None
    told = row.payload
    return Placement(launcher=told["launcher"], options=told.get("options", {}), job_name=told.get("job_name", ""))


def jobs_of(session: Session, sprint_id: int) -> tuple[Job, ...]:
    """The jobs that another scheduler has for a sprint, as it says now; none where no scheduler has it."""
    placed = last_placement(session, sprint_id)
    if placed is None or not placed.job_name:
        return ()
    from engine.launchers.registry import LAUNCHERS
    from engine.registries.registry import resolve

    info = LAUNCHERS.get(placed.launcher)
    return tuple(resolve(info.jobs)(placed.job_name)) if info is not None and info.jobs else ()


def withdraw_jobs(ws: Workspace, sprint_id: int) -> None:
    """Take a sprint's jobs that have not begun out of another scheduler's queue."""
    from engine.launchers.registry import LAUNCHERS
    from engine.registries.registry import resolve

    with reading(ws) as session:
        placed = last_placement(session, sprint_id)
    info = None if placed is None or not placed.job_name else LAUNCHERS.get(placed.launcher)
    if placed is not None and info is not None and info.cancel:
        resolve(info.cancel)(placed.job_name)


def notices(jobs: Sequence[Job]) -> list[str]:
    """What a person is told of jobs that wait: how many, why, and which."""
    waiting = [job for job in jobs if job.waits]
    if not waiting:
        return []
    first = waiting[0]
    why = f", {first.reason}" if first.reason not in ("", "None") else ""
    when = f", expected to begin {first.begins}" if first.begins else ""
    named = ", ".join(job.id for job in waiting[:3]) + (" …" if len(waiting) > 3 else "")
    return [f"{len(waiting)} of {len(jobs)} jobs are pending in the queue ({named}{why}{when})."]
