"""What a running trial writes at every epoch or oftener, and what it is told in return.

Every write names the claim's token: one that finds another token, or a trial that is no longer running, changes
nothing, and the worker must stop training.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.boundary.text import one_line
from engine.store.claims import Claim
from engine.store.driver_connection import Raw
from engine.store.tables import now
from engine.trials.states import SprintState
from engine.trials.trial import EpochReport

MOST_MESSAGE = 200
"""Characters of what a training says of its progress."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """What a worker is told in return for a write.

    Attributes:
        lost: The trial is no longer its own.
        state: Of the sprint; says nothing where the trial is lost.
        stop_mode: While the sprint is stopping.
        pause_mode: While the sprint is paused.
        stop_trial: A person asked this trial to stop.
    """

    lost: bool
    state: SprintState = SprintState.RUNNING
    stop_mode: str = ""
    pause_mode: str = ""
    stop_trial: bool = False


def report_epoch(store: Raw, claim: Claim, report: EpochReport) -> Signal:
    """Record one epoch and renew the lease; an epoch reported twice is kept as it was last."""
    at = datetime.fromtimestamp(report.at, UTC) if report.at else now()
    score = report.score if math.isfinite(report.score) else None
    changed = {"step": report.step, "phase": report.phase, "score": score, "at": at}
    signal = _signal(store.run(_REPORT, {**changed, **_fence(claim)}))
    if not signal.lost:
        metrics = {name: float(v) if math.isfinite(v) else None for name, v in report.metrics.items()}
        row = {"trial_id": claim.trial_id, "attempt": claim.attempt, "metrics": metrics}
        store.run(_INSERT_EPOCH, {**changed, **row})
    return signal


def write_progress(store: Raw, claim: Claim, epoch: int, fraction: float, message: str) -> Signal:
    """Say how far the running epoch is and renew the lease."""
    changed = {
        "epoch": epoch,
        "fraction": min(max(fraction, 0.0), 1.0),
        "message": one_line(message)[:MOST_MESSAGE],
        "at": now(),
    }
    return _signal(store.run(_PROGRESS, {**changed, **_fence(claim)}))


def renew_lease(store: Raw, claim: Claim) -> Signal:
    """Renew the lease alone: the process lives, whatever the training does."""
    return _signal(store.run(_RENEW, _fence(claim)))


def read_signal(store: Raw, claim: Claim) -> Signal:
    """What a write would be told, without writing."""
    return _signal(store.run(_READ, {"id": claim.trial_id, "token": claim.token}))


_OURS = "id = :id AND token = :token AND state = 'running'"
_TOLD = "stop_requested, " + ", ".join(
    f"(SELECT {column} FROM sprint WHERE sprint.id = trial.sprint_id)"
    for column in ("state", "stop_mode", "pause_mode")
)
_UPDATE = "UPDATE trial SET lease_until = AFTER(:lease)"
_REPORT = (
    f"{_UPDATE}, epoch = :step, n_reports = :step, fraction = 0, phase = :phase, last_score = :score, beat_at = :at "
    f"WHERE {_OURS} RETURNING {_TOLD}"
)
_PROGRESS = (
    f"{_UPDATE}, epoch = :epoch, fraction = :fraction, message = :message, beat_at = :at "
    f"WHERE {_OURS} RETURNING {_TOLD}"
)
_RENEW = f"{_UPDATE} WHERE {_OURS} RETURNING {_TOLD}"
_READ = f"SELECT {_TOLD} FROM trial WHERE {_OURS}"
_INSERT_EPOCH = (
    "INSERT INTO epoch (trial_id, attempt, step, phase, score, metrics, at) "
    "VALUES (:trial_id, :attempt, :step, :phase, :score, :metrics, :at) "
    "ON CONFLICT (trial_id, attempt, step) DO UPDATE "
    "SET phase = excluded.phase, score = excluded.score, metrics = excluded.metrics, at = excluded.at"
)


def _fence(claim: Claim) -> Mapping[str, Any]:
    return {"id": claim.trial_id, "token": claim.token, "lease": claim.lease_seconds}


def _signal(row: Sequence[Any] | None) -> Signal:
    if row is None:
        return Signal(lost=True)
    stop_trial, state, stop_mode, pause_mode = row
    return Signal(
        lost=False, state=SprintState(state), stop_mode=stop_mode, pause_mode=pause_mode, stop_trial=bool(stop_trial)
    )
