"""What a person's decisions write: threads, sprints, their states, requests to running ones; call them in `writing`."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import func
from sqlalchemy.orm import make_transient
from sqlmodel import Session, col, select

from engine.errors import EngineError
from engine.seeds import trial_seed
from engine.space.space import Space
from engine.store.queries import sprint
from engine.store.tables import EpochRow, SpaceRow, SprintRow, StoreModel, ThreadRow, TrialRow, now
from engine.store.workspace import Workspace
from engine.trials.fidelity import Fidelity, expected_epochs
from engine.trials.states import SprintState, TrialState

TRANSITIONS: Mapping[SprintState, frozenset[SprintState]] = {
    SprintState.DRAFT: frozenset({SprintState.READY, SprintState.RUNNING}),
    SprintState.READY: frozenset({SprintState.DRAFT, SprintState.RUNNING, SprintState.FAILED}),
    SprintState.RUNNING: frozenset({SprintState.PAUSED, SprintState.STOPPING, SprintState.DONE, SprintState.FAILED}),
    SprintState.PAUSED: frozenset({SprintState.RUNNING, SprintState.STOPPING, SprintState.DONE, SprintState.FAILED}),
    SprintState.STOPPING: frozenset({SprintState.RUNNING, SprintState.DONE, SprintState.FAILED}),
    SprintState.DONE: frozenset({SprintState.RUNNING}),
    SprintState.FAILED: frozenset({SprintState.RUNNING}),
}
"""Legal changes of a sprint's state. A stopped sprint is ``done``; resuming or extending makes it ``running`` again."""

STOP_MODES = ("trial", "epoch", "now")
"""After the trials that run, after their current epoch, or at once."""

PAUSE_MODES = ("epoch", "trial")
"""Hold inside a trial after its current epoch, or between trials."""

_INSERT_EVENT = StoreModel.metadata.tables["event"].insert()


def record_event(
    session: Session,
    kind: str,
    *,
    thread_id: int | None = None,
    sprint_id: int | None = None,
    number: int | None = None,
    worker_id: int | None = None,
    **payload: Any,
) -> None:
    """Append to the log of what happened."""
    whose = {"thread_id": thread_id, "sprint_id": sprint_id, "number": number, "worker_id": worker_id}
    session.connection().execute(_INSERT_EVENT, {"at": now(), "kind": kind, **whose, "payload": payload})


def create_thread(session: Session, thread: ThreadRow, space: Space, *, constraints: Sequence[Any] = ()) -> ThreadRow:
    """Insert a thread with its first space as head.

    Raises:
        EngineError: When the name is taken.
    """
    if session.exec(select(ThreadRow.id).where(ThreadRow.name == thread.name)).first() is not None:
        raise EngineError(f"a thread's name must be new, got {thread.name!r}", "choose another name in the thread file")
    session.add(thread)
    session.flush()
    thread_id = cast(int, thread.id)
    first = create_space(session, thread_id, space, constraints=constraints)
    thread.head_space_id = first.id
    record_event(session, "thread.created", thread_id=thread_id, name=thread.name)
    session.flush()
    return thread


def create_space(
    session: Session, thread_id: int, space: Space, *, parent_id: int | None = None, constraints: Sequence[Any] = ()
) -> SpaceRow:
    """Insert an immutable space under the next number of its thread; the head does not move."""
    top = session.exec(select(func.max(col(SpaceRow.number))).where(SpaceRow.thread_id == thread_id)).one()
    row = SpaceRow(
        thread_id=thread_id,
        number=(top or 0) + 1,
        parent_id=parent_id,
        dimensions=space.to_dict(),
        constraints=list(constraints),
    )
    session.add(row)
    session.flush()
    return row


def create_sprint(
    session: Session, row: SprintRow, trials: Sequence[TrialRow] = (), *, ws: Workspace | None = None
) -> SprintRow:
    """Insert a sprint with the trials it begins with (cold and manual ones ``queued``, warm ones ``complete``).

    Numbers, folds and seeds of the trials are set here, in the order given. A sprint's number whose folder of runs is
    there already, another store's, is passed over: nothing is written into it.

    Raises:
        EngineError: When the label is taken.
    """
    twin = select(SprintRow.id).where(SprintRow.label == row.label, SprintRow.thread_id == row.thread_id)
    if session.exec(twin).first() is not None:
        raise EngineError(f"a sprint's label must be new, got {row.label!r}", "raise its version")
    row.study_key = row.study_key or row.label
    session.add(row)
    session.flush()
    while ws is not None and ws.sprint_dir(cast(int, row.id)).exists():
        _take_next_number(session, row)
    record_event(session, "sprint.created", thread_id=row.thread_id, sprint_id=row.id, label=row.label)
    add_trials(session, row, trials)
    return row


