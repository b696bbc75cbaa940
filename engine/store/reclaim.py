"""Taking trials out of dead hands: back into the queue, number and parameters kept, or failed after too many deaths.

`find_lost` looks, without a lock; `take_lost` writes. Between the two a caller ends what the dead left running: the
next attempt would share the GPU with it.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, union_all, update
from sqlmodel import Session

from engine.processes import ProcessId, is_alive, is_before_reboot
from engine.store.clock import store_clock
from engine.store.commands import record_event
from engine.store.lease_watch import lease_watch
from engine.store.queries import TRIAL
from engine.store.tables import SprintRow, StoreModel, TrialRow, WorkerRow, now
from engine.trials.limits import Limits
from engine.trials.states import TrialState

ENDED_ON_REQUEST = "ended on request"
"""Reason of a worker that went in good order: its trial is not counted as failed."""

GAVE_UP_WAITING = "gave up waiting for the store"
"""Reason of a worker that an outage outlasted: its trial is not counted as failed either."""

WORKER = StoreModel.metadata.tables["worker"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """A worker that is gone, a running trial that nobody works on, or both.

    Attributes:
        worker_id: The worker; None where the trial names none.
        process: Its process, where the store knows it.
        slot: Its slot.
        is_open: The store does not know yet that it has ended.
        end: What to write of the worker's end.
        trial_id: The trial; None for a worker without one.
        number: Within the sprint.
        token: Of its claim.
        n_failures: Attempts that ended in an error or a death.
        reason: Why the trial goes back.
        is_death: Whether that counts as a death.
    """

    worker_id: int | None
    process: ProcessId | None = None
    slot: int = 0
    is_open: bool = False
    end: str = ""
    trial_id: int | None = None
    number: int = 0
    token: int = 0
    n_failures: int = 0
    reason: str = ""
    is_death: bool = False


def find_lost(session: Session, sprint_id: int, limits: Limits, *, me: int | None = None) -> list[Lost]:
    """Every worker that is gone and every running trial in its hands; one statement, nothing is written.

    On this machine a worker is gone when its process is, and only then: whatever clocks say, one that lives keeps its
    trial, also while it is stopped, for its command may train on. On others it is gone when its heartbeat has been seen
    to stand still for the time of its lease, see `lease_watch`. A trial in the hands of ``me`` is lost too: a worker
    that asks for work has none.
    """
    rows = session.connection().execute(_HANDS, {"of_sprint": sprint_id}).all()
    held: dict[Hashable, Any] = {("worker", row.worker_id): row.beat_at for row in rows if row.worker_id is not None}
    held |= {("trial", row.trial_id, row.token): row.lease_until for row in rows if row.trial_id is not None}
    watch = lease_watch(session, sprint_id)
    watch.n_workers = sum(row.worker_id is not None and row.ended_at is None for row in rows)
    silent = watch.look(held)
    found = []
    for row in rows:
        quiet = max(silent.get(("worker", row.worker_id), 0.0), silent.get(("trial", row.trial_id, row.token), 0.0))
        lost = _lost(session, row, limits, me, quiet)
        if lost is not None:
            found.append(lost)
    return found


def take_lost(session: Session, sprint: SprintRow, limits: Limits, found: Sequence[Lost]) -> int:
    """Write down which workers died without saying so, and free their trials; how many were changed."""
    return sum(_end(session, sprint, lost) + _take(session, sprint, limits, lost) for lost in found)


def may_suggest(session: Session, owner_id: int | None, until: datetime | None, me: int) -> bool:
    """Whether the right to suggest is free: nobody's, one's own, or of a worker that has ended or takes too long.

    Args:
        session: A transaction.
        owner_id: Who holds it.
        until: When its lease ends.
        me: Who wants it.
    """
    if owner_id in (None, me):
        return True
    owner = session.get(WorkerRow, owner_id)
    return owner is None or owner.ended_at is not None or (until or now()) < store_clock(session)


def drop_dead_ask_lease(session: Session, sprint: SprintRow, me: int) -> None:
    """Free the right to suggest when the worker that holds it has ended."""
    if sprint.ask_owner is not None and may_suggest(session, sprint.ask_owner, sprint.ask_until, me):
        sprint.ask_owner, sprint.ask_until = None, None
        session.add(sprint)
        session.flush()


def fail_late(session: Session, trial: TrialRow, seconds: float) -> None:
    """Fail a running trial that is over its time and whose worker cannot end it; tried again it would be late again."""
    facts: dict[str, Any] = {
        "error_kind": "timeout",
        "reason": f"it took longer than its time limit, {seconds:.0f} s, and did not listen",
    }
    values = {"state": TrialState.FAILED, "finished_at": now(), "seconds": seconds, "lease_until": None, **facts}
    c = TRIAL.c
    late = update(TRIAL).where(c.id == trial.id, c.token == trial.token, c.state == TrialState.RUNNING)
    if session.connection().execute(late.values(**values, n_failures=trial.n_failures + 1)).rowcount:
        whose = {"sprint_id": trial.sprint_id, "number": trial.number, "worker_id": trial.worker_id}
        record_event(session, "trial.failed", **whose, **facts)


def _lost(session: Session, row: Row[Any], limits: Limits, me: int | None, quiet: float) -> Lost | None:
    """What is lost in one row of a worker and its trial; None while both are well."""
    let_go = "its worker released it"
    if row.worker_id is None:
        return Lost(worker_id=None, reason=let_go, **_trial(row))
    process = ProcessId(host=row.host, boot_id=row.boot_id, pid=row.pid, start_time=row.start_time)
    known: dict[str, Any] = {"worker_id": row.worker_id, "process": process, "slot": row.slot, **_trial(row)}
    if row.ended_at is not None:
        ended = row.reason or "ended"
        return Lost(**known, reason=f"its worker {ended}", is_death=ended not in (ENDED_ON_REQUEST, GAVE_UP_WAITING))
    has_trial = row.trial_id is not None
    if row.worker_id == me:
        return Lost(**known, reason=let_go) if has_trial else None
    seen = is_alive(process)
    if seen is False or (seen is None and _is_before_reboot(session, process, row.beat_at)):
        died = row.reason or f"died ({row.host}, process {row.pid})"
        return Lost(**known, is_open=True, end=died, reason=f"its worker {died}", is_death=True)
    if seen or quiet < limits.lease_seconds:
        return None
    unheard = f"was not heard of for {limits.lease_seconds:g} s"
    return Lost(**known, is_open=True, end=unheard, reason=f"its worker {unheard}", is_death=True)


def _trial(row: Row[Any]) -> dict[str, Any]:
    if row.trial_id is None:
        return {}
    return {"trial_id": row.trial_id, "number": row.number, "token": row.token, "n_failures": row.n_failures}


def _is_before_reboot(session: Session, process: ProcessId, beat_at: datetime) -> bool:
    return is_before_reboot(process, (store_clock(session) - beat_at) / timedelta(seconds=1))


def _end(session: Session, sprint: SprintRow, lost: Lost) -> int:
    """Write that a worker has ended, unless that is written already."""
    if not lost.is_open:
        return 0
    c = WORKER.c
    end = update(WORKER).where(c.id == lost.worker_id, c.ended_at.is_(None))
    if session.connection().execute(end.values(state="ended", ended_at=now(), reason=lost.end)).rowcount == 0:
        return 0
    whose = {"sprint_id": sprint.id, "worker_id": lost.worker_id}
    record_event(session, "worker.ended", **whose, reason=lost.end, slot=lost.slot)
    return 1


def _take(session: Session, sprint: SprintRow, limits: Limits, lost: Lost) -> int:
    """Put a lost trial back into the queue, or fail it when it has been lost too often."""
    if lost.trial_id is None:
        return 0
    reason, n_failures = lost.reason, lost.n_failures + lost.is_death
    gone = n_failures > limits.max_deaths
    values: dict[str, Any] = {
        "state": TrialState.QUEUED,
        "lease_until": None,
        "n_failures": n_failures,
        "reason": reason,
    }
    if gone:
        reason = f"{reason}; tried {n_failures} times"
        values |= {"state": TrialState.FAILED, "error_kind": "lost", "finished_at": now(), "reason": reason}
    c = TRIAL.c
    take = (
        update(TRIAL)
        .where(c.id == lost.trial_id, c.token == lost.token, c.state == TrialState.RUNNING)
        .values(**values)
    )
    if session.connection().execute(take).rowcount == 0:
        return 0
    record_event(
        session,
        "trial.failed" if gone else "trial.queued",
        thread_id=sprint.thread_id,
        sprint_id=sprint.id,
        number=lost.number,
        worker_id=lost.worker_id,
        reason=reason,
    )
    return 1


_W, _T = WORKER.c, TRIAL.c
_COLUMNS = (
    _W.id.label("worker_id"), _W.host, _W.boot_id, _W.pid, _W.start_time, _W.slot, _W.ended_at, _W.reason, _W.beat_at,
    _T.id.label("trial_id"), _T.number, _T.token, _T.lease_until, _T.n_failures,
)  # fmt: skip
_OPEN_WORKERS = (
    select(*_COLUMNS)
    .select_from(
        WORKER.outerjoin(
            TRIAL, (_T.sprint_id == _W.sprint_id) & (_T.state == TrialState.RUNNING) & (_T.worker_id == _W.id)
        )
    )
    .where(_W.sprint_id == bindparam("of_sprint"), _W.state != "ended")
)
_UNHELD_TRIALS = (
    select(*_COLUMNS)
    .select_from(TRIAL.outerjoin(WORKER, _T.worker_id == _W.id))
    .where(
        _T.sprint_id == bindparam("of_sprint"),
        _T.state == TrialState.RUNNING,
        or_(_W.id.is_(None), _W.state == "ended"),
    )
)
_HANDS = union_all(_OPEN_WORKERS, _UNHELD_TRIALS)
"""Who holds what: every open worker with its trial if it has one, and every running trial that no open worker holds."""
