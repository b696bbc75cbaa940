"""PED-ANOVA: how far the density of the best trials departs from that of all, dimension by dimension.

Watanabe, Bansal, Hutter: "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary Subspaces" (2023):
importance is the Pearson divergence between the two densities, here over the whole range (their global importance). Own
numpy; chance is judged by redrawing the "best" by lot.

Notations:
    G  grid cells of a dimension.
    k  best trials.
    R  redraws.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.diagnostics.cells import cell_of, edges
from engine.diagnostics.sample import Sample
from engine.space.dimension import Dimension
from engine.statistics.chance import Floats

QUANTILE = 0.1
"""Share of the trials that count as best, the paper's and Optuna's default."""

GRID = 40
"""Grid cells of a float: finer than the kernel ever is."""

WIDTH = 0.1
"""Kernel width for one trial, in u; a third of Scott's, which is made for one wide hump and blurs a narrow optimum away
(twelve best trials within a fifth of the range: p about 0.01 with Scott's, under 0.001 with this)."""

REDRAWS = 1500
"""Redraws behind the p-values, which therefore end at 1/1501: enough for a dozen dimensions."""

MAX_DRAWN = 200
"""Best trials a redraw holds at most: more add nothing to the null, only time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Departure:
    """How far the best trials depart from all in one dimension.

    Attributes:
        divergence: Pearson divergence less what trials drawn by lot show on the average, ≥ 0.
        p: Chance of so large a divergence when the best are drawn by lot; holds for uniform draws only.
    """

    divergence: float
    p: float


def pedanova(sample: Sample, *, seed: int = 0) -> dict[str, Departure]:
    """Departure by dimension; empty when fewer than ten trials leave nothing to compare.

    Args:
        sample: The sprint.
        seed: Of the redraws; fixed, so that the same trials always read the same.
    """
    n = len(sample.trials)
    k = min(max(sample.n_top, round(QUANTILE * n)), n // 2)
    if n < 10 or k < 3:
        return {}
    rng = np.random.default_rng(seed)
    drawn = min(k, MAX_DRAWN)
    if n > 1000:  # so many trials are hardly ever drawn twice
        lots = rng.integers(n, size=(REDRAWS, drawn))
    else:
        lots = np.argpartition(rng.random((REDRAWS, n)), drawn - 1, axis=1)[:, :drawn]
    return {d.name: _departure(d, sample.units[d.name], k, lots) for d in sample.dimensions}


def _departure(dimension: Dimension, u: Floats, k: int, lots: NDArray[np.intp]) -> Departure:
    cells = np.where(np.isnan(u), 0, cell_of(dimension, u, GRID))
    known = ~np.isnan(u)
    if known[:k].sum() < 3:
        return Departure(divergence=0.0, p=1.0)
    kernel = _kernel(dimension, k)
    n_cells = len(kernel)
    whole = _smooth(np.bincount(cells[known], minlength=n_cells)[None, :], kernel)
    best = _smooth(np.bincount(cells[:k][known[:k]], minlength=n_cells)[None, :], kernel)
    rows = np.arange(len(lots))[:, None] * n_cells
    redrawn = np.bincount((rows + cells[lots])[known[lots]], minlength=len(lots) * n_cells).reshape(len(lots), n_cells)
    divergence = float(_divergence(best, whole)[0])
    null = _divergence(_smooth(redrawn, kernel), whole)
    if k > lots.shape[1]:
        null = null * lots.shape[1] / k  # a divergence under chance falls as 1/k
    # A handful of trials departs from all by chance; what is left is the departure beyond that.
    excess = max(0.0, divergence - float(null.mean()))
    return Departure(divergence=excess, p=(1 + int((null >= divergence).sum())) / (len(null) + 1))


def _divergence(best: Floats, whole: Floats) -> Floats:
    result: Floats = ((best / whole - 1.0) ** 2 * whole).sum(axis=1)
    return result


def _smooth(counted: NDArray[np.intp], kernel: Floats) -> Floats:
    """Densities over the cells from counts of shape (rows, G), with one pseudo-count spread evenly (a flat prior)."""
    smoothed = counted @ kernel + 1.0 / len(kernel)
    result: Floats = smoothed / smoothed.sum(axis=1, keepdims=True)
    return result


def _kernel(dimension: Dimension, k: int) -> Floats:
    """Gaussian kernel between cells, narrower the more trials there are; identity for categories."""
    inner = edges(dimension, GRID)
    n_cells = len(inner) + 1
    if dimension.kind == "categorical":
        return np.eye(n_cells)
    bounds = np.concatenate([[0.0], inner, [1.0]])
    centres = (bounds[1:] + bounds[:-1]) / 2
    width = WIDTH * k**-0.2
    kernel = np.exp(-0.5 * ((centres[:, None] - centres[None, :]) / width) ** 2) * np.diff(bounds)[None, :]
    result: Floats = kernel / kernel.sum(axis=1, keepdims=True)
    return result
