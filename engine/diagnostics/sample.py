"""What every diagnostic reads: the sprint's trials, best first, with each free dimension as a column of positions.

Notations:
    n  complete trials with a finite score.
    u  positions in [0, 1] on the dimension's own scale (`Dimension.to_unit`); NaN where a trial has no usable value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.statistics.chance import Floats
from engine.trials.trial import Direction, TrialRecord, ranked
from engine.values import UNSET, Unset, Value, value_key

SLACK = 1e-9
"""Positions this far outside [0, 1] still count as inside: rounding of a bound written to a file and read back."""

LARGEST = 1e100
"""A score further from 0 counts as this one: the squares of scores, and sums of them, must be finite."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sample:
    """A sprint as the diagnostics see it; compared by identity, for it holds arrays.

    Attributes:
        space: The sprint's space.
        settings: What is fixed for the whole sprint; decides which dimensions are active.
        direction: Which way the score is better.
        everything: All trials as given, in order of number.
        trials: Complete trials with a finite score, best first.
        goodness: Their scores, larger is better, none beyond ± `LARGEST`; shape (n,).
        dimensions: Free, active dimensions.
        units: u by dimension name; shape (n,) each, in the order of ``trials``.
        n_top: How many of ``trials`` count as top; at most n.
    """

    space: Space
    settings: Mapping[str, Value]
    direction: Direction
    everything: tuple[TrialRecord, ...]
    trials: tuple[TrialRecord, ...]
    goodness: Floats
    dimensions: tuple[Dimension, ...]
    units: Mapping[str, Floats]
    n_top: int

    @property
    def numeric(self) -> tuple[Dimension, ...]:
        """Free dimensions that are numbers."""
        return tuple(d for d in self.dimensions if d.kind != "categorical")

    @property
    def can_compare(self) -> bool:
        """Whether enough trials lie outside the top for "the top against all" to mean anything."""
        return len(self.trials) >= 2 * self.n_top and self.n_top >= 4

    def top(self, name: str) -> Floats:
        """Usable positions of the top trials in one dimension."""
        u = self.units[name][: self.n_top]
        return u[~np.isnan(u)]

    def all(self, name: str) -> Floats:
        """Usable positions of all complete trials in one dimension, best trial first."""
        u = self.units[name]
        return u[~np.isnan(u)]


def take_sample(
    space: Space,
    trials: Iterable[TrialRecord],
    *,
    settings: Mapping[str, Value],
    direction: Direction = "maximize",
    top_k: int = 10,
) -> Sample:
    """Rank the trials and place them in every free dimension."""
    everything = tuple(sorted(trials, key=lambda t: t.number))
    best_first = tuple(ranked(everything, direction))
    sign = 1.0 if direction == "maximize" else -1.0
    dimensions = space.free(settings)
    return Sample(
        space=space,
        settings=settings,
        direction=direction,
        everything=everything,
        trials=best_first,
        goodness=np.clip(sign * np.array([t.score for t in best_first], dtype=np.float64), -LARGEST, LARGEST),
        dimensions=dimensions,
        units={d.name: positions(d, [t.params.get(d.name, UNSET) for t in best_first]) for d in dimensions},
        n_top=min(top_k, len(best_first)),
    )


def positions(dimension: Dimension, values: list[Value | Unset]) -> Floats:
    """`Dimension.to_unit` of many values at once; NaN for values that are absent, of another kind or out of bounds."""
    if dimension.kind == "categorical":
        cells = {value_key(choice): dimension.to_unit(choice) for choice in dimension.choices}
        keys = [None if isinstance(value, Unset) else value_key(value) for value in values]
        return np.array([cells.get(key, np.nan) for key in keys], dtype=np.float64)
    x = np.array([v if isinstance(v, int | float) and not isinstance(v, bool) else np.nan for v in values], np.float64)
    low, high = dimension.bounds
    if dimension.log:
        x = np.log(np.where(x > 0, x, np.nan))
        low, high = float(np.log(low)), float(np.log(high))
    u = (x - low) / (high - low)
    return np.where((u >= -SLACK) & (u <= 1.0 + SLACK), np.clip(u, 0.0, 1.0), np.nan)


def count_values(dimension: Dimension) -> float:
    """How many distinct values a dimension has; infinite for floats."""
    return dimension.n_values
