"""Reading the store: every function takes a session and returns table rows or records, all of one moment.

Columns that are summed over ten thousand rows are read without building row objects (benchmarks/engine.py).
"""

import math
from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, text
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from engine.errors import EngineError
from engine.progress import stepping
from engine.space.space import CONSTRAINTS_KEY, Space
from engine.store.tables import (
    EpochRow,
    EventRow,
    PulseRow,
    RunRow,
    SpaceEditRow,
    SpaceRow,
    SprintRow,
    StoreModel,
    ThreadRow,
    TrialRow,
    WorkerRow,
)
from engine.trials.states import TrialState
from engine.trials.trial import EpochReport, TrialRecord, TrialSource

TRIAL = StoreModel.metadata.tables["trial"]
EPOCH = StoreModel.metadata.tables["epoch"]
SPRINT = StoreModel.metadata.tables["sprint"]

MOST_NAMED = 200
"""Rows named in one query; beyond, all are read: databases bound the length of a list."""

NO_TIMES = (None, None)
"""Start and end of a trial that nobody asked for."""

TEST_OPENED = "test.opened"
"""Kind of the event that says a trial read the test split."""


def pulse(session: Session) -> int:
    """A number that changes iff something in the store changed."""
    return int(session.exec(select(func.sum(PulseRow.n))).one() or 0)


def threads(session: Session, *, archived: bool = False) -> list[ThreadRow]:
    """All threads, oldest first; archived ones only when asked for."""
    query = select(ThreadRow).order_by(col(ThreadRow.id))
    return list(session.exec(query if archived else query.where(col(ThreadRow.archived).is_(False))).all())


def threads_of(session: Session, ids: Collection[int]) -> list[ThreadRow]:
    """The threads with those ids, oldest first."""
    query = select(ThreadRow).order_by(col(ThreadRow.id))
    if len(ids) <= MOST_NAMED:
        return list(session.exec(query.where(col(ThreadRow.id).in_(ids))).all()) if ids else []
    return [row for row in session.exec(query).all() if row.id in ids]


def thread_named(session: Session, name: str) -> ThreadRow | None:
    """The thread of that name, or None."""
    return session.exec(select(ThreadRow).where(ThreadRow.name == name)).first()


def sprints(session: Session, thread_id: int | None = None) -> list[SprintRow]:
    """Sprints of a thread, or of all, oldest first."""
    query = select(SprintRow).order_by(col(SprintRow.id))
    return list(session.exec(query if thread_id is None else query.where(SprintRow.thread_id == thread_id)).all())


def sprint(session: Session, sprint_id: int) -> SprintRow:
    """The sprint with that id.

    Raises:
        EngineError: When there is none.
    """
    row = session.get(SprintRow, sprint_id)
    if row is None:
        raise EngineError(f"a sprint must exist, got id {sprint_id}", "list them: trimtab sprint list")
    return row


def trials(session: Session, sprint_id: int, *, states: Collection[TrialState] = ()) -> list[TrialRow]:
    """Trials of a sprint in order of number, all or those in some states."""
    query = select(TrialRow).where(TrialRow.sprint_id == sprint_id).order_by(col(TrialRow.number))
    return list(session.exec(query.where(col(TrialRow.state).in_(states)) if states else query).all())


def trials_shown(session: Session, sprint_id: int, numbers: Collection[int]) -> list[TrialRow]:
    """Some trials of a sprint in order of number, only to be looked at.

    They have the attributes of table rows that views show, and are read in half the time: ten thousand trials are
    listed at once.
    """
    query = select_columns(*_SHOWN).where(TRIAL.c.sprint_id == sprint_id).order_by(TRIAL.c.number)
    if len(numbers) <= MOST_NAMED:
        query = query.where(TRIAL.c.number.in_(numbers))
    found = session.connection().execute(query) if numbers else ()
    return cast(list[TrialRow], [row for row in stepping(found, "reading trials") if row.number in numbers])


def trials_undecoded(session: Session, sprint_id: int) -> dict[int, tuple[Any, ...]]:
    """What views show of a sprint's trials, by number, as the database hands it over: only to be compared."""
    return {row.number: tuple(row) for row in session.connection().execute(_UNDECODED, {"sprint": sprint_id})}


