"""How the expected score depends on one dimension, or on two at once, over all that was tried in the others.

Partial dependence: the dimension is held at a value while the others take those of the trials, and the surrogate's
expected scores are averaged. The band of one dimension holds four of five functions that the trials allow.
"""

from dataclasses import dataclass

import numpy as np

from engine.diagnostics.score_model import ScoreModel
from engine.statistics.chance import Floats

N_DRAWS = 120
"""Functions drawn: the tenth percentile of an average rests on a dozen of them."""

BACKGROUND = 24
"""Trials over which drawn functions are averaged: draws are made at all of their points jointly, which is cubic."""

BAND = (0.1, 0.9)
"""Quantiles of the drawn functions at the ends of the band."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Band:
    """Partial dependence on one dimension, in standardized scores.

    Attributes:
        mean: Expected score at each point of the grid; shape (g,).
        low: Lower end of the band; shape (g,).
        high: Upper end; shape (g,).
    """

    mean: Floats
    low: Floats
    high: Floats


def band(model: ScoreModel, name: str, grid: Floats, *, seed: int = 0) -> Band:
    """Partial dependence with its band, one dimension held at each of grid (g,)."""
    held = _held(model, BACKGROUND, {name: np.asarray(grid)})
    drawn = model.surrogate.draws(held, N_DRAWS, np.random.default_rng(seed))
    averages = drawn.reshape(N_DRAWS, len(grid), -1).mean(axis=2)
    low, high = np.quantile(averages, BAND, axis=0)
    mean = model.partial_dependence(name, grid)
    return Band(mean=mean, low=np.minimum(low, mean), high=np.maximum(high, mean))


def surface(model: ScoreModel, across: str, upwards: str, grid_across: Floats, grid_upwards: Floats) -> Floats:
    """Expected standardized score with two dimensions held at each pair; shape (upwards, across)."""
    pairs_across = np.tile(grid_across, len(grid_upwards))
    pairs_upwards = np.repeat(grid_upwards, len(grid_across))
    held = _held(model, 2 * BACKGROUND, {across: pairs_across, upwards: pairs_upwards})
    means: Floats = model.surrogate.mean(held).reshape(len(pairs_across), -1).mean(axis=1)
    return means.reshape(len(grid_upwards), len(grid_across))


def _held(model: ScoreModel, n_background: int, at: dict[str, Floats]) -> Floats:
    """Trials with some dimensions held: all of the background for the first point, then for the second, …."""
    x = model.surrogate.x
    background = x[np.unique(np.linspace(0, len(x) - 1, min(n_background, len(x))).astype(int))]
    n_points = len(next(iter(at.values())))
    held = np.tile(background, (n_points, 1))
    for name, grid in at.items():
        held[:, model.columns[name]] = np.repeat(grid, len(background))
    return held
