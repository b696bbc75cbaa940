"""Optuna: a sprint as a study and a study as a sprint, define-by-run ones included; also its frame of trials as CSV.

The study is for other tools (optuna-dashboard); trimtab itself never reads it back while a sprint runs.
"""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.exchange.content import SprintContent, identifiers
from engine.exchange.conventions import TableConventions
from engine.exchange.databases import OPTUNA, database_to_read, database_to_write
from engine.exchange.format import DATABASE_SUFFIXES, ExportTarget, ImportRequest, ImportSource, Reading
from engine.exchange.space_inference import above, distinct, inferred_conditions
from engine.exchange.table_import import read_table
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.states import Direction, TrialState
from engine.trials.trial import EpochReport, TrialRecord
from engine.values import Value, native

STATES = {
    TrialState.COMPLETE: "COMPLETE",
    TrialState.PRUNED: "PRUNED",
    TrialState.FAILED: "FAIL",
    TrialState.CANCELLED: "FAIL",
    TrialState.RUNNING: "RUNNING",
    TrialState.QUEUED: "WAITING",
}
"""Optuna's states by ours."""

DATABASE_SCHEMES = ("sqlite", "mysql", "postgresql", "mariadb", "mssql", "oracle", "redis")
"""Beginnings of storage URLs."""

FRAME = TableConventions(
    params=("params_",),
    metrics=("user_attrs_", "intermediate_values_"),
    facts={
        "number": "number",
        "state": "state",
        "datetime_start": "started_at",
        "datetime_complete": "finished_at",
        "duration": "seconds",
    },
    ignored={"system_attrs_*": "bookkeeping", "trial_id": "id", "study_id": "id"},
    scores=("value", "values_0"),
    signature=("number", "state", "params_*"),
    any_of=("value", "values_*"),
)
"""What ``study.trials_dataframe().to_csv()`` writes."""


class OptunaStudy:
    """An Optuna storage, or a frame of trials."""

    name = "optuna"
    title = "an Optuna study"
    can_write = True
    can_read = True

    def is_target(self, target: ExportTarget) -> bool:
        """A storage URL, or a file that is called a database."""
        scheme = target.text.partition(":")[0].partition("+")[0]
        return scheme in DATABASE_SCHEMES if target.is_url else target.path.suffix.lower() in DATABASE_SUFFIXES

    def is_source(self, source: ImportSource) -> bool:
        """A URL, a database, or a table with the frame's columns."""
        return not source.is_text or FRAME.fits(source.table.header)

    def write(self, content: SprintContent, target: ExportTarget) -> str:
        """Write a study."""
        url = target.text if target.is_url else f"sqlite:///{target.path.resolve()}"
        name = write_study(content, url, target.study, target.workspaces)
        return f"study {name} with {len(content.trials)} trials in {target.text}"

    def read(self, source: ImportSource, request: ImportRequest) -> Reading:
        """Read a study, or the frame."""
        if source.is_text:
            return read_table(self.name, source.table, FRAME, request)
        url = source.text if source.is_url else f"sqlite:///{source.path.resolve()}"
        return Reading(format=self.name, content=read_study(url, request.study))


def write_study(content: SprintContent, storage: str, study_name: str = "", workspaces: Sequence[Path] = ()) -> str:
    """Write a sprint as a study; returns the study's name.

    Args:
        content: The sprint.
        storage: SQLAlchemy URL, such as ``sqlite:///study.db``.
        study_name: Its name; the sprint's label where empty.
        workspaces: Folders known to be workspaces, whose own files are no storage.

    Raises:
        EngineError: When the storage has a study of that name, or holds something else.
    """
    import optuna

    name = study_name or content.label
    with _silent(), database_to_write(storage, OPTUNA, workspaces) as url:
        there = optuna.storages.RDBStorage(url)
        try:
            study = optuna.create_study(study_name=name, storage=there, direction=content.direction.value)
        except optuna.exceptions.DuplicatedStudyError:
            raise EngineError(f"{storage} has a study {name!r} already", "choose another --study name") from None
        try:
            study.set_metric_names([content.metric])
            for key, value in content.facts.items():
                study.set_user_attr(key, value)
            study.add_trials([_frozen_trial(trial, content.space) for trial in content.trials])
        except BaseException:
            optuna.delete_study(study_name=name, storage=there)
            raise
        finally:
            there.engine.dispose()
    return name


