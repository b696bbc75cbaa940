"""What a cut of the space would cost: the chance that it excludes the best configuration, and what it gains.

Functions that the trials allow are drawn (`engine.statistics.drawn_functions`). A function loses by a cut where its
best point inside is worse than its best point before the cut by more than `WORSE`. The share of functions that lose is
not yet a probability: the process is too sure of itself in some cases and not sure enough in others. `TABLE` maps
it to how often cuts did lose on simulated sprints whose best configuration is known (``benchmarks/cuts.py``; the
reliability diagram in ``docs/measured.md`` rests on other functions than the fit).

Notations:
    m  points.
    d  free dimensions of the sprint.
    S  functions drawn.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.diagnostics.sample import Sample
from engine.diagnostics.score_model import ScoreModel
from engine.space.cut_cost import CutCost
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.statistics.chance import Floats
from engine.statistics.drawn_functions import DrawnFunctions, draw_functions
from engine.values import Unset

WORSE = 0.1
"""A cut loses the best where the best inside is worse by more than this many standard deviations of the score."""

N_FUNCTIONS = 256
"""Functions drawn: a share of 5 % rests on a dozen of them."""

WEIGHTS = (0.29, -0.261)
"""Weights of the share's log odds and of the log volume kept; their sum is the risk that `TABLE` reads."""

TABLE: tuple[tuple[float, float], ...] = (
    (-1.79, 0.01), (-1.7, 0.01), (-1.58, 0.01), (-1.46, 0.03), (-1.25, 0.031),
    (-1.03, 0.037), (-0.71, 0.043), (-0.44, 0.074), (-0.32, 0.093), (-0.16, 0.094),
    (0.03, 0.117), (0.37, 0.164), (0.74, 0.207), (0.95, 0.24), (1.28, 0.322),
    (1.68, 0.38), (1.95, 0.438), (2.26, 0.512), (2.86, 0.587),
)  # fmt: skip
"""Risk and the share of simulated cuts at that risk that lost the best, rising in both.

Both as ``python benchmarks/cuts.py --fit`` prints them, for 5238 cuts of 400 simulated sprints.
"""

LEAST_VOLUME = 1e-4
"""A smaller part of the space counts as this one."""

N_SPREAD = 256
"""Points spread over the space and over what a cut leaves of it."""

N_AROUND = 8
"""Points around each of the best trials."""

STEP = 0.08
"""How far those lie from their trial, standard deviation in u."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Box:
    """Part of a sprint's space in u: bounds of numbers, allowed positions of categories.

    Attributes:
        low: Shape (d,).
        high: Shape (d,); equal to low where a dimension is frozen.
        allowed: Positions of the choices that stay, by column.
    """

    low: Floats
    high: Floats
    allowed: dict[int, Floats]

    def holds(self, points: Floats) -> NDArray[np.bool_]:
        """Which of the points (m, d) lie inside; shape (m,)."""
        inside = np.all((points >= self.low - 1e-9) & (points <= self.high + 1e-9), axis=1)
        for column, positions in self.allowed.items():
            inside = inside & (np.abs(points[:, column, None] - positions) < 1e-9).any(axis=1)
        result: NDArray[np.bool_] = inside
        return result

    def clip(self, points: Floats) -> Floats:
        """Each point's nearest inside; a choice that is gone becomes the nearest that stays."""
        moved: Floats = np.clip(points, self.low, self.high)
        for column, positions in self.allowed.items():
            moved[:, column] = positions[np.abs(points[:, column, None] - positions).argmin(axis=1)]
        return moved

    def spread(self, shares: Floats) -> Floats:
        """Points of shares (m, d) in [0, 1], spread evenly inside."""
        made: Floats = self.low + shares * (self.high - self.low)
        for column, positions in self.allowed.items():
            made[:, column] = positions[
                np.minimum((shares[:, column] * len(positions)).astype(int), len(positions) - 1)
            ]
        return made


