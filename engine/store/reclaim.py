"""Taking trials out of dead hands: back into the queue, number and parameters kept, or failed after too many deaths."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from engine.store import queries
from engine.store.commands import record_event
from engine.store.liveness import lives
from engine.store.queries import TRIAL
from engine.store.tables import SprintRow, TrialRow, WorkerRow, now
from engine.trials.limits import Limits

ENDED_ON_REQUEST = "ended on request"
"""Reason of a worker that went in good order: its trial is not counted as failed."""


def reclaim_dead(session: Session, sprint: SprintRow, limits: Limits, *, me: int | None = None) -> int:
    """Take every running trial whose worker is gone.

    A worker is gone when its process is (seen at once on its host), when it said so, or when its lease ran out. A
    trial in the hands of ``me`` is taken too: a worker that asks for work has none.

    Returns:
        How many workers and trials were changed.
    """
    n_changed = _end_dead_workers(session, sprint, limits)
    c = TRIAL.c
    running = session.connection().execute(
        select(c.id, c.number, c.token, c.worker_id, c.lease_until, c.n_failures)
        .where(c.sprint_id == sprint.id, c.state == "running")
        .order_by(c.number)
    )
    for trial in running.all():
        lost = _why_lost(session, trial, limits, me)
        if lost is not None:
            n_changed += _take(session, sprint, trial, limits, *lost)
    return n_changed


def fail_late(session: Session, trial: TrialRow, seconds: float) -> None:
    """Fail a running trial that is over its time and whose worker cannot end it; tried again it would be late again."""
    facts: dict[str, Any] = {
        "error_kind": "timeout",
        "reason": f"it took longer than its time limit, {seconds:.0f} s, and did not listen",
    }
    values = {"state": "failed", "finished_at": now(), "seconds": seconds, "lease_until": None, **facts}
    c = TRIAL.c
    late = update(TRIAL).where(c.id == trial.id, c.token == trial.token, c.state == "running")
    if session.connection().execute(late.values(**values, n_failures=trial.n_failures + 1)).rowcount:
        whose = {"sprint_id": trial.sprint_id, "number": trial.number, "worker_id": trial.worker_id}
        record_event(session, "trial.failed", **whose, **facts)


def drop_dead_ask_lease(session: Session, sprint: SprintRow) -> None:
    """Free the right to suggest when the worker that holds it has ended."""
    if sprint.ask_owner is None:
        return
    owner = session.get(WorkerRow, sprint.ask_owner)
    if owner is None or owner.ended_at is not None:
        sprint.ask_owner, sprint.ask_until = None, None
        session.add(sprint)
        session.flush()


def _end_dead_workers(session: Session, sprint: SprintRow, limits: Limits) -> int:
    """Write down which workers died without saying so."""
    dead = [
        worker
        for worker in queries.workers(session, sprint.id, open_only=True)
        if not lives(worker, lease_seconds=limits.lease_seconds)
    ]
    for worker in dead:
        worker.state, worker.ended_at = "ended", now()
        worker.reason = worker.reason or f"died ({worker.host}, process {worker.pid})"
        session.add(worker)
        record_event(
            session, "worker.ended", sprint_id=sprint.id, worker_id=worker.id, reason=worker.reason, slot=worker.slot
        )
    session.flush()
    return len(dead)


def _why_lost(session: Session, trial: Sequence[Any], limits: Limits, me: int | None) -> tuple[str, bool] | None:
    """(reason, whether it counts as a death) for a trial in dead hands; None while its worker is well."""
    _, _, _, worker_id, lease_until, _ = trial
    worker = None if worker_id is None else session.get(WorkerRow, worker_id)
    if worker is None or worker_id == me:
        return "its worker let go of it", False
    if worker.ended_at is not None:
        return f"its worker {worker.reason or 'ended'}", worker.reason != ENDED_ON_REQUEST
    if lease_until is not None and lease_until < now():
        return f"its worker was not heard of for {limits.lease_seconds:g} s", True
    return None


def _take(
    session: Session, sprint: SprintRow, trial: Sequence[Any], limits: Limits, reason: str, is_death: bool
) -> int:
    trial_id, number, token, worker_id, _, n_failures = trial
    n_failures += is_death
    gone = n_failures > limits.max_deaths
    values: dict[str, Any] = {"state": "queued", "lease_until": None, "n_failures": n_failures, "reason": reason}
    if gone:
        reason = f"{reason}; tried {n_failures} times"
        values |= {"state": "failed", "error_kind": "lost", "finished_at": now(), "reason": reason}
    c = TRIAL.c
    take = update(TRIAL).where(c.id == trial_id, c.token == token, c.state == "running").values(**values)
    if session.connection().execute(take).rowcount == 0:
        return 0
    record_event(
        session,
        "trial.failed" if gone else "trial.queued",
        thread_id=sprint.thread_id,
        sprint_id=sprint.id,
        number=number,
        worker_id=worker_id,
        reason=reason,
    )
    return 1
