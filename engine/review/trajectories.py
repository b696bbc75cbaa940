"""Trajectories: the best effective values over the course of training, and the schedule they suggest (paper A.2).

Single-epoch sprints with the scheduler off, each from a checkpoint of another epoch, give the learning rate and decay
that work best *there*. Read along the epochs they outline a schedule, see `engine.review.schedule_fit`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.space.space import Space
from engine.statistics.chance import Floats, kruskal_wallis
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, ranked

NOISE_P = 0.05
"""A trend over the checkpoints that chance shows this often is called noise."""

MIN_CHECKPOINTS = 3
"""Two points always make a line; a peak needs three."""

MIN_TOP = 4
"""Fewer top trials at a checkpoint have no spread to speak of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointSprint:
    """A single-epoch sprint from one checkpoint.

    Attributes:
        epoch: Epoch the checkpoint was taken at; 0 is the pretrained state.
        label: Of the sprint.
        space: Its space.
        trials: Its trials.
    """

    epoch: float
    label: str
    space: Space
    trials: Sequence[TrialRecord]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Where the top trials of one checkpoint lie in one dimension, in the dimension's unit.

    Attributes:
        epoch: Of the checkpoint.
        label: Of the sprint.
        n: Top trials with a value.
        low: Lowest value.
        lower: Lower quartile.
        median: Median (on the dimension's scale).
        upper: Upper quartile.
        high: Highest value.
        best: Value of the best trial.
        bounds: Range that was searched.
    """

    epoch: float
    label: str
    n: int
    low: float
    lower: float
    median: float
    upper: float
    high: float
    best: float
    bounds: tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trajectory:
    """One hyperparameter along the checkpoints.

    Attributes:
        dimension: Name.
        log: Whether it was explored on a log scale.
        stretches: In order of epoch.
        p: Chance that so much difference between the checkpoints is noise (Kruskal–Wallis over the top trials).
        warning: Why the course should not be believed; empty when it may be.
    """

    dimension: str
    log: bool
    stretches: tuple[Stretch, ...]
    p: float
    warning: str


def trajectories(
    sprints: Sequence[CheckpointSprint], *, direction: Direction = Direction.MAXIMIZE, top_k: int = 10
) -> tuple[Trajectory, ...]:
    """The course of every numeric dimension that all sprints left free.

    Args:
        sprints: One or more a checkpoint, in any order.
        direction: Which way the score is better.
        top_k: Top trials of each sprint that count.
    """
    ordered = sorted(sprints, key=lambda s: (s.epoch, s.label))
    if not ordered:
        return ()
    names = [
        d.name
        for d in ordered[0].space
        if all(d.name in s.space.names and _is_free_number(s.space, d.name) for s in ordered)
    ]
    return tuple(_trajectory(name, ordered, direction, top_k) for name in names)


def _trajectory(name: str, sprints: Sequence[CheckpointSprint], direction: Direction, top_k: int) -> Trajectory:
    stretches = [s for sprint in sprints if (s := _stretch(name, sprint, direction, top_k)) is not None]
    by_epoch = top_values(name, sprints, direction, top_k)
    log = sprints[0].space[name].log
    p = kruskal_wallis([by_epoch[e] for e in sorted(by_epoch)])[0] if len(by_epoch) > 1 else 1.0
    warning = ""
    if len(by_epoch) < MIN_CHECKPOINTS:
        warning = f"needs ≥ {MIN_CHECKPOINTS} checkpoints with enough top trials (has {len(by_epoch)})"
    elif p >= NOISE_P:
        warning = f"the values at the checkpoints differ no more than chance (p = {p:.2g})"
    return Trajectory(dimension=name, log=log, stretches=tuple(stretches), p=p, warning=warning)


def _stretch(name: str, sprint: CheckpointSprint, direction: Direction, top_k: int) -> Stretch | None:
    dimension = sprint.space[name]
    values = _values(name, sprint, direction, top_k)
    if not len(values):
        return None
    scaled = np.log(values) if dimension.log else values
    quartiles = np.quantile(scaled, [0.25, 0.5, 0.75])
    lower, median, upper = np.exp(quartiles) if dimension.log else quartiles
    return Stretch(
        epoch=sprint.epoch,
        label=sprint.label,
        n=len(values),
        low=float(values.min()),
        lower=float(lower),
        median=float(median),
        upper=float(upper),
        high=float(values.max()),
        best=float(values[0]),
        bounds=dimension.bounds,
    )


def top_values(
    name: str, sprints: Sequence[CheckpointSprint], direction: Direction, top_k: int
) -> Mapping[float, Floats]:
    """Values of the top trials by epoch, best first within a sprint; epochs with too few are left out."""
    found: dict[float, Floats] = {}
    for sprint in sprints:
        values = _values(name, sprint, direction, top_k)
        found[sprint.epoch] = np.concatenate([found.get(sprint.epoch, values[:0]), values])
    return {epoch: values for epoch, values in found.items() if len(values) >= MIN_TOP}


def _values(name: str, sprint: CheckpointSprint, direction: Direction, top_k: int) -> Floats:
    top = ranked(sprint.trials, direction)[:top_k]
    given = [t.params[name] for t in top if name in t.params]
    return np.array([v for v in given if not isinstance(v, str | bool)], dtype=np.float64)


def _is_free_number(space: Space, name: str) -> bool:
    dimension = space[name]
    return dimension.kind != "categorical" and not dimension.is_frozen