def trial_endings(session: Session, sprint_id: int) -> list[TrialRecord]:
    """How each trial of a sprint stands, in order of number: its state, score and reason, and nothing else."""
    c = TRIAL.c
    query = select_columns(c.number, c.state, c.source, c.score, c.reason).where(c.sprint_id == sprint_id)
    return [
        TrialRecord(number=number, state=state, source=source, params={}, score=score, reason=reason)
        for number, state, source, score, reason in session.connection().execute(query.order_by(c.number))
    ]


def trial(session: Session, sprint_id: int, number: int) -> TrialRow | None:
    """One trial, or None."""
    return session.exec(select(TrialRow).where(TrialRow.sprint_id == sprint_id, TrialRow.number == number)).first()


def trial_records(session: Session, sprint_id: int, *, reports: bool = False) -> list[TrialRecord]:
    """Trials of a sprint as the pure functions take them, in order of number.

    With ``reports`` they have their epochs and times, too, which only exports need.
    """
    c = TRIAL.c
    times = _trial_times(session, sprint_id) if reports else {}
    query = (
        select_columns(
            c.id, c.number, c.state, c.source, c.params, c.score, c.seed, c.train_fold, c.val_fold, c.seconds,
            c.n_reports, c.reason, c.error_kind,
        )
        .where(c.sprint_id == sprint_id)
        .order_by(c.number)
    )  # fmt: skip
    by_trial = sprint_epochs(session, sprint_id) if reports else {}
    return [
        TrialRecord(
            number=number,
            state=state,
            source=cast(TrialSource, source),
            params=params,
            score=score,
            seed=seed,
            fold=(train_fold, val_fold),
            seconds=seconds,
            n_epochs=n_reports,
            reason=reason,
            failure=kind if state == TrialState.FAILED else "",
            reports=by_trial.get(number, ()),
            started_at=times.get(number, NO_TIMES)[0],
            finished_at=times.get(number, NO_TIMES)[1],
        )
        for _, number, state, source, params, score, seed, train_fold, val_fold, seconds, n_reports, reason, kind
        in stepping(session.connection().execute(query), "reading trials")
    ]  # fmt: skip


def _trial_times(session: Session, sprint_id: int) -> dict[int, tuple[float | None, float | None]]:
    """Start and end of every trial by its number, Unix time."""
    c = TRIAL.c
    query = select_columns(c.number, c.started_at, c.finished_at).where(c.sprint_id == sprint_id)
    return {
        number: (started and started.timestamp(), finished and finished.timestamp())
        for number, started, finished in session.connection().execute(query)
    }


def sprint_epochs(session: Session, sprint_id: int) -> dict[int, tuple[EpochReport, ...]]:
    """Epoch reports of every trial's last attempt, by trial number."""
    e = EPOCH.c
    query = (
        select_columns(TRIAL.c.number, e.step, e.phase, e.score, e.metrics, e.at)
        .join(EPOCH, (e.trial_id == TRIAL.c.id) & (e.attempt == TRIAL.c.attempt))
        .where(TRIAL.c.sprint_id == sprint_id)
        .order_by(TRIAL.c.number, e.step)
    )
    found: dict[int, list[EpochReport]] = {}
    for number, *report in stepping(session.connection().execute(query), "reading epochs"):
        found.setdefault(number, []).append(_report(*report))
    return {number: tuple(reports) for number, reports in found.items()}


def epochs(session: Session, trial_row: TrialRow, *, attempt: int | None = None) -> list[EpochReport]:
    """Epoch reports of one attempt of a trial, the last one by default."""
    wanted = trial_row.attempt if attempt is None else attempt
    query = (
        select(EpochRow)
        .where(EpochRow.trial_id == trial_row.id, EpochRow.attempt == wanted)
        .order_by(col(EpochRow.step))
    )
    return [_report(one.step, one.phase, one.score, one.metrics, one.at) for one in session.exec(query).all()]


