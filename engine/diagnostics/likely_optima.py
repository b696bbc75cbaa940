"""Where the optimum may lie: the best points of many functions that fit a sprint's trials.

Each draw from the Gaussian process is a function that the trials allow; where its best point lies, the optimum may lie.
Few or noisy trials allow many functions, and the best points scatter over the space.
"""

import numpy as np

from engine.diagnostics.sample import Sample
from engine.statistics.chance import Floats
from engine.statistics.surrogate import fit_surrogate

N_DRAWS = 256
"""Functions drawn: the fifth percentile of a position rests on a dozen of them."""

MAX_TRIALS = 240
"""Trials the process is fitted to at most, the best half and a seeded choice of the others: the cost is cubic."""

N_EVEN = 500
"""Candidates spread evenly over the space."""

N_NEAR = 12
"""Candidates around each of the best trials."""

STEP = 0.08
"""How far those lie from their trial, standard deviation in u."""

MIN_TRIALS = 15
"""Fewer trials say nothing about a function of several dimensions."""


def likely_optima(sample: Sample, *, seed: int = 0) -> Floats | None:
    """Positions of the best points, one a draw, in the order of ``sample.dimensions``; shape (`N_DRAWS`, d).

    None where too few trials or equal scores leave nothing to fit.
    """
    n = len(sample.trials)
    if n < MIN_TRIALS or not sample.dimensions or float(np.ptp(sample.goodness)) == 0.0:
        return None
    rng = np.random.default_rng(seed)
    rows = np.arange(n)
    if n > MAX_TRIALS:
        half = MAX_TRIALS // 2
        rows = np.concatenate([rows[:half], half + np.sort(rng.choice(n - half, MAX_TRIALS - half, replace=False))])
    x = np.stack([np.nan_to_num(sample.units[d.name], nan=0.5) for d in sample.dimensions], axis=1)
    # Diverged runs would own all the variance: everything below the tenth percentile counts as equally bad.
    y = np.maximum(sample.goodness, np.quantile(sample.goodness, 0.1))
    is_category = np.array([not d.is_ordered for d in sample.dimensions])
    surrogate = fit_surrogate(x[rows], y[rows], is_category)
    candidates = _candidates(sample, x, rng)
    drawn = surrogate.draws(candidates, N_DRAWS, rng)
    found: Floats = candidates[drawn.argmax(axis=1)]
    return found


def _candidates(sample: Sample, x: Floats, rng: np.random.Generator) -> Floats:
    """Even and near candidates, whole numbers and categories on their values; shape (m, d)."""
    best = x[: max(20, 2 * sample.n_top)]
    near = np.clip(np.repeat(best, N_NEAR, axis=0) + STEP * rng.standard_normal((len(best) * N_NEAR, x.shape[1])), 0, 1)
    # Change a few dimensions at a time only, or in many dimensions no candidate would stay near its trial.
    keep = rng.uniform(size=near.shape) < 0.5
    near = np.where(keep, np.repeat(best, N_NEAR, axis=0), near)
    made = np.concatenate([rng.uniform(size=(N_EVEN, x.shape[1])), near, best])
    for j, dimension in enumerate(sample.dimensions):
        if dimension.n_values < np.inf:
            even = [dimension.from_share(float(u)) for u in made[:N_EVEN, j]]
            others = [dimension.from_unit(float(u)) for u in made[N_EVEN:, j]]
            made[:, j] = [dimension.to_unit(value) for value in (*even, *others)]
    return made
