"""A sprint's history as an Optuna study in memory: what Optuna's samplers read; nothing is stored there.

A fresh study for each suggestion, with the distributions of this sprint's space: changing one in place is silently
ignored or refused by Optuna (decisions: Fresh studies), and its SQLite storage hands one trial to two workers.
"""

import math
import warnings
from collections.abc import Mapping
from typing import Any, Literal

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.trial import TrialState, create_trial

from engine.samplers.problem import Answer, Observation, Problem
from engine.samplers.success import encode
from engine.space.dimension import Dimension
from engine.values import Value, as_number, native


def ask_optuna(
    problem: Problem, sampler: BaseSampler, state: Mapping[str, Any], *, failed: Literal["worst", "nearest"]
) -> Answer:
    """Let an Optuna sampler, already seeded, propose a point from the problem's history.

    Args:
        problem: The search.
        sampler: Optuna's.
        state: Handed on.
        failed: How failed trials are told: with the worst loss there is, or with that of the nearest trial that has
            one, so that the landscape neither rises nor falls beyond the edge.
    """
    from threadpoolctl import threadpool_limits

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {dimension.name: distribution(dimension) for dimension in problem.dimensions}
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.create_study(sampler=sampler, direction="minimize")
        study.add_trials([_frozen(problem, one, distributions) for one in problem.history])
        study.add_trials(_failed(problem, distributions, failed))
        trial = study.ask(fixed_distributions=distributions)
        proposed = dict(trial.params)
    params: dict[str, Value] = {}
    for dimension in problem.dimensions:
        raw = proposed[dimension.name]
        if dimension.kind == "categorical":
            params[dimension.name] = dimension.choices[int(raw)]
        else:
            params[dimension.name] = dimension.nearest(as_number(native(raw)))
    return Answer(params=params, state=state)


def distribution(dimension: Dimension) -> BaseDistribution:
    """A dimension as Optuna's distribution; categories by position, so that 1 and True stay two of them.

    Optuna's own cells of whole numbers and steps are those of `engine.space.dimension`; what it has not, steps on a log
    scale, is a float from edge to edge.
    """
    low, high = dimension.bounds
    if dimension.kind == "categorical":
        n = len(dimension.choices)
        return IntDistribution(0, n - 1) if dimension.ordered else CategoricalDistribution(tuple(range(n)))
    if dimension.log and dimension.step not in (None, 1.0 if dimension.kind == "int" else None):
        return FloatDistribution(*dimension.edges, log=True)
    if dimension.kind == "int":
        return IntDistribution(int(low), int(high), log=dimension.log, step=int(dimension.step or 1))
    return FloatDistribution(low, high, log=dimension.log, step=dimension.step)


def _there(problem: Problem, params: Mapping[str, Value]) -> dict[str, Any]:
    """Parameters as Optuna's distributions have them."""
    return {
        d.name: d.index(params[d.name]) if d.kind == "categorical" else d.nearest(as_number(params[d.name]))
        for d in problem.dimensions
    }


def _failed(problem: Problem, distributions: Mapping[str, BaseDistribution], how: str) -> list[Any]:
    """Failed trials as complete ones; see `ask_optuna`."""
    known = {one.number: one.loss for one in problem.observed if one.loss is not None}
    if not known or problem.success is None:
        return []
    rows = {one.number: encode(problem.dimensions, one.params) for one in problem.observed}
    made = []
    for failure in problem.failures:
        here = encode(problem.dimensions, failure.params)
        nearest = min(known, key=lambda number: math.dist(rows[number], here))
        made.append(
            create_trial(
                value=known[nearest] if how == "nearest" else max(known.values()),
                params=_there(problem, failure.params),
                distributions=dict(distributions),
            )
        )
    return made


def _frozen(problem: Problem, one: Observation, distributions: Mapping[str, BaseDistribution]) -> Any:
    params = _there(problem, one.params)
    if one.is_pending:
        return create_trial(state=TrialState.RUNNING, params=params, distributions=dict(distributions))
    return create_trial(
        state=TrialState.PRUNED if one.is_pruned else TrialState.COMPLETE,
        value=one.loss,
        params=params,
        distributions=dict(distributions),
        intermediate_values=dict(one.curve),
    )
