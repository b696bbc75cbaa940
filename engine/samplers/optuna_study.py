"""A sprint's history as an Optuna study in memory: what Optuna's samplers read; nothing is stored there.

A fresh study for each suggestion, with the distributions of this sprint's space: changing one in place is silently
ignored or refused by Optuna (optimizer notes 3.1, 3.2), and its SQLite storage hands one trial to two workers.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.trial import TrialState, create_trial

from engine.samplers.problem import Answer, Observation, Problem
from engine.space.dimension import Dimension
from engine.values import Value, as_number, native


def ask_optuna(problem: Problem, sampler: BaseSampler, state: Mapping[str, Any]) -> Answer:
    """Let an Optuna sampler, already seeded, propose a point from the problem's history."""
    from threadpoolctl import threadpool_limits

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {dimension.name: distribution(dimension) for dimension in problem.dimensions}
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.create_study(sampler=sampler, direction="minimize")
        study.add_trials([_frozen(problem, one, distributions) for one in problem.history])
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


def _frozen(problem: Problem, one: Observation, distributions: Mapping[str, BaseDistribution]) -> Any:
    params: dict[str, Any] = {}
    for dimension in problem.dimensions:
        value = one.params[dimension.name]
        if dimension.kind == "categorical":
            params[dimension.name] = dimension.index(value)
        else:
            params[dimension.name] = dimension.nearest(as_number(value))
    if one.is_pending:
        return create_trial(state=TrialState.RUNNING, params=params, distributions=dict(distributions))
    return create_trial(
        state=TrialState.PRUNED if one.is_pruned else TrialState.COMPLETE,
        value=one.loss,
        params=params,
        distributions=dict(distributions),
        intermediate_values=dict(one.curve),
    )
