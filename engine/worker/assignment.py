"""What a worker does next: a look without a lock, then one transaction that claims, waits, suggests or ends.

Most looks of an idle worker find nothing to do, and those take no lock that others wait for. A trial that is queued is
claimed under its own lock; the sprint's is for what must be decided by one at a time: whose turn it is to suggest, and
whether the sprint is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session

from engine.store import claims, commands
from engine.store.claims import Claim
from engine.store.database import write_nothing
from engine.store.driver_connection import raw
from engine.store.lease_watch import lease_watch
from engine.store.liveness import is_held
from engine.store.queries import TRIAL
from engine.store.reclaim import Lost, drop_dead_ask_lease, find_lost, may_suggest, take_lost
from engine.store.standing import Standing, standing
from engine.store.summaries import used_budget
from engine.store.tables import SprintRow
from engine.trials.limits import Limits
from engine.trials.states import SprintState
from engine.worker.failure_runs import pauses_after_failures, shared_by_failures

ASK_SECONDS = 300.0
"""Lease of a suggestion: a Gaussian process over 400 trials takes 15 s on one core."""


@dataclass(frozen=True, slots=True)
class Suggest:
    """The worker is to suggest the next trial, and holds the right to.

    Attributes:
        token: Of the ask lease.
    """

    token: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do for the moment: paused, or the last trials run elsewhere.

    Attributes:
        soon: Another worker looks for work at this moment; there may be some.
    """

    soon: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The sprint needs no more work."""


Assignment = Claim | Suggest | Wait | End


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What a worker saw without a lock.

    Attributes:
        lost: Workers that are gone and trials nobody works on.
        has_work: Whether a transaction may find something to write; False means wait.
        may_claim: A trial is queued and the sprint runs without a budget of time or epochs that might be used up.
        n_workers: Workers that have not ended, as of the last look for dead ones.
    """

    lost: tuple[Lost, ...] = ()
    has_work: bool = True
    may_claim: bool = False
    n_workers: int = 0


def look_for_work(session: Session, sprint_id: int, worker_id: int, *, for_dead: bool = True) -> Look:
    """Look, in a transaction that only reads, whether there may be something to do.

    Args:
        session: A transaction.
        sprint_id: The sprint.
        worker_id: Who looks.
        for_dead: Look for workers that are gone, too; this reads a row for every worker.
    """
    found = standing(session, sprint_id)
    if found is None or found.state.is_finished or found.state == SprintState.DRAFT:
        return Look()
    lost = tuple(find_lost(session, sprint_id, found.limits, me=worker_id)) if for_dead else ()
    n_workers = lease_watch(session, sprint_id).n_workers
    if lost or found.state == SprintState.STOPPING or found.is_held or found.has_other_budget:
        return Look(lost=lost, n_workers=n_workers)
    may_claim = found.state == SprintState.RUNNING and found.has_queued and not found.gives_up
    wants_one = found.has_queued or (
        found.wants_more and may_suggest(session, found.ask_owner, found.ask_until, worker_id)
    )
    may_end = not found.has_running and not found.has_queued and not found.wants_more
    has_work = found.gives_up or (found.state == SprintState.RUNNING and (wants_one or may_end))
    return Look(has_work=has_work, may_claim=may_claim, n_workers=n_workers)


def next_assignment(session: Session, sprint_id: int, worker_id: int, lost: Sequence[Lost] | None = None) -> Assignment:
    """Decide in one writing transaction; also moves the sprint to ``done`` when its budget is used.

    Args:
        session: A transaction that writes.
        sprint_id: The sprint.
        worker_id: Who asks.
        lost: What a look found lost; None looks now.
    """
    # Locked, so that no two workers of a database server count the same budget; SQLite's writers are alone anyway.
    # Who waits for the lock would hold up whoever holds it next: it is skipped, and looked at again.
    sprint = session.get(SprintRow, sprint_id, populate_existing=True, with_for_update={"skip_locked": True})
    if sprint is None or sprint.state.is_finished or sprint.state == SprintState.DRAFT:
        write_nothing(session)
        is_skipped = sprint is None and session.get(SprintRow, sprint_id) is not None
        return Wait(soon=True) if is_skipped else End()
    limits = Limits.from_dict(sprint.limits)
    dead = find_lost(session, sprint_id, limits, me=worker_id) if lost is None else lost
    n_reclaimed = take_lost(session, sprint, limits, dead)
    found = standing(session, sprint_id)
    assert found is not None
    if _ends_for_failures(session, sprint, found, limits):
        return End()
    exhausted = used_budget(session, sprint)
    wants_more = sprint.state == SprintState.RUNNING and not exhausted
    if wants_more:
        claim = (
            claims.claim_queued(raw(session), sprint_id, worker_id, limits.lease_seconds) if found.has_queued else None
        )
        if claim is not None:
            return claim
        if found.wants_more:
            drop_dead_ask_lease(session, sprint, worker_id)
            token = claims.take_ask_lease(session, sprint_id, worker_id, ASK_SECONDS)
            if token is not None:
                return Suggest(token)
    budget_used = exhausted or (not found.has_queued and not found.wants_more)
    if not found.has_running and (
        sprint.state == SprintState.STOPPING or (sprint.state == SprintState.RUNNING and budget_used)
    ):
        why = "stopped" if sprint.state == SprintState.STOPPING else exhausted or "budget used"
        if sprint.state == SprintState.RUNNING and found.n_failed and not found.has_result:
            failure = f"all {found.n_failed} trials have failed. {shared_by_failures(session, sprint_id)}"
            commands.set_sprint_state(session, sprint_id, SprintState.FAILED, failure=failure)
        else:
            commands.set_sprint_state(session, sprint_id, SprintState.DONE, why=why)
        return End()
    if n_reclaimed == 0:
        write_nothing(session)
    # A worker is kept for pauses, and for trials that may come back; a stop needs it no longer.
    return End() if sprint.state == SprintState.STOPPING or is_held(sprint) else Wait()


def next_number(session: Session, sprint_id: int) -> int:
    """The number of the sprint's next trial."""
    top = session.connection().execute(select(func.max(TRIAL.c.number)).where(TRIAL.c.sprint_id == sprint_id)).scalar()
    return 0 if top is None else int(top) + 1


def _ends_for_failures(session: Session, sprint: SprintRow, found: Standing, limits: Limits) -> bool:
    """Fail a sprint whose first trials have all failed, pause one whose last ones have; whether it was done."""
    assert sprint.id is not None
    if found.gives_up:
        failure = f"the first {found.n_failed} trials have all failed. {shared_by_failures(session, sprint.id)}"
        commands.set_sprint_state(session, sprint.id, SprintState.FAILED, failure=failure)
        return True
    # Counted first: a look for work asks the store as little as it can.
    may_pause = sprint.state == SprintState.RUNNING and found.n_failed >= max(limits.pause_after, 1)
    return may_pause and pauses_after_failures(session, sprint, limits)