def _take_next_number(session: Session, row: SprintRow) -> None:
    """Insert a sprint that was just inserted under a later number."""
    number = cast(int, row.id)
    session.delete(row)
    session.flush()
    make_transient(row)
    # SQLite gives the number of a deleted row out again, a server's sequence goes on.
    row.id = number + 1 if session.get_bind().dialect.name == "sqlite" else None
    session.add(row)
    session.flush()


def add_trials(session: Session, row: SprintRow, trials: Sequence[TrialRow]) -> None:
    """Append trials to a sprint under the next free numbers."""
    sprint_id = cast(int, row.id)
    top = session.exec(select(func.max(col(TrialRow.number))).where(TrialRow.sprint_id == sprint_id)).one()
    first = 0 if top is None else top + 1
    fidelity = Fidelity.from_dict(row.fidelity)
    for number, trial in enumerate(trials, start=first):
        trial.sprint_id, trial.number = sprint_id, number
        if trial.state == TrialState.QUEUED:
            trial.train_fold, trial.val_fold = fidelity.subsets(number)
            trial.n_epochs = expected_epochs(fidelity, trial.params)
            trial.seed = trial_seed(row.seed, number)
        session.add(trial)
        session.flush()
        if trial.source == "primed-warm" and trial.source_trial_id is not None:
            copy_epochs(session, trial)
        record_event(session, f"trial.{trial.state}", thread_id=row.thread_id, sprint_id=sprint_id, number=number)
    session.flush()


def copy_epochs(session: Session, trial: TrialRow) -> None:
    """Copy the epoch reports of the trial that a warm one was primed from, so that it competes in rungs."""
    source = session.get(TrialRow, trial.source_trial_id)
    if source is None or trial.id is None:
        return
    trial.attempt, trial.n_reports = max(1, trial.attempt), source.n_reports
    session.add(trial)
    query = select(EpochRow).where(EpochRow.trial_id == source.id, EpochRow.attempt == source.attempt)
    for epoch in session.exec(query).all():
        session.add(EpochRow(**{**epoch.model_dump(), "trial_id": trial.id, "attempt": trial.attempt}))


def set_sprint_state(
    session: Session, sprint_id: int, state: SprintState, *, failure: str = "", **reason: Any
) -> SprintRow:
    """Move a sprint to another state; the same state again is no change.

    Raises:
        EngineError: When the change is not legal.
    """
    row = sprint(session, sprint_id)
    if row.state == state:
        return row
    if state not in TRANSITIONS[row.state]:
        legal = ", ".join(sorted(TRANSITIONS[row.state]))
        wanted = {SprintState.PAUSED: "paused", SprintState.STOPPING: "stopped"}.get(state)
        if wanted is not None:
            raise EngineError(f"only a sprint at work can be {wanted}, {row.label} is {row.state}")
        raise EngineError(f"sprint {row.label} is {row.state} and can become {legal}, not {state}")
    before, row.state = row.state, state
    row.failure = failure
    if state == SprintState.RUNNING:
        if row.started_at is None:
            _close_reviews(session, row)
        row.started_at = row.started_at or now()
        row.finished_at = None
        row.queued_at = None
    if state != SprintState.STOPPING:
        row.stop_mode = ""
    if state != SprintState.PAUSED:
        row.pause_mode = ""
    if state.is_finished:
        row.finished_at = now()
    session.add(row)
    record_event(
        session, "sprint.state", thread_id=row.thread_id, sprint_id=sprint_id, before=before, state=state, **reason
    )
    session.flush()
    return row


def request_stop(session: Session, sprint_id: int, mode: str = "epoch") -> SprintRow:
    """Ask a sprint to stop: after the trials that run (``trial``), after their epoch (``epoch``), or ``now``.

    Interrupted trials go back to the queue with their number and parameters. A sprint nobody works on is done at once.

    Raises:
        EngineError: For an unknown mode, or when the sprint does not run.
    """
    if mode not in STOP_MODES:
        raise EngineError(f"a stop must be one of {', '.join(STOP_MODES)}, got {mode!r}")
    row = set_sprint_state(session, sprint_id, SprintState.STOPPING, mode=mode)
    row.stop_mode = mode
    session.add(row)
    session.flush()
    return row


def request_pause(session: Session, sprint_id: int, mode: str = "epoch") -> SprintRow:
    """Ask a running sprint to hold after the current epoch or trial; its workers stay warm.

    Raises:
        EngineError: For an unknown mode, or when the sprint does not run.
    """
    if mode not in PAUSE_MODES:
        raise EngineError(f"a pause must be one of {', '.join(PAUSE_MODES)}, got {mode!r}")
    row = set_sprint_state(session, sprint_id, SprintState.PAUSED, mode=mode)
    row.pause_mode = mode
    session.add(row)
    session.flush()
    return row


