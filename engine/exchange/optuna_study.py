"""An Optuna study from a sprint, and a sprint from a study: distributions, intermediate values, states.

The study is for other tools (optuna-dashboard); trimtab itself never reads it back while a sprint runs.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from engine.errors import EngineError
from engine.exchange.content import SprintContent, identifiers
from engine.exchange.databases import OPTUNA, database_to_read, database_to_write
from engine.space.dimension import ON_GRID, Dimension
from engine.space.space import Space
from engine.trials.trial import Direction, EpochReport, TrialRecord, TrialState
from engine.values import UNSET, Value, as_number, native, value_key

STATES = {
    "complete": "COMPLETE",
    "pruned": "PRUNED",
    "failed": "FAIL",
    "cancelled": "FAIL",
    "running": "RUNNING",
    "queued": "WAITING",
}
"""Optuna's states by ours."""


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

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    name = study_name or content.label
    with database_to_write(storage, OPTUNA, workspaces) as url:
        there = optuna.storages.RDBStorage(url)
        try:
            study = optuna.create_study(study_name=name, storage=there, direction=content.direction)
        except optuna.exceptions.DuplicatedStudyError:
            raise EngineError(f"{storage} has a study {name!r} already", "choose another --study name") from None
        try:
            _fill(study, content)
        except BaseException:
            optuna.delete_study(study_name=name, storage=there)
            raise
        finally:
            there.engine.dispose()
    return name


