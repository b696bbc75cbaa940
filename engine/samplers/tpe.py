"""Optuna's tree-structured Parzen estimator as a pure function of the trials.

It sees the whole history of the sprint, not only its Hyperband bracket's, and the number of trials before it guides is
explicit: with Optuna's default of ten, a sprint of nine trials is random search (decisions: Startup trials). Failed
trials are told as the worst, so that they are dense where the bad ones are; proposals likely to fail are drawn again.
Earlier trials that inform only count where they lie inside the bounds: beyond them a density says nothing of inside.
"""

from collections.abc import Mapping
from typing import Any

from engine.samplers.problem import Answer, Problem
from engine.samplers.random import ask as ask_random

MOST_ASKS = 24
"""Proposals drawn at most until one is likely to succeed, where trials have failed."""


def ask(problem: Problem, *, number: int, seed: int, state: Mapping[str, Any]) -> Answer:
    """Draw where good trials are dense and others are not."""
    options = problem.options
    if problem.index < problem.n_random or len(problem.observed) < max(1, options["n_startup_trials"]):
        return ask_random(problem, number=number, seed=seed, state=state)
    from optuna.samplers import TPESampler

    from engine.samplers.optuna_study import ask_optuna

    likeliest: Answer | None = None
    for again in range(MOST_ASKS):
        sampler = TPESampler(
            n_startup_trials=0,
            n_ei_candidates=options["n_ei_candidates"],
            multivariate=options["multivariate"],
            constant_liar=options["constant_liar"],
            group=options["group"] and options["multivariate"],
            seed=(seed + again * 7919) % 2**31,
        )
        answer = ask_optuna(problem, sampler, state, failed="worst")
        if (chance := problem.chance(answer.params)) >= problem.least_chance:
            return answer
        if likeliest is None or chance > problem.chance(likeliest.params):
            likeliest = answer
    assert likeliest is not None
    return likeliest
