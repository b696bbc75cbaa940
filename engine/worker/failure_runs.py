"""Pausing a sprint whose trials fail one after another, and saying what the failures share."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import desc, select
from sqlmodel import Session

from engine.store import commands
from engine.store.queries import TRIAL
from engine.store.tables import SprintRow, StoreModel
from engine.trials.limits import Limits
from engine.trials.shared_failure import EndedTrial, what_failures_share
from engine.trials.states import SprintState, TrialState

EVENT = StoreModel.metadata.tables["event"]


def pauses_after_failures(session: Session, sprint: SprintRow, limits: Limits) -> bool:
    """Pause a running sprint whose last trials, since it was last started, have all failed; whether it did."""
    assert sprint.id is not None
    n = limits.pause_after
    last = _ended(session, sprint.id, n) if n else []
    if len(last) < n or not n or any(state != TrialState.FAILED for _, state, _ in last):
        return False
    started_at, first_ended_at = _started_at(session, sprint.id), last[-1][2]
    if started_at is not None and (first_ended_at is None or first_ended_at <= started_at):
        return False
    failed = [one for one, _, _ in last]
    failure = f"paused: the last {n} trials have failed. {_shared(session, sprint.id, failed)}"
    commands.set_sprint_state(session, sprint.id, SprintState.PAUSED, failure=failure, why="failures")
    sprint.pause_mode = "trial"
    session.add(sprint)
    session.flush()
    return True


def _started_at(session: Session, sprint_id: int) -> datetime | None:
    """When the sprint was last set running."""
    c = EVENT.c
    states = select(c.at, c.payload).where(c.sprint_id == sprint_id, c.kind == "sprint.state").order_by(desc(c.id))
    for at, payload in session.connection().execute(states):
        if payload.get("state") == SprintState.RUNNING:
            return cast(datetime, at)
    return None


def shared_by_failures(session: Session, sprint_id: int) -> str:
    """What all failures of a sprint share, in whole sentences."""
    return _shared(
        session, sprint_id, [one for one, state, _ in _ended(session, sprint_id, None) if state == TrialState.FAILED]
    )


def _shared(session: Session, sprint_id: int, failed: Sequence[EndedTrial]) -> str:
    c = TRIAL.c
    rows = session.connection().execute(
        select(c.number, c.params).where(c.sprint_id == sprint_id, c.state == TrialState.COMPLETE).order_by(c.number)
    )
    complete = [EndedTrial(number=number, params=params) for number, params in rows]
    return what_failures_share(sorted(failed, key=lambda one: one.number), complete)


def _ended(session: Session, sprint_id: int, n: int | None) -> list[tuple[EndedTrial, TrialState, datetime | None]]:
    """(trial, state, when it ended) of the last trials that ended, the last one first."""
    c = TRIAL.c
    query = (
        select(c.number, c.params, c.reason, c.state, c.finished_at)
        .where(
            c.sprint_id == sprint_id,
            c.state.in_([state for state in TrialState if state.is_tried]),
            c.source != "primed-warm",
        )
        .order_by(desc(c.finished_at), desc(c.number))
    )
    rows = session.connection().execute(query if n is None else query.limit(n))
    return [
        (EndedTrial(number=number, params=params, reason=reason or ""), state, at)
        for number, params, reason, state, at in rows
    ]