def request_trial_stop(session: Session, sprint_id: int, number: int) -> TrialRow:
    """Ask one trial to stop; a queued one is cancelled at once, a running one after its current step.

    Raises:
        EngineError: When there is no such trial, or it is finished.
    """
    trial = session.exec(select(TrialRow).where(TrialRow.sprint_id == sprint_id, TrialRow.number == number)).first()
    if trial is None or trial.state.is_finished:
        raise EngineError(f"a trial must be queued or running to be stopped, got #{number}: {trial and trial.state}")
    if trial.state == TrialState.QUEUED:
        trial.state, trial.reason, trial.finished_at = TrialState.CANCELLED, "withdrawn by a person", now()
        record_event(session, "trial.cancelled", sprint_id=sprint_id, number=number)
    else:
        trial.stop_requested = True
        record_event(session, "trial.stop", sprint_id=sprint_id, number=number)
    session.add(trial)
    session.flush()
    return trial


def extend(
    session: Session, sprint_id: int, n_trials: int = 0, *, seconds: float = 0.0, epoch_equivalents: float = 0.0
) -> SprintRow:
    """Add to a sprint's budgets; its model, space and fidelity stay as they are (paper §3).

    Raises:
        EngineError: When nothing is added, or to a budget that the sprint has not.
    """
    wanted = (n_trials, seconds, epoch_equivalents)
    if not all(0 <= one < math.inf for one in wanted) or not any(wanted):
        raise EngineError(
            f"a sprint is extended by at least one trial, some time or some epochs, got {n_trials:g} trials, "
            f"{seconds:g} s and {epoch_equivalents:g} epochs"
        )
    row = sprint(session, sprint_id)
    row.n_trials += n_trials
    for name, added in (("max_seconds", seconds), ("max_epoch_equivalents", epoch_equivalents)):
        if added and getattr(row, name) is None:
            raise EngineError(f"{row.label} has no such budget to extend: {name} is unlimited")
        if added:
            setattr(row, name, getattr(row, name) + added)
    session.add(row)
    record_event(session, "sprint.extended", thread_id=row.thread_id, sprint_id=sprint_id, by=n_trials)
    session.flush()
    return row


def requeue_failed(session: Session, sprint_id: int, numbers: Collection[int] = ()) -> list[int]:
    """Put a sprint's failed trials back into the queue, with a clean record; their numbers.

    Args:
        session: A transaction that writes.
        sprint_id: The sprint.
        numbers: Those trials only; all that failed where empty.

    Raises:
        EngineError: When a named trial is not there or has not failed.
    """
    trials = session.exec(select(TrialRow).where(TrialRow.sprint_id == sprint_id).order_by(col(TrialRow.number))).all()
    known = {trial.number: trial for trial in trials}
    for number in numbers:
        if number not in known or known[number].state != TrialState.FAILED:
            given = f"#{number}: {known[number].state}" if number in known else f"#{number}, which is not there"
            raise EngineError(f"a trial must have failed to be retried, got {given}", "list them: trimtab trial list")
    failed = [
        trial for trial in trials if trial.state == TrialState.FAILED and (not numbers or trial.number in numbers)
    ]
    for trial in failed:
        trial.state, trial.n_failures, trial.error_kind, trial.finished_at = TrialState.QUEUED, 0, "", None
        trial.error_text = trial.reason = ""
        session.add(trial)
        record_event(session, "trial.queued", sprint_id=sprint_id, number=trial.number, reason="tried again")
    session.flush()
    return [trial.number for trial in failed]


def queue_sprint(session: Session, sprint_id: int) -> SprintRow:
    """Let a planned sprint start by itself when the running launcher has finished the one before."""
    row = set_sprint_state(session, sprint_id, SprintState.READY)
    row.queued_at = now()
    session.add(row)
    session.flush()
    return row


def _close_reviews(session: Session, row: SprintRow) -> None:
    """Mark the thread's finished sprints as reviewed: the next one is launched on what they showed."""
    query = select(SprintRow).where(
        SprintRow.thread_id == row.thread_id, SprintRow.state == SprintState.DONE, col(SprintRow.reviewed_at).is_(None)
    )
    for earlier in session.exec(query).all():
        if earlier.id != row.id:
            mark_reviewed(session, cast(int, earlier.id))


def mark_reviewed(session: Session, sprint_id: int, *, reviewed: bool = True) -> SprintRow:
    """Say that a person has reviewed a sprint."""
    row = sprint(session, sprint_id)
    row.reviewed_at = now() if reviewed else None
    session.add(row)
    record_event(session, "sprint.reviewed", thread_id=row.thread_id, sprint_id=sprint_id, reviewed=reviewed)
    session.flush()
    return row
