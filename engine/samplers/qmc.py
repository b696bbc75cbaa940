"""A Sobol sequence over the space: point number i of the sprint's own scrambled sequence."""

from collections.abc import Mapping
from typing import Any

from engine.samplers.problem import Answer, Problem


def ask(problem: Problem, *, number: int, seed: int, state: Mapping[str, Any]) -> Answer:  # noqa: ARG001 - one interface
    """The next point of the sequence; depends on the sprint's seed and on how many were asked for."""
    import numpy as np
    from scipy.stats import qmc

    rng = np.random.default_rng(problem.base_seed)
    sequence = qmc.Sobol(len(problem.dimensions), scramble=problem.options["scramble"], seed=rng)
    # The unscrambled sequence begins at the corner of the space, which is no useful trial.
    n_before = problem.index + (0 if problem.options["scramble"] else 1)
    if n_before:  # SciPy cannot fast-forward by nothing
        sequence.fast_forward(n_before)
    [point] = sequence.random(1)
    params = {d.name: d.from_share(float(u)) for d, u in zip(problem.dimensions, point, strict=True)}
    return Answer(params=params, state=state, guided=False)
