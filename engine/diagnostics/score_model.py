"""The model of the score that the review reads: a Gaussian process over the sprint's trials.

Tests that ask whether the best trials lie in a part of a range assume that any trial was as likely to be among the best
as any other. That holds for uniform draws and for no sampler that learns: it tries good regions more often, so its best
trials crowd there for its own reasons, even on pure noise. The process knows where trials were made and asks what the
scores say beyond that: which dimensions they depend on, and where the optimum may lie.

Each draw from the process is a function that the trials allow; where its best point lies, the optimum may lie. Few or
noisy trials allow many functions, and the best points scatter over the space.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.diagnostics.sample import Sample
from engine.statistics.chance import Floats
from engine.statistics.surrogate import Surrogate, fit_surrogate

RELEVANT = 10.8
"""Twice the log-likelihood ratio from which a dimension counts as relevant: p = 0.001 of a chi-squared variable."""

NO_SIGN = 0.0
"""Below this ratio the process is better off without the dimension: the scores show no dependence on it at all."""

N_DRAWS = 256
"""Functions drawn: the fifth percentile of a position rests on a dozen of them."""

MAX_TRIALS = 200
"""Trials the process is fitted to at most, the best half and a seeded choice of the others: the cost is cubic."""

N_EVEN = 500
"""Candidates spread evenly over the space."""

N_NEAR = 12
"""Candidates around each of the best trials."""

STEP = 0.08
"""How far those lie from their trial, standard deviation in u."""

MAX_BACKGROUND = 60
"""Trials over which partial dependence is averaged, at least half as many."""

MIN_TRIALS = 15
"""Fewer trials say nothing about a function of several dimensions."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScoreModel:
    """What the process says of a sprint.

    Attributes:
        relevance: Twice the log-likelihood ratio of each dimension, by name.
        optima: Best points of the drawn functions, in the order of ``sample.dimensions``; shape (`N_DRAWS`, d).
        columns: Column of ``optima`` by dimension name.
        r2: Share of the score's variance that it explains in trials it has not seen; below 0 where it explains nothing.
        surrogate: The process itself, over standardized scores; its first row is the best trial.
        centre: Mean of the scores it was fitted to, larger is better.
        scale: Their standard deviation.
    """

    relevance: Mapping[str, float]
    optima: Floats
    columns: Mapping[str, int]
    r2: float
    surrogate: Surrogate
    centre: float
    scale: float

    def is_relevant(self, name: str) -> bool:
        """Whether the scores depend on a dimension by more than chance."""
        return self.relevance[name] >= RELEVANT

    def optima_of(self, name: str) -> Floats:
        """Positions of the likely optima in one dimension; shape (`N_DRAWS`,)."""
        found: Floats = self.optima[:, self.columns[name]]
        return found

    def partial_dependence(self, name: str, grid: Floats) -> Floats:
        """Expected standardized score with one dimension held at each of grid (g,), over all trials; shape (g,)."""
        column = self.columns[name]
        background = self.surrogate.x[:: max(1, len(self.surrogate.x) // MAX_BACKGROUND)]
        held = np.tile(background, (len(grid), 1))
        held[:, column] = np.repeat(grid, len(background))
        result: Floats = self.surrogate.mean(held).reshape(len(grid), len(background)).mean(axis=1)
        return result

    @property
    def relevant(self) -> tuple[str, ...]:
        """Names of the relevant dimensions, most relevant first."""
        return tuple(sorted(filter(self.is_relevant, self.relevance), key=lambda name: -self.relevance[name]))


# Several diagnostics read it; the sample is compared by identity.
@lru_cache(maxsize=2)
def score_model(sample: Sample, *, seed: int = 0) -> ScoreModel | None:
    """The process over a sprint's trials; None where too few trials or equal scores leave nothing to fit."""
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
    y = np.maximum(sample.goodness, np.quantile(sample.goodness, 0.1))[rows]
    if float(np.ptp(y)) == 0.0:
        return None
    is_category = np.array([not d.is_ordered for d in sample.dimensions])
    surrogate = fit_surrogate(x[rows], y, is_category)
    candidates = _candidates(sample, x, rng)
    drawn = surrogate.draws(candidates, N_DRAWS, rng)
    names = [d.name for d in sample.dimensions]
    return ScoreModel(
        relevance=dict(zip(names, surrogate.relevance.tolist(), strict=True)),
        optima=candidates[drawn.argmax(axis=1)],
        columns={name: column for column, name in enumerate(names)},
        r2=surrogate.leave_one_out_r2(y),
        surrogate=surrogate,
        centre=float(y.mean()),
        scale=float(y.std()),
    )


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