def read_study(storage: str, study_name: str = "") -> SprintContent:
    """Read a single-objective study as a finished sprint.

    Raises:
        EngineError: When there is no such study, several to choose from, or it has several objectives.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with database_to_read(storage, OPTUNA) as url:
        try:
            there = optuna.storages.RDBStorage(url, skip_table_creation=True)
        except Exception as error:
            raise EngineError(f"{storage} cannot be read as an Optuna storage: {str(error).splitlines()[0]}") from error
        try:
            return _read(there, storage, study_name)
        finally:
            there.engine.dispose()


def _read(there: Any, storage: str, study_name: str) -> SprintContent:
    import optuna

    try:
        names = optuna.get_all_study_names(there)
    except Exception as error:
        raise EngineError(f"{storage} cannot be read as an Optuna storage: {str(error).splitlines()[0]}") from error
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
    metric = (study.metric_names or ["score"])[0]
    return SprintContent(
        label=name,
        space=_space(trials, called),
        trials=[_record(trial, called, shift=max(0, 1 - first)) for trial in trials],
        direction=cast(Direction, study.direction.name.lower()),
        metric=metric,
    )


def _fill(study: Any, content: SprintContent) -> None:
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.set_metric_names([content.metric])
    for key, value in content.facts.items():
        study.set_user_attr(key, value)
    study.add_trials([_frozen_trial(trial, content.space) for trial in content.trials])


def _frozen_trial(trial: TrialRecord, space: Space) -> Any:
    import optuna

    scores = {r.step: r.score for r in trial.reports if math.isfinite(r.score)}
    state = optuna.trial.TrialState[STATES[trial.state]]
    active = {d.name: d for d in space if d.name in trial.params}
    started = datetime.fromtimestamp(trial.reports[0].at, UTC).replace(tzinfo=None) if trial.reports else datetime.now()
    facts: dict[str, Any] = {
        "source": trial.source,
        "seed": trial.seed,
        "fold": list(trial.fold),
        "reason": trial.reason,
    }
    facts |= {"seconds": trial.seconds}
    metrics = trial.reports[-1].metrics if trial.reports else {}
    facts |= {name: value for name, value in metrics.items() if math.isfinite(value)}
    return optuna.trial.FrozenTrial(
        number=trial.number,
        trial_id=trial.number,
        state=state,
        value=trial.score if trial.state == "complete" else None,
        values=None,
        params={name: exported(value) for name, value in trial.params.items() if name in active},
        distributions={name: _distribution(dimension, trial.params[name]) for name, dimension in active.items()},
        intermediate_values=scores,
        user_attrs={key: value for key, value in facts.items() if value not in (None, "")},
        system_attrs={},
        datetime_start=None if trial.state == "queued" else started,
        datetime_complete=started + timedelta(seconds=trial.seconds or 0) if state.is_finished() else None,
    )


def _distribution(dimension: Dimension, value: Value) -> Any:
    """A dimension as Optuna's; widened to a trial's own value, which an imported sprint may have outside the space."""
    import optuna

    if dimension.kind == "categorical":
        choices = {value_key(choice): exported(choice) for choice in (*dimension.domain_choices, value)}
        return optuna.distributions.CategoricalDistribution(tuple(choices.values()))
    low, high = dimension.bounds
    if dimension.frozen is not UNSET:
        low = high = as_number(dimension.frozen)
    number = as_number(value)
    # Optuna has no step on a log scale, and none that a value beside the grid would fit.
    step = None if dimension.log or dimension.is_frozen or not dimension.contains(value) else dimension.step
    low, high = min(low, number), max(high, number)
    if dimension.kind == "int":
        return optuna.distributions.IntDistribution(int(low), int(high), log=dimension.log, step=int(step or 1))
    return optuna.distributions.FloatDistribution(low, high, log=dimension.log, step=step)


def exported(choice: Value) -> Any:
    """A choice as Optuna stores it: lists, which it warns of, as the tuples that its users write."""
    return tuple(map(exported, choice)) if isinstance(choice, list) else choice


def _space(trials: Sequence[Any], called: Mapping[str, str]) -> Space:
    """The widest range every parameter had in any trial, in the order they appear."""
    found: dict[str, Any] = {}
    for trial in trials:
        for name, distribution in trial.distributions.items():
            found.setdefault(name, []).append(distribution)
    return Space(dimensions=tuple(_dimension(called[name], name, given) for name, given in found.items()))


def _dimension(name: str, there: str, given: Sequence[Any]) -> Dimension:
    note = "from an Optuna study" + (f", where it is called {there}" if there != name else "")
    last = given[-1]
    if hasattr(last, "choices"):
        found = {value_key(choice): choice for one in given for choice in map(native, one.choices)}
        return Dimension(name=name, kind="categorical", choices=tuple(found.values()), note=note)
    low, high = min(float(one.low) for one in given), max(float(one.high) for one in given)
    is_int = type(last).__name__.startswith("Int")
    kind: Any = "int" if is_int else "float"
    if low == high:
        return Dimension(name=name, kind=kind, low=low, high=low + 1, frozen=int(low) if is_int else low, note=note)
    step = _step(given, low, high)
    return Dimension(name=name, kind=kind, low=low, high=high, log=bool(last.log), step=step, note=note)


def _step(given: Sequence[Any], low: float, high: float) -> float | None:
    """The step that all distributions of a parameter share, where the widest range holds it."""
    steps = {getattr(one, "step", None) for one in given}
    step = steps.pop() if len(steps) == 1 else None
    if not step or (step == 1 and type(given[-1]).__name__.startswith("Int")):
        return None
    n_steps = (high - low) / float(step)
    return float(step) if abs(n_steps - round(n_steps)) < ON_GRID * max(1.0, n_steps) else None


def _record(trial: Any, called: Mapping[str, str], *, shift: int) -> TrialRecord:
    """A trial; ``shift`` is added to its steps, for ours count from 1."""
    states = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
    state = states.get(trial.state.name, "cancelled")
    reports = tuple(
        EpochReport(step=int(step) + shift, phase="train", score=float(score))
        for step, score in sorted(trial.intermediate_values.items())
    )
    score = float(trial.value) if trial.value is not None and math.isfinite(trial.value) else None
    if score is None and state == "pruned" and reports:
        score = reports[-1].score
    return TrialRecord(
        number=trial.number,
        state=cast(TrialState, "failed" if state == "complete" and score is None else state),
        source="manual",
        params={called[name]: native(value) for name, value in trial.params.items()},
        score=score,
        seconds=trial.duration.total_seconds() if trial.duration else None,
        n_epochs=len(reports),
        reason=str(trial.user_attrs.get("reason", "")),
        reports=reports,
    )