def read_study(storage: str, study_name: str = "") -> SprintContent:
    """Read a single-objective study as a finished sprint.

    Args:
        storage: SQLAlchemy URL.
        study_name: Which study; may be empty where there is one.

    Raises:
        EngineError: When there is no such study, several to choose from, or it has several objectives.
    """
    import optuna

    with _silent(), database_to_read(storage, OPTUNA) as url:
        try:
            there = optuna.storages.RDBStorage(url, skip_table_creation=True)
        except Exception as error:
            raise EngineError(f"{storage} cannot be read as an Optuna storage: {_first_line(error)}") from error
        try:
            return _read(there, storage, study_name)
        except EngineError:
            raise
        except Exception as error:  # a row of a foreign database may hold anything, and each ends Optuna otherwise
            told = f"{type(error).__name__}: {_first_line(error)}"
            raise EngineError(f"{storage} cannot be read as an Optuna storage: {told}") from error
        finally:
            there.engine.dispose()


def _read(there: Any, storage: str, study_name: str) -> SprintContent:
    import optuna

    try:
        names = optuna.get_all_study_names(there)
    except Exception as error:
        raise EngineError(f"{storage} cannot be read as an Optuna storage: {_first_line(error)}") from error
    name = study_name or (names[0] if len(names) == 1 else "")
    if name not in names:
        what = f"no study {name!r} in {storage}" if name else f"one study must be named, {storage} has {len(names)}"
        raise EngineError(what, f"--study names one of: {', '.join(names) or 'none'}")
    study = optuna.load_study(study_name=name, storage=there)
    if len(study.directions) != 1:
        raise EngineError(f"study {name} has {len(study.directions)} objectives, one is needed")
    trials = study.get_trials(deepcopy=False)
    called = identifiers(dict.fromkeys(name for trial in trials for name in trial.distributions))
    if not called:
        raise EngineError(f"study {name} must have a trial with hyperparameters, got {len(trials)} without")
    first = min((step for trial in trials for step in trial.intermediate_values), default=1)
    records = [_record(trial, called, shift=max(0, 1 - first)) for trial in trials]
    return SprintContent(
        label=str(name),
        space=_space(trials, called, records),
        trials=records,
        direction=Direction(study.direction.name.lower()),
        metric=str((study.metric_names or ["score"])[0]),
        facts=dict(study.user_attrs),
    )


