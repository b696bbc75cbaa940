"""Optuna's Gaussian process as a pure function of the trials; quicker to good points than gp_hedge (notes 3b)."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from engine.errors import EngineError
from engine.samplers.problem import Answer, Problem
from engine.samplers.random import ask as ask_random


def ask(problem: Problem, *, number: int, seed: int, state: Mapping[str, Any]) -> Answer:
    """Propose the point of the greatest log expected improvement; pending trials count as running ones."""
    if find_spec("torch") is None:
        raise EngineError("the sampler gp-optuna needs torch", "pip install 'trimtab[model]', or choose gp or tpe")
    options = problem.options
    if problem.index < problem.n_random or len(problem.observed) < max(1, options["n_startup_trials"]):
        return ask_random(problem, number=number, seed=seed, state=state)
    import torch
    from optuna.samplers import GPSampler

    from engine.samplers.optuna_study import ask_optuna

    sampler = GPSampler(seed=seed, n_startup_trials=0, deterministic_objective=options["deterministic_objective"])
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return ask_optuna(problem, sampler, state, failed="nearest")
    finally:
        torch.set_num_threads(n_threads)