class CutModel:
    """Drawn functions of a sprint, asked for one cut after another.

    Args:
        sample: The sprint's trials.
        model: The process fitted to them.
        before: The space that is to be cut.
        seed: Of the functions and the points.
    """

    def __init__(self, sample: Sample, model: ScoreModel, before: Space, *, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self._scale, self._rng = model.scale, rng
        self._dimensions = sample.dimensions
        self._functions: DrawnFunctions = draw_functions(model.surrogate, N_FUNCTIONS, rng)
        self._space, self._before = before, box_of(sample.dimensions, before)
        x = np.stack([np.nan_to_num(sample.units[d.name], nan=0.5) for d in sample.dimensions], axis=1)
        best = x[: max(20, 2 * sample.n_top)]
        self._shares = rng.uniform(size=(N_SPREAD, len(sample.dimensions)))
        points = np.concatenate([self._before.spread(self._shares), self._around(best, N_AROUND), best])
        points = self._snapped(self._before.clip(points))
        values = self._functions.at(points)
        # A second look around the best points of the functions themselves.
        around = self._snapped(self._before.clip(self._around(points[np.unique(values.argmax(axis=1))], 2)))
        self._points = np.concatenate([points, around])
        self._values = np.concatenate([values, self._functions.at(around)], axis=1)
        self._best = self._values.max(axis=1)
        self._optima = self._points[np.unique(self._values.argmax(axis=1))]
        leader = x[int(model.surrogate.mean(x[: sample.n_top]).argmax())]
        self._incumbent = self._functions.at(leader[None, :])[:, 0]
        self._gain_before = self._gain(self._values[:, :N_SPREAD])

    def cost(self, after: Space) -> CutCost | None:
        """What the cut that leads to a space costs; None where it cuts nothing.

        A hyperparameter that is frozen by it counts as left alone: the share of functions that lose by a freeze was
        no measure of how often simulated freezes did.
        """
        for dimension in after:
            if dimension.is_frozen and dimension.name in self._space.names:
                after = after.with_dimension(self._space[dimension.name])
        box = box_of(self._dimensions, after)
        volume = math.prod(self._kept(column, box) for column in range(len(self._dimensions)))
        if volume >= 1.0 - 1e-9:
            return None
        made = self._snapped(np.concatenate([box.spread(self._shares), box.clip(self._optima)]))
        made = box.clip(made)
        values = self._functions.at(made)
        known = self._values[:, box.holds(self._points)]
        inside = np.concatenate([values, known], axis=1).max(axis=1)
        lost = np.maximum(self._best, inside) - inside > WORSE
        share = float(lost.mean())
        return CutCost(
            chance=calibrated(share, volume),
            share=share,
            gain_inside=self._gain(values[:, :N_SPREAD]),
            gain_before=self._gain_before,
            volume=volume,
        )

    def _gain(self, values: Floats) -> float:
        return float(np.maximum(values - self._incumbent[:, None], 0.0).mean()) * self._scale

    def _kept(self, column: int, box: Box) -> float:
        """Share of one dimension that stays."""
        before = self._before
        if column in before.allowed:
            return len(box.allowed[column]) / len(before.allowed[column])
        width = float(before.high[column] - before.low[column])
        kept = float(min(box.high[column], before.high[column]) - max(box.low[column], before.low[column]))
        return 1.0 if width <= 0.0 else max(kept, 0.0) / width

    def _around(self, points: Floats, n: int) -> Floats:
        near = np.repeat(points, n, axis=0)
        moved = near + STEP * self._rng.standard_normal(near.shape)
        # Change a few dimensions at a time only, or in many dimensions no point would stay near its trial.
        return np.where(self._rng.uniform(size=near.shape) < 0.5, near, moved)

    def _snapped(self, points: Floats) -> Floats:
        """Whole numbers, steps and categories on their values."""
        for column, dimension in enumerate(self._dimensions):
            if dimension.n_values < np.inf:
                grid = _grid(dimension)
                places = np.searchsorted((grid[1:] + grid[:-1]) / 2, points[:, column])
                points[:, column] = grid[places]
        return points


def box_of(dimensions: Sequence[Dimension], space: Space) -> Box:
    """The part of the sprint's dimensions that a space leaves."""
    low, high = np.zeros(len(dimensions)), np.ones(len(dimensions))
    allowed: dict[int, Floats] = {}
    for column, dimension in enumerate(dimensions):
        now = space[dimension.name] if dimension.name in space.names else dimension
        if dimension.kind == "categorical":
            kept = list(now.choices) if isinstance(now.frozen, Unset) else [now.frozen]
            places = [dimension.to_unit(c) for c in kept if dimension.contains(c)]
            allowed[column] = np.array(places or [dimension.to_unit(c) for c in dimension.choices])
        elif not isinstance(now.frozen, Unset):
            low[column] = high[column] = min(max(dimension.to_unit(now.frozen), 0.0), 1.0)
        else:
            ends = [min(max(dimension.to_unit(bound), 0.0), 1.0) for bound in now.bounds]
            low[column], high[column] = ends
    return Box(low=low, high=high, allowed=allowed)


def calibrated(share: float, volume: float) -> float:
    """Probability that a cut loses the best, of the share of drawn functions that lose it and the volume it leaves."""
    kept = (share * N_FUNCTIONS + 0.5) / (N_FUNCTIONS + 1)
    by_share, by_volume = WEIGHTS
    risk = by_share * math.log(kept / (1.0 - kept)) + by_volume * math.log(max(volume, LEAST_VOLUME))
    risks, shares = zip(*TABLE, strict=True)
    return float(np.interp(risk, risks, shares))


def _grid(dimension: Dimension) -> Floats:
    """Positions of the values of a dimension that has finitely many."""
    n = int(dimension.n_values)
    if dimension.kind == "categorical":
        return np.array([dimension.to_unit(choice) for choice in dimension.choices])
    if n > 1000:
        return np.linspace(0.0, 1.0, 1000)
    return np.array([dimension.to_unit(dimension.value_at(place)) for place in range(n)])