@contextmanager
def _silent() -> Iterator[None]:
    """Optuna without its log and its warnings of lists among choices and of experiments."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _frozen_trial(trial: TrialRecord, space: Space) -> Any:
    import optuna

    scores = {r.step: r.score for r in trial.reports if math.isfinite(r.score)}
    state = optuna.trial.TrialState[STATES[trial.state]]
    active = {d.name: d for d in space if d.name in trial.params}
    started, finished = _times(trial)
    facts: dict[str, Any] = {
        "source": trial.source,
        "seed": trial.seed,
        "fold": list(trial.fold),
        "reason": trial.reason,
        "seconds": trial.seconds,
    }
    metrics = trial.reports[-1].metrics if trial.reports else {}
    facts |= {name: value for name, value in metrics.items() if math.isfinite(value)}
    return optuna.trial.FrozenTrial(
        number=trial.number,
        trial_id=trial.number,
        state=state,
        value=trial.score if trial.state == TrialState.COMPLETE else None,
        values=None,
        params={name: exported(value) for name, value in trial.params.items()},
        distributions={name: _distribution(dimension, trial.params[name]) for name, dimension in active.items()},
        intermediate_values=scores,
        user_attrs={key: value for key, value in facts.items() if value not in (None, "")},
        system_attrs={},
        datetime_start=None if trial.state == TrialState.QUEUED else started,
        datetime_complete=finished if state.is_finished() else None,
    )


def _times(trial: TrialRecord) -> tuple[datetime, datetime]:
    """Start and end of a trial in local time without a zone, as Optuna itself writes them."""
    first = trial.reports[0].at if trial.reports and trial.reports[0].at else None
    known = trial.started_at if trial.started_at is not None else first
    started = datetime.now() if known is None else datetime.fromtimestamp(known)
    if trial.seconds is None and trial.finished_at is not None and known is not None:
        return started, datetime.fromtimestamp(max(known, trial.finished_at))
    return started, started + timedelta(seconds=trial.seconds or 0)


def _distribution(dimension: Dimension, value: Value) -> Any:
    """A dimension as Optuna's; widened to a trial's own value, which an imported sprint may have outside the space."""
    import optuna

    if dimension.kind == "categorical" or not isinstance(value, int | float) or isinstance(value, bool):
        return optuna.distributions.CategoricalDistribution(
            tuple(map(exported, distinct((*dimension.domain_choices, value))))
        )
    low, high = dimension.bounds
    if dimension.is_frozen:
        low = high = float(value)
    inside = low <= value <= high
    low, high = min(low, float(value)), max(high, float(value))
    step = dimension.step if inside and low < high else None
    if dimension.kind == "int" and float(value).is_integer():
        whole = 1 if step is None or dimension.log else int(step)
        return optuna.distributions.IntDistribution(int(low), int(high), log=dimension.log, step=whole)
    return optuna.distributions.FloatDistribution(low, high, log=dimension.log, step=None if dimension.log else step)


def exported(choice: Value) -> Any:
    """A choice as Optuna reads it back from a database: a list, where a tuple would not equal the stored choice."""
    return list(map(exported, choice)) if isinstance(choice, list | tuple) else choice


def _space(trials: Sequence[Any], called: Mapping[str, str], records: Sequence[TrialRecord]) -> Space:
    """The widest range every parameter had in any trial, in the order they appear.

    A parameter that a define-by-run study asked for in some trials only is active under what explains these.
    """
    found: dict[str, Any] = {}
    for trial in trials:
        for name, distribution in trial.distributions.items():
            found.setdefault(name, []).append(distribution)
    conditions = inferred_conditions([r.params for r in records if r.state.is_scored])
    return Space(
        dimensions=tuple(
            _dimension(called[name], name, given, conditions.get(called[name], {})) for name, given in found.items()
        )
    )


def _dimension(name: str, there: str, given: Sequence[Any], active_when: Mapping[str, Any]) -> Dimension:
    note = "from an Optuna study" + (f", where it is called {there}" if there != name else "")
    shared: dict[str, Any] = {"name": name, "note": note, "active_when": dict(active_when)}
    choices = distinct([native(choice) for one in given if hasattr(one, "choices") for choice in one.choices])
    if choices:
        return Dimension(kind="categorical", choices=choices, **shared)
    last = given[-1]
    low, high = min(float(one.low) for one in given), max(float(one.high) for one in given)
    is_int = all(type(one).__name__.startswith("Int") for one in given)
    kind: Any = "int" if is_int else "float"
    if low == high:
        return Dimension(kind=kind, low=low, high=above(low), frozen=int(low) if is_int else low, **shared)
    steps = {(one.low, one.high, one.step) for one in given}
    step = last.step if len(steps) == 1 and not (is_int and last.step == 1) else None
    log = bool(last.log) and low > 0
    return Dimension(kind=kind, low=low, high=high, log=log, step=None if log or not step else float(step), **shared)


def _record(trial: Any, called: Mapping[str, str], *, shift: int) -> TrialRecord:
    """A trial; ``shift`` is added to its steps, for ours count from 1."""
    states = {"COMPLETE": TrialState.COMPLETE, "PRUNED": TrialState.PRUNED, "FAIL": TrialState.FAILED}
    state = states.get(trial.state.name, TrialState.CANCELLED)
    reports = tuple(
        EpochReport(step=int(step) + shift, phase="train", score=float(score))
        for step, score in sorted(trial.intermediate_values.items())
    )
    score = float(trial.value) if trial.value is not None and math.isfinite(trial.value) else None
    if score is None and state == TrialState.PRUNED and reports and math.isfinite(reports[-1].score):
        score = reports[-1].score
    reason = str(trial.user_attrs.get("reason", ""))
    if state == TrialState.CANCELLED:
        reason = reason or f"not finished: its state was {trial.state.name}"
    return TrialRecord(
        number=trial.number,
        state=TrialState.FAILED if state == TrialState.COMPLETE and score is None else state,
        source="manual",
        params={called[name]: native(value) for name, value in trial.params.items()},
        score=score if state.is_scored else None,
        seconds=trial.duration.total_seconds() if trial.duration else None,
        n_epochs=len(reports),
        reason=reason,
        reports=reports,
        started_at=trial.datetime_start.timestamp() if trial.datetime_start else None,
        finished_at=trial.datetime_complete.timestamp() if trial.datetime_complete else None,
    )


FORMAT = OptunaStudy()
"""What the registry loads."""
