"""What every diagnostic reads: the sprint's trials, best first, with each free dimension as a column of positions.

Notations:
    n  complete trials with a finite score.
    u  positions in [0, 1] on the dimension's own scale (`Dimension.to_unit`); NaN where a trial has no usable value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.statistics.chance import Floats
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, count_top, ranked
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
        runs: Complete trials with a finite score, best first.
        trials: The configurations they tried, best first: repeats of one configuration are one trial with their mean
            score and the number of the first, since they are no independent evidence about the space.
        configuration: For each of ``runs`` the place of its configuration in ``trials``.
        goodness: Scores of ``trials``, larger is better, none beyond ± `LARGEST`; shape (n,).
        dimensions: Free, active dimensions.
        units: u by dimension name; shape (n,) each, in the order of ``trials``.
        n_top: How many of ``trials`` count as top, ties with the last included; at most n.
    """

    space: Space
    settings: Mapping[str, Value]
    direction: Direction
    everything: tuple[TrialRecord, ...]
    runs: tuple[TrialRecord, ...]
    configuration: tuple[int, ...]
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
    direction: Direction = Direction.MAXIMIZE,
    top_k: int = 10,
) -> Sample:
    """Rank the trials and place them in every free dimension."""
    everything = tuple(sorted(trials, key=lambda t: t.number))
    runs = tuple(ranked(everything, direction))
    best_first, places = merged_configurations(runs, direction)
    dimensions = space.free(settings)
    return Sample(
        space=space,
        settings=settings,
        direction=direction,
        everything=everything,
        runs=runs,
        configuration=places,
        trials=best_first,
        goodness=np.clip(direction.sign * np.array([t.score for t in best_first], dtype=np.float64), -LARGEST, LARGEST),
        dimensions=dimensions,
        units={d.name: positions(d, [t.params.get(d.name, UNSET) for t in best_first]) for d in dimensions},
        n_top=count_top([trial.score or 0.0 for trial in best_first], top_k),
    )


def configurations(runs: Sequence[TrialRecord], direction: Direction) -> tuple[TrialRecord, ...]:
    """Distinct configurations among complete trials, best first; repeats carry their mean score."""
    return merged_configurations(runs, direction)[0]


def merged_configurations(
    runs: Sequence[TrialRecord], direction: Direction
) -> tuple[tuple[TrialRecord, ...], tuple[int, ...]]:
    """Distinct configurations among complete trials, best first, and the place of each run's own among them."""
    groups = _repeats(runs)
    if len(groups) == len(runs):
        return tuple(runs), tuple(range(len(runs)))
    merged: list[TrialRecord] = []
    group_of: dict[int, int] = {}
    for index, rows in enumerate(groups):
        repeats = [runs[row] for row in rows]
        scores = [run.score for run in repeats if run.score is not None]
        merged.append(replace(min(repeats, key=lambda t: t.number), score=fmean(scores)))
        group_of |= dict.fromkeys(rows, index)
    best_first = tuple(ranked(merged, direction))
    place_of = {id(trial): place for place, trial in enumerate(best_first)}
    places = [place_of[id(trial)] for trial in merged]
    return best_first, tuple(places[group_of[row]] for row in range(len(runs)))


def _repeats(runs: Sequence[TrialRecord]) -> list[list[int]]:
    """Rows of the runs that train the same configuration, in the order of the first of each.

    Told apart hyperparameter by hyperparameter, and only where the ones before do not tell: a single one of many values
    is mostly enough.
    """
    groups = [list(range(len(runs)))] if runs else []
    for name in dict.fromkeys(name for run in runs for name in run.params):
        if len(groups) == len(runs):
            break
        finer: list[list[int]] = []
        for rows in groups:
            apart: dict[object, list[int]] = {}
            for row in rows if len(rows) > 1 else ():
                params = runs[row].params
                apart.setdefault(value_key(params[name]) if name in params else UNSET, []).append(row)
            finer += apart.values() if apart else [rows]
        groups = finer
    return sorted(groups)


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
