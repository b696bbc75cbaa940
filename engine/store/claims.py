"""What workers write, every write fenced by a token: claim, ask lease, report, progress, finish, release.

A claim counts the trial's token up; a later write names its token, and one that finds another token, or a trial that is
no longer running, changes nothing: the worker has lost the trial and must stop training. Statements are built on
tables, not objects, because they run once an epoch or oftener (engine notes 1a).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from engine.records import Value
from engine.store.commands import record_event
from engine.store.queries import EPOCH, TEST_OPENED, TRIAL
from engine.store.tables import StoreModel, TrialRow, now
from engine.trial import EpochReport

SPRINT = StoreModel.metadata.tables["sprint"]
WORKER = StoreModel.metadata.tables["worker"]


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """What a worker is told in return for a write.

    Attributes:
        lost: The trial is no longer its own.
        state: Of the sprint.
        stop_mode: While the sprint is stopping.
        pause_mode: While the sprint is paused.
        stop_trial: A person asked this trial to stop.
    """

    lost: bool
    state: str = ""
    stop_mode: str = ""
    pause_mode: str = ""
    stop_trial: bool = False


def claim_queued(session: Session, sprint_id: int, worker_id: int, lease_seconds: float) -> Claim | None:
    """Claim the queued trial with the lowest number, or None when there is none."""
    c = TRIAL.c
    first = (
        select(c.id)
        .where(c.sprint_id == sprint_id, c.state == "queued")
        .order_by(c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    at = now()
    claim = (
        update(TRIAL)
        .where(c.id == first.scalar_subquery(), c.state == "queued")
        .values(
            state="running", token=c.token + 1, attempt=c.attempt + 1, worker_id=worker_id, started_at=at, beat_at=at,
            lease_until=at + timedelta(seconds=lease_seconds), finished_at=None, epoch=0, n_reports=0, fraction=0.0,
            message="", phase="train", stop_requested=False, last_score=None, score=None,
        )
        .returning(c.id, c.token, c.attempt, c.number, c.source, c.params, c.seed, c.train_fold, c.val_fold)
    )  # fmt: skip
    row = session.connection().execute(claim).first()
    return None if row is None else _claim(session, tuple(row), sprint_id, worker_id, lease_seconds)


def take_ask_lease(session: Session, sprint_id: int, worker_id: int, seconds: float) -> int | None:
    """Take the right to suggest the sprint's next trial; returns its token, None while another worker holds it."""
    s = SPRINT.c
    take = (
        update(SPRINT)
        .where(s.id == sprint_id, or_(s.ask_owner.is_(None), s.ask_owner == worker_id, s.ask_until < now()))
        .values(ask_owner=worker_id, ask_token=s.ask_token + 1, ask_until=now() + timedelta(seconds=seconds))
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
    trial.state, trial.token, trial.attempt, trial.worker_id = "running", 1, 1, worker_id
    trial.created_at = trial.started_at = trial.beat_at = at
    trial.lease_until = at + timedelta(seconds=lease_seconds)
    session.add(trial)
    session.flush()
    c = TRIAL.c
    columns = (c.id, c.token, c.attempt, c.number, c.source, c.params, c.seed, c.train_fold, c.val_fold)
    row = connection.execute(select(*columns).where(c.id == trial.id)).one()
    return _claim(session, tuple(row), trial.sprint_id, worker_id, lease_seconds)


def report_epoch(session: Session, claim: Claim, report: EpochReport) -> Signal:
    """Record one epoch and renew the lease; an epoch reported twice is kept as it was first."""
    score = report.score if math.isfinite(report.score) else None
    signal = _touch(
        session,
        claim,
        epoch=report.step,
        n_reports=report.step,
        fraction=0.0,
        phase=report.phase,
        last_score=score,
        beat_at=now(),
    )
    if not signal.lost:
        connection = session.connection()
        row = {
            "trial_id": claim.trial_id,
            "attempt": claim.attempt,
            "step": report.step,
            "phase": report.phase,
            "score": score,
            "metrics": {name: float(v) if math.isfinite(v) else None for name, v in report.metrics.items()},
            "at": now(),
        }
        connection.execute(_INSERT_EPOCH[connection.dialect.name], row)
    return signal


def write_progress(session: Session, claim: Claim, epoch: int, fraction: float, message: str) -> Signal:
    """Say how far the running epoch is and renew the lease."""
    within = min(max(fraction, 0.0), 1.0)
    return _touch(session, claim, epoch=epoch, fraction=within, message=message, beat_at=now())


def renew_lease(session: Session, claim: Claim) -> Signal:
    """Renew the lease alone: the process lives, whatever the training does."""
    return _touch(session, claim)


def read_signal(session: Session, claim: Claim) -> Signal:
    """What a write would be told, without writing."""
    found = session.connection().execute(_READ, {"fence_id": claim.trial_id, "fence_token": claim.token})
    return _signal(found.first())


def record_test_opening(session: Session, claim: Claim, metrics: Mapping[str, float]) -> None:
    """Write down that a trial read the test split; a lost attempt has seen it all the same."""
    shown = {name: float(value) if math.isfinite(value) else None for name, value in metrics.items()}
    whose = {"sprint_id": claim.sprint_id, "number": claim.number, "worker_id": claim.worker_id}
    record_event(session, TEST_OPENED, **whose, attempt=claim.attempt, metrics=shown)


def finish_trial(session: Session, claim: Claim, state: str, *, seconds: float, **facts: Any) -> bool:
    """Move a claimed trial to its final state; False when it was lost and nothing was written."""
    done = (
        update(TRIAL)
        .where(_fence(claim))
        .values(state=state, finished_at=now(), seconds=seconds, lease_until=None, fraction=0.0, message="", **facts)
    )
    if session.connection().execute(done).rowcount == 0:
        return False
    shown = {key: facts[key] for key in ("score", "reason", "error_kind") if facts.get(key) not in (None, "")}
    record_event(
        session, f"trial.{state}", sprint_id=claim.sprint_id, number=claim.number, worker_id=claim.worker_id, **shown
    )
    return True


def release_trial(session: Session, claim: Claim, reason: str, **facts: Any) -> bool:
    """Put a claimed trial back into the queue with its number and parameters; False when it was lost."""
    back = (
        update(TRIAL)
        .where(_fence(claim))
        .values(state="queued", lease_until=None, fraction=0.0, message="", reason=reason, **facts)
    )
    if session.connection().execute(back).rowcount == 0:
        return False
    record_event(
        session,
        "trial.queued",
        sprint_id=claim.sprint_id,
        number=claim.number,
        worker_id=claim.worker_id,
        reason=reason,
    )
    return True


_FENCE = (
    (TRIAL.c.id == bindparam("fence_id")) & (TRIAL.c.token == bindparam("fence_token")) & (TRIAL.c.state == "running")
)
_OF_ITS_SPRINT = SPRINT.c.id == TRIAL.c.sprint_id
_TOLD = (
    TRIAL.c.stop_requested,
    *(
        select(column).where(_OF_ITS_SPRINT).correlate(TRIAL).scalar_subquery()
        for column in (SPRINT.c.state, SPRINT.c.stop_mode, SPRINT.c.pause_mode)
    ),
)
# Built once: building statements cost twice what SQLite takes to run them.
_TOUCH = update(TRIAL).where(_FENCE).returning(*_TOLD)
_READ = select(*_TOLD).where(_FENCE)
_INSERT_EPOCH: Mapping[str, Any] = {
    "sqlite": sqlite.insert(EPOCH).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(EPOCH).on_conflict_do_nothing(),
}


def _touch(session: Session, claim: Claim, **changed: Any) -> Signal:
    changed["lease_until"] = now() + timedelta(seconds=claim.lease_seconds)
    row = session.connection().execute(_TOUCH, {**changed, "fence_id": claim.trial_id, "fence_token": claim.token})
    return _signal(row.first())


def _signal(row: Sequence[Any] | None) -> Signal:
    if row is None:
        return Signal(lost=True)
    stop_trial, state, stop_mode, pause_mode = row
    return Signal(lost=False, state=state, stop_mode=stop_mode, pause_mode=pause_mode, stop_trial=bool(stop_trial))


def _fence(claim: Claim) -> Any:
    c = TRIAL.c
    return (c.id == claim.trial_id) & (c.token == claim.token) & (c.state == "running")


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
