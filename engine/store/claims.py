"""What workers write at the ends of a trial, fenced by a token: claim, ask lease, finish, release.

A claim counts the trial's token up; a later write names its token, and one that finds another token, or a trial that is
no longer running, changes nothing: the worker has lost the trial. What it writes on the way is in `reports`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, bindparam, or_, select, update
from sqlmodel import Session

from engine.boundary.text import visible
from engine.store.clock import after
from engine.store.commands import record_event
from engine.store.queries import TEST_OPENED, TRIAL, openings
from engine.store.tables import StoreModel, TrialRow, now
from engine.trials.states import TrialState
from engine.values import Value

SPRINT = StoreModel.metadata.tables["sprint"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A trial in a worker's hands.

    Attributes:
        trial_id: Its key.
        sprint_id: Key of its sprint.
        worker_id: Who holds it.
        token: Named in every later write.
        attempt: From 1.
        number: Within the sprint.
        source: Where the parameters came from.
        params: Active dimensions, frozen ones included.
        seed: To train with.
        fold: (train subset, validation subset) indexes.
        lease_seconds: How long the claim holds without a sign of life.
    """

    trial_id: int
    sprint_id: int
    worker_id: int
    token: int
    attempt: int
    number: int
    source: str
    params: Mapping[str, Value]
    seed: int
    fold: tuple[int, int]
    lease_seconds: float


def claim_queued(session: Session, sprint_id: int, worker_id: int, lease_seconds: float) -> Claim | None:
    """Claim the queued trial with the lowest number, or None when there is none."""
    at = now()
    values = {"of_sprint": sprint_id, "worker_id": worker_id, "started_at": at, "beat_at": at}
    row = session.connection().execute(_CLAIM, {**values, "lease_seconds": lease_seconds}).first()
    return None if row is None else _claim(session, tuple(row), sprint_id, worker_id, lease_seconds)


def take_ask_lease(session: Session, sprint_id: int, worker_id: int, seconds: float) -> int | None:
    """Take the right to suggest the sprint's next trial; returns its token, None while another worker holds it."""
    s = SPRINT.c
    take = (
        update(SPRINT)
        .where(s.id == sprint_id, or_(s.ask_owner.is_(None), s.ask_owner == worker_id, s.ask_until < after(0.0)))
        .values(ask_owner=worker_id, ask_token=s.ask_token + 1, ask_until=after(seconds))
        .returning(s.ask_token)
    )
    row = session.connection().execute(take).first()
    return None if row is None else int(row[0])


def drop_ask_lease(session: Session, sprint_id: int, worker_id: int) -> None:
    """Give the right to suggest back."""
    s = SPRINT.c
    drop = update(SPRINT).where(s.id == sprint_id, s.ask_owner == worker_id).values(ask_owner=None, ask_until=None)
    session.connection().execute(drop)


def insert_suggested(
    session: Session,
    trial: TrialRow,
    *,
    ask_token: int,
    worker_id: int,
    sampler_state: Mapping[str, Any],
    lease_seconds: float,
) -> Claim | None:
    """Insert a suggested trial, claimed by who suggested it, and keep the sampler's state; all or nothing.

    Returns:
        The claim, or None when the ask lease was lost on the way.
    """
    s = SPRINT.c
    fence = (
        update(SPRINT)
        .where(s.id == trial.sprint_id, s.ask_owner == worker_id, s.ask_token == ask_token)
        .values(sampler_state=dict(sampler_state), ask_owner=None, ask_until=None)
    )
    connection = session.connection()
    if connection.execute(fence).rowcount == 0:
        return None
    at = now()
    trial.state, trial.token, trial.attempt, trial.worker_id = TrialState.RUNNING, 1, 1, worker_id
    trial.created_at = trial.started_at = trial.beat_at = at
    session.add(trial)
    session.flush()
    lease = update(TRIAL).where(TRIAL.c.id == trial.id).values(lease_until=after(lease_seconds))
    row = connection.execute(lease.returning(*_CLAIMED)).one()
    return _claim(session, tuple(row), trial.sprint_id, worker_id, lease_seconds)


def record_test_opening(session: Session, claim: Claim, metrics: Mapping[str, float], nth: int = 1) -> None:
    """Write down that a trial read the test split; a lost attempt has seen it all the same.

    Args:
        session: A transaction that writes.
        claim: The attempt.
        metrics: What it saw.
        nth: Which opening of this attempt it is, from 1; one that is written already is not counted again.
    """
    shown = {name: float(value) if math.isfinite(value) else None for name, value in metrics.items()}
    mine = [
        one for one in openings(session, claim.sprint_id)
        if (one.number, one.payload.get("attempt")) == (claim.number, claim.attempt)
    ]  # fmt: skip
    if len(mine) >= nth:
        return
    whose = {"sprint_id": claim.sprint_id, "number": claim.number, "worker_id": claim.worker_id}
    record_event(session, TEST_OPENED, **whose, attempt=claim.attempt, metrics=shown)


