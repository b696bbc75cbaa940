"""A sprint that was read from elsewhere, written into the store: trials, epochs, times, in one transaction."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, cast

from sqlmodel import Session

from engine.errors import EngineError
from engine.exchange.format import Reading
from engine.space.condition_values import settings_for
from engine.space.space import Space
from engine.sprint.label import SprintLabel, model_part, next_version
from engine.store import commands, queries
from engine.store.edit_log import head_space
from engine.store.tables import EpochRow, SprintRow, ThreadRow, TrialRow, now
from engine.store.workspace import Workspace
from engine.trials.fidelity import Fidelity
from engine.trials.states import SprintState, TrialState
from engine.trials.trial import EpochReport, TrialRecord
from engine.values import Value

SUFFIX = "imported"
"""What labels of imported sprints end in."""


def store_sprint(ws: Workspace, session: Session, thread: ThreadRow, reading: Reading) -> SprintRow:
    """Write a reading as a finished sprint of a thread; the caller's transaction keeps all of it or nothing.

    Raises:
        EngineError: When its hyperparameters are not the thread's.
    """
    content = reading.content
    head = head_space(session, thread)
    space = Space.from_dict(head.dimensions)
    _refuse_unknown(thread.name, space, reading)
    fidelity = _fidelity(reading)
    model = dict(thread.options.get("model") or {})
    settings = settings_for(space, model, fidelity)
    given = content.facts.get("settings")
    if isinstance(given, Mapping):
        settings |= {key: value for key, value in given.items() if key in settings}
    _refuse_missing(thread.name, space, settings, reading)
    trials = [_completed(trial, space, settings) for trial in content.trials]
    n_outside = sum(
        any(not space[name].contains(value) for name, value in trial.params.items())
        or bool(space.violations(trial.params, settings))
        for trial in trials
    )
    version = next_version(SUFFIX, [(row.suffix, row.version) for row in queries.sprints(session, thread.id)])
    named = model_part(thread.name, thread.objective, model)
    label = SprintLabel(model=named, fidelity=fidelity.code, suffix=SUFFIX, version=version)
    row = SprintRow(
        thread_id=cast(int, thread.id),
        space_id=cast(int, head.id),
        stage=SUFFIX,
        suffix=SUFFIX,
        version=version,
        label=str(label),
        state=SprintState.DONE,
        metric=content.metric,
        direction=content.direction,
        fidelity=fidelity.to_dict(),
        settings=settings,
        sampler="random",
        n_trials=max(1, len(trials)),
        manifest=_manifest(reading) | {"n_outside_space": n_outside},
        started_at=_earliest(trials),
        finished_at=now(),
    )
    rows = [_trial_row(trial) for trial in trials]
    commands.create_sprint(session, row, rows, ws=ws)
    session.flush()
    for made, trial in zip(rows, trials, strict=True):
        session.add_all(_epoch_row(cast(int, made.id), report) for report in trial.reports)
    return row


def _manifest(reading: Reading) -> dict[str, Any]:
    facts: dict[str, Any] = {"imported_from": reading.content.label, "imported_as": reading.format}
    if reading.columns:
        facts["columns"] = {column.name: column.called or column.why for column in reading.columns}
    return facts


def _fidelity(reading: Reading) -> Fidelity:
    """The fidelity that our own export says, else the longest trial's epochs over all of the data."""
    given = reading.content.facts.get("fidelity")
    if isinstance(given, Mapping):
        try:
            return Fidelity.from_dict(given)
        except (EngineError, TypeError, ValueError):
            pass  # another tool's fact of that name
    last = max((max((r.step for r in t.reports), default=t.n_epochs) for t in reading.content.trials), default=1)
    return Fidelity(max_epochs=max(1, last), run_to="all")


def _refuse_unknown(thread: str, space: Space, reading: Reading) -> None:
    names = dict.fromkeys(name for trial in reading.content.trials for name in trial.params)
    unknown = [name for name in names if name not in space.names]
    if not unknown:
        return
    near = get_close_matches(unknown[0], space.names, n=1)
    called = {column.called: column.name for column in reading.columns}
    column = called.get(unknown[0], unknown[0])
    hints = [f"did you mean {near[0]}?"] if near else []
    if reading.columns:
        hints.append(f"leave it out with --ignore {column}, or say which it is with --param {column}=NAME")
    raise EngineError(
        f"every hyperparameter must be one of thread {thread}, got {', '.join(unknown)}",
        " ".join(hints) or "name a new thread; its search space comes from the source",
    )


def _refuse_missing(thread: str, space: Space, settings: Mapping[str, Value], reading: Reading) -> None:
    """Refuse a source that says nothing at all of a hyperparameter that the thread searches in every trial."""
    scored = [trial for trial in reading.content.trials if trial.score is not None]
    for dimension in space:
        if dimension.is_frozen or any(dimension.name in trial.params for trial in scored):
            continue
        lacking = next((t for t in scored if space.is_active(dimension.name, t.params, settings)), None)
        if lacking is not None and not dimension.active_when:
            missing = [
                d.name
                for d in space
                if not d.is_frozen and not d.active_when and not any(d.name in trial.params for trial in scored)
            ]
            raise EngineError(
                f"a trial must have a value for every free dimension of thread {thread}, "
                f"#{lacking.number} of {reading.content.label} has none for {', '.join(missing)}",
                "name a new thread: it takes its space from the source",
            )


def _completed(trial: TrialRecord, space: Space, settings: Mapping[str, Value]) -> TrialRecord:
    """A trial as the thread sees it: an empty text choice where it is one, failed where a value is missing."""
    from dataclasses import replace

    params = dict(trial.params)
    missing = []
    for dimension in space:
        if dimension.name in params or dimension.is_frozen or not space.is_active(dimension.name, params, settings):
            continue
        if "" in dimension.domain_choices:
            params[dimension.name] = ""
        elif not dimension.active_when:
            missing.append(dimension.name)
    if missing and trial.score is not None:
        reason = f"its score {trial.score:g} stands without a value of {', '.join(missing)}"
        return replace(trial, params=params, state=TrialState.FAILED, score=None, reason=reason)
    return replace(trial, params=params)


def _trial_row(trial: TrialRecord) -> TrialRow:
    return TrialRow(
        sprint_id=0,
        number=0,
        state=trial.state if trial.state.is_finished else TrialState.CANCELLED,
        source=trial.source,
        params=dict(trial.params),
        score=trial.score,
        seed=trial.seed,
        train_fold=trial.fold[0],
        val_fold=trial.fold[1],
        seconds=trial.seconds,
        n_reports=trial.n_epochs or len(trial.reports),
        epoch=trial.n_epochs,
        n_epochs=trial.n_epochs,
        attempt=1,
        reason=trial.reason,
        started_at=_moment(trial.started_at),
        finished_at=_moment(trial.finished_at) or now(),
    )


def _epoch_row(trial_id: int, report: EpochReport) -> EpochRow:
    return EpochRow(
        trial_id=trial_id,
        attempt=1,
        step=report.step,
        phase=report.phase,
        score=report.score if math.isfinite(report.score) else None,
        metrics={name: value if math.isfinite(value) else None for name, value in report.metrics.items()},
        at=_moment(report.at or None) or now(),
    )


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _earliest(trials: list[TrialRecord]) -> datetime:
    known = [trial.started_at for trial in trials if trial.started_at is not None]
    return _moment(min(known, default=None)) or now()