def rung_scores(session: Session, sprint_id: int, at_step: int | None = None) -> dict[int, dict[int, float]]:
    """Training scores by trial number and step, for pruners; of one step or all; NaN where a report had no score."""
    e = EPOCH.c
    query = (
        select_columns(TRIAL.c.number, e.step, e.score)
        .join(EPOCH, (e.trial_id == TRIAL.c.id) & (e.attempt == TRIAL.c.attempt))
        .where(TRIAL.c.sprint_id == sprint_id, e.phase == "train")
    )
    if at_step is not None:
        query = query.where(e.step == at_step)
    found: dict[int, dict[int, float]] = {}
    for number, step, score in session.connection().execute(query):
        found.setdefault(number, {})[step] = math.nan if score is None else score
    return found


def space(session: Session, space_id: int) -> Space:
    """The space with that id, as a record."""
    row = session.get(SpaceRow, space_id)
    assert row is not None, f"space {space_id} is referred to but missing"
    return Space.from_dict(row.dimensions)


def dimension_names(session: Session, thread_id: int) -> frozenset[str]:
    """Names of all dimensions that any space of a thread has: a command may name those that joined or left it."""
    found = session.exec(select(SpaceRow.dimensions).where(SpaceRow.thread_id == thread_id)).all()
    return frozenset(name for dimensions in found for name in dimensions if name != CONSTRAINTS_KEY)


def space_row(session: Session, space_id: int) -> SpaceRow:
    """The row of a space."""
    row = session.get(SpaceRow, space_id)
    assert row is not None, f"space {space_id} is referred to but missing"
    return row


def edits(session: Session, thread_id: int) -> list[SpaceEditRow]:
    """The decision log of a thread, oldest first, undone and abandoned ones included."""
    query = select(SpaceEditRow).where(SpaceEditRow.thread_id == thread_id).order_by(col(SpaceEditRow.number))
    return list(session.exec(query).all())


def runs(session: Session, sprint_id: int | None = None, *, open_only: bool = False) -> list[RunRow]:
    """Launchers' runs, oldest first; of one sprint or all; those not ended when asked for."""
    query = select(RunRow).order_by(col(RunRow.id))
    if sprint_id is not None:
        query = query.where(RunRow.sprint_id == sprint_id)
    return list(session.exec(query.where(RunRow.state == "running") if open_only else query).all())


def workers(session: Session, sprint_id: int | None = None, *, open_only: bool = False) -> list[WorkerRow]:
    """Workers, oldest first; of one sprint or all; those not ended when asked for."""
    query = select(WorkerRow).order_by(col(WorkerRow.id))
    if sprint_id is not None:
        query = query.where(WorkerRow.sprint_id == sprint_id)
    return list(session.exec(query.where(WorkerRow.state != "ended") if open_only else query).all())


def events(session: Session, *, after: int = 0, sprint_id: int | None = None, limit: int = 1000) -> list[EventRow]:
    """Events with an id above ``after``, oldest first."""
    query = select(EventRow).where(col(EventRow.id) > after).order_by(col(EventRow.id)).limit(limit)
    return list(session.exec(query if sprint_id is None else query.where(EventRow.sprint_id == sprint_id)).all())


def openings(session: Session, sprint_id: int) -> list[EventRow]:
    """Every time a sprint's trials read the test split, oldest first."""
    query = select(EventRow).where(EventRow.sprint_id == sprint_id, EventRow.kind == TEST_OPENED)
    return list(session.exec(query.order_by(col(EventRow.id))).all())


def last_event_id(session: Session) -> int:
    """Id of the newest event; 0 in an empty store."""
    return session.exec(select(func.max(col(EventRow.id)))).one() or 0


_SHOWN = tuple(
    TRIAL.c[name]
    for name in (
        "sprint_id", "number", "state", "source", "source_trial_id", "params", "score", "last_score", "seed",
        "train_fold", "val_fold", "attempt", "worker_id", "epoch", "n_epochs", "fraction", "message", "phase",
        "error_text", "reason", "findings", "checkpoint", "started_at", "finished_at", "seconds",
        "starred", "tags",
    )
)  # fmt: skip
_UNDECODED = text(
    f"SELECT {', '.join(column.name for column in _SHOWN)} FROM trial WHERE sprint_id = :sprint ORDER BY number"
)


def _report(step: int, phase: str, score: float | None, metrics: dict[str, Any], at: datetime) -> EpochReport:
    return EpochReport(
        step=step,
        phase=phase,
        score=math.nan if score is None else score,
        metrics={name: math.nan if value is None else value for name, value in metrics.items()},
        at=at.timestamp(),
    )