def finish_trial(session: Session, claim: Claim, state: TrialState, *, seconds: float, **facts: Any) -> bool:
    """Move a claimed trial to its final state; False when it was lost and nothing was written."""
    facts = _shown(facts)
    values = {"state": state, "finished_at": now(), "seconds": seconds, "lease_until": None, **_AT_REST, **facts}
    if session.connection().execute(_FENCED, {**values, **_fence(claim)}).rowcount == 0:
        return _is_written(session, claim, state)
    shown = {key: facts[key] for key in ("score", "reason", "error_kind") if facts.get(key) not in (None, "")}
    record_event(
        session, f"trial.{state}", sprint_id=claim.sprint_id, number=claim.number, worker_id=claim.worker_id, **shown
    )
    return True


def _shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of an attempt, often in a script's own words, with its control characters visible."""
    said = ("reason", "error_text", "error_kind")
    return {
        key: visible(value, keep="\n\t") if key in said and isinstance(value, str) else value
        for key, value in facts.items()
    }


def release_trial(session: Session, claim: Claim, reason: str, **facts: Any) -> bool:
    """Put a claimed trial back into the queue with its number and parameters; False when it was lost."""
    facts, reason = _shown(facts), visible(reason, keep="\n\t")
    values = {"state": TrialState.QUEUED, "lease_until": None, "reason": reason, **_AT_REST, **facts}
    if session.connection().execute(_FENCED, {**values, **_fence(claim)}).rowcount == 0:
        return _is_written(session, claim, TrialState.QUEUED)
    record_event(
        session,
        "trial.queued",
        sprint_id=claim.sprint_id,
        number=claim.number,
        worker_id=claim.worker_id,
        reason=reason,
    )
    return True


_CLAIMED = (
    TRIAL.c.id, TRIAL.c.token, TRIAL.c.attempt, TRIAL.c.number, TRIAL.c.source, TRIAL.c.params, TRIAL.c.seed,
    TRIAL.c.train_fold, TRIAL.c.val_fold,
)  # fmt: skip
_AT_REST = {"fraction": 0.0, "message": ""}
# Built once: building statements costs more than SQLite takes to run them.
_FIRST_QUEUED = (
    select(TRIAL.c.id)
    .where(TRIAL.c.sprint_id == bindparam("of_sprint"), TRIAL.c.state == TrialState.QUEUED)
    .order_by(TRIAL.c.number)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(TRIAL)
    .where(TRIAL.c.id == _FIRST_QUEUED.scalar_subquery(), TRIAL.c.state == TrialState.QUEUED)
    .values(
        state=TrialState.RUNNING, token=TRIAL.c.token + 1, attempt=TRIAL.c.attempt + 1, finished_at=None,
        epoch=0, n_reports=0,
        phase="train", stop_requested=False, last_score=None, score=None, findings=[], worker_id=bindparam("worker_id"),
        started_at=bindparam("started_at"), beat_at=bindparam("beat_at"),
        lease_until=after(bindparam("lease_seconds", type_=Float)),
        **_AT_REST,
    )
    .returning(*_CLAIMED)
)  # fmt: skip
_FENCED = update(TRIAL).where(
    TRIAL.c.id == bindparam("fence_id"), TRIAL.c.token == bindparam("fence_token"), TRIAL.c.state == TrialState.RUNNING
)


def _is_written(session: Session, claim: Claim, state: TrialState) -> bool:
    """Whether this very claim has left the trial in that state: its answer was lost with the connection."""
    c = TRIAL.c
    query = select(c.token, c.state, c.worker_id).where(c.id == claim.trial_id)
    row = session.connection().execute(query).first()
    return row is not None and tuple(row) == (claim.token, state, claim.worker_id)


def _fence(claim: Claim) -> Mapping[str, int]:
    return {"fence_id": claim.trial_id, "fence_token": claim.token}


def _claim(session: Session, row: Sequence[Any], sprint_id: int, worker_id: int, lease_seconds: float) -> Claim:
    trial_id, token, attempt, number, source, params, seed, train_fold, val_fold = row
    record_event(
        session,
        "trial.running",
        sprint_id=sprint_id,
        number=number,
        worker_id=worker_id,
        attempt=attempt,
        source=source,
    )
    return Claim(
        trial_id=trial_id,
        sprint_id=sprint_id,
        worker_id=worker_id,
        token=token,
        attempt=attempt,
        number=number,
        source=source,
        params=params,
        seed=seed,
        fold=(train_fold, val_fold),
        lease_seconds=lease_seconds,
    )
