"""What workers write at the ends of a trial, fenced by a token: claim, ask lease, finish, release.

A claim counts the trial's token up; a later write names its token, and one that finds another token, or a trial that is
no longer running, changes nothing: the worker has lost the trial. What it writes on the way is in `reports`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session

from engine.boundary.text import visible
from engine.store.clock import after
from engine.store.commands import record_event
from engine.store.driver_connection import Raw, raw
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


def claim_queued(
    store: Raw, sprint_id: int, worker_id: int, lease_seconds: float, *, if_free: bool = False
) -> Claim | None:
    """Claim the queued trial with the lowest number, or None when there is none; no lock but that of the trial.

    Args:
        store: Inside a transaction that writes.
        sprint_id: The sprint.
        worker_id: Who claims.
        lease_seconds: How long the claim holds without a sign of life.
        if_free: Only while the sprint runs and has no budget of time or epochs; else the caller has seen to that.
    """
    values = {"sprint": sprint_id, "worker": worker_id, "at": now(), "lease": lease_seconds}
    row = store.run(_CLAIM_IF_FREE if if_free else _CLAIM, values)
    return None if row is None else _claim(store, row, sprint_id, worker_id, lease_seconds)


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
    """Insert a suggested trial, claimed by who suggested it, keep the sampler's state and give the ask lease back.

    Returns:
        The claim, or None when the ask lease or the number was lost on the way; nothing is written then.
    """
    given_back = {"ask_owner": None, "ask_until": None}
    if not _keep_state(session, trial, ask_token, worker_id, {"sampler_state": dict(sampler_state), **given_back}):
        return None
    at = now()
    trial.state, trial.token, trial.attempt, trial.worker_id = TrialState.RUNNING, 1, 1, worker_id
    trial.created_at = trial.started_at = trial.beat_at = at
    session.add(trial)
    session.flush()
    lease = update(TRIAL).where(TRIAL.c.id == trial.id).values(lease_until=after(lease_seconds))
    row = session.connection().execute(lease.returning(*(TRIAL.c[name] for name in _CLAIMED))).one()
    return _claim(raw(session), tuple(row), trial.sprint_id, worker_id, lease_seconds)


def queue_suggested(
    session: Session, trial: TrialRow, *, ask_token: int, worker_id: int, sampler_state: Mapping[str, Any]
) -> bool:
    """Insert a suggested trial for whoever is idle and keep the sampler's state; the ask lease stays.

    Returns:
        False when the ask lease or the number was lost on the way; nothing is written then.
    """
    if not _keep_state(session, trial, ask_token, worker_id, {"sampler_state": dict(sampler_state)}):
        return False
    trial.state, trial.created_at = TrialState.QUEUED, now()
    session.add(trial)
    session.flush()
    record_event(session, "trial.queued", sprint_id=trial.sprint_id, number=trial.number, worker_id=worker_id)
    return True


def _keep_state(session: Session, trial: TrialRow, ask_token: int, worker_id: int, values: Mapping[str, Any]) -> bool:
    """Write the sampler's state under the ask lease; False when that is another's, or the trial's number is taken."""
    s, t = SPRINT.c, TRIAL.c
    # A person may have added a trial meanwhile.
    taken = select(t.id).where(t.sprint_id == trial.sprint_id, t.number == trial.number)
    if session.connection().execute(taken).first() is not None:
        return False
    fence = update(SPRINT).where(s.id == trial.sprint_id, s.ask_owner == worker_id, s.ask_token == ask_token)
    return session.connection().execute(fence.values(**values)).rowcount > 0


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


_CLAIMED = ("id", "token", "attempt", "number", "source", "params", "seed", "train_fold", "val_fold")
_AT_REST = {"fraction": 0.0, "message": ""}
_CLAIM_ONE = (
    "UPDATE trial SET state = 'running', token = token + 1, attempt = attempt + 1, finished_at = NULL, epoch = 0, "
    "n_reports = 0, phase = 'train', stop_requested = FALSE, last_score = NULL, score = NULL, findings = '[]', "
    "fraction = 0, message = '', worker_id = :worker, started_at = :at, beat_at = :at, lease_until = AFTER(:lease) "
    "WHERE state = 'queued' AND id = (SELECT id FROM trial WHERE sprint_id = :sprint AND state = 'queued' "
    "ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED)"
)
_FREE = (
    "AND EXISTS (SELECT 1 FROM sprint WHERE sprint.id = :sprint AND sprint.state = 'running' "
    "AND max_seconds IS NULL AND max_epoch_equivalents IS NULL)"
)
_CLAIM = f"{_CLAIM_ONE} RETURNING {', '.join(_CLAIMED)}"
_CLAIM_IF_FREE = f"{_CLAIM_ONE} {_FREE} RETURNING {', '.join(_CLAIMED)}"
# Built once: building statements costs more than SQLite takes to run them.
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


def _claim(store: Raw, row: Sequence[Any], sprint_id: int, worker_id: int, lease_seconds: float) -> Claim:
    trial_id, token, attempt, number, source, params, seed, train_fold, val_fold = row
    payload = {"attempt": attempt, "source": source}
    event = {"at": now(), "sprint": sprint_id, "number": number, "worker": worker_id, "payload": payload}
    store.run(_INSERT_EVENT, event)
    return Claim(
        trial_id=trial_id,
        sprint_id=sprint_id,
        worker_id=worker_id,
        token=token,
        attempt=attempt,
        number=number,
        source=source,
        params=json.loads(params) if isinstance(params, str) else params,
        seed=seed,
        fold=(train_fold, val_fold),
        lease_seconds=lease_seconds,
    )


_INSERT_EVENT = (
    "INSERT INTO event (at, kind, sprint_id, number, worker_id, payload) "
    "VALUES (:at, 'trial.running', :sprint, :number, :worker, :payload)"
)
