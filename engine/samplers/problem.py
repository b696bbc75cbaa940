"""What every sampler sees and what it answers: plain records, so that a sampler is a pure function of them.

Notations:
    loss  the score turned so that less is better, in the score's own unit.
    u     a position in [0, 1] of a dimension, see `engine.space.dimension`.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.samplers.success import LEAST_CHANCE, Success, encode
from engine.space.dimension import Dimension
from engine.values import Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """A trial as a sampler sees it.

    Attributes:
        number: 0-based within the sprint.
        params: A value for every dimension of the problem.
        loss: Finite loss; None while the trial is pending.
        curve: Losses by epoch, for samplers that read intermediate values; may be empty.
        is_pruned: Stopped before its end.
    """

    number: int
    params: Mapping[str, Value]
    loss: float | None
    curve: Mapping[int, float] = field(default_factory=dict)
    is_pruned: bool = False

    @property
    def is_pending(self) -> bool:
        """Whether its loss is not known yet."""
        return self.loss is None


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedPoint:
    """A configuration that failed.

    Attributes:
        number: 0-based within the sprint.
        params: A value for every dimension of the problem.
        kind: What it failed of, as `engine.trials.trial.TrialRecord.failure` names it; ``nan`` also where the score is
            none.
    """

    number: int
    params: Mapping[str, Value]
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """The search at one moment.

    Attributes:
        dimensions: Free dimensions with more than one value, in the space's order; never empty.
        history: Usable trials in order of number: observed with a finite loss, or pending.
        n_random: Random trials the sprint begins with.
        index: How many trials were asked for before this one (random and model ones).
        options: The sampler's options, complete and checked.
        base_seed: Seed of the sprint, for sequences that span trials.
        failures: Trials that failed, in order of number.
        success: The chance of success over the space; None where nothing failed, or no model guides yet.
        least_chance: Chance of success that a proposal needs.
        outside: Earlier trials beyond the bounds, with a finite loss; only samplers that read them get any.
    """

    dimensions: tuple[Dimension, ...]
    history: tuple[Observation, ...]
    n_random: int
    index: int
    options: Mapping[str, Any]
    base_seed: int
    failures: tuple[FailedPoint, ...] = ()
    success: Success | None = None
    least_chance: float = LEAST_CHANCE
    outside: tuple[Observation, ...] = ()

    def likely(self, points: Sequence[Mapping[str, Value]]) -> list[bool]:
        """Which of some points may be proposed: those likely to succeed, or as likely as any of them."""
        if self.success is None:
            return [True] * len(points)
        import numpy as np

        encoded = np.array([encode(self.dimensions, point) for point in points])
        chances, needed = self.success.likely(encoded, self.least_chance)
        return [bool(chance >= needed) for chance in chances]

    def chance(self, point: Mapping[str, Value]) -> float:
        """The chance that a point succeeds, 1 where nothing has failed."""
        if self.success is None:
            return 1.0
        import numpy as np

        return float(self.success.chance(np.array([encode(self.dimensions, point)]))[0])

    @property
    def observed(self) -> tuple[Observation, ...]:
        """Trials whose loss is known."""
        return tuple(one for one in self.history if not one.is_pending)

    @property
    def pending(self) -> tuple[Observation, ...]:
        """Trials still running or queued."""
        return tuple(one for one in self.history if one.is_pending)

    def standardized(self) -> dict[int, float]:
        """Losses by trial number with mean 0 and standard deviation 1 (all 0 when they are equal).

        gp_hedge weighs raw predictions: without this the score's unit decides its choice (decisions: State
        of the hedge).
        """
        losses = {one.number: one.loss for one in self.history if one.loss is not None}
        if not losses:
            return {}
        mean = statistics.fmean(losses.values())
        spread = statistics.pstdev(losses.values())
        if not math.isfinite(spread) or spread <= abs(mean) * 1e-12:
            return dict.fromkeys(losses, 0.0)
        return {number: (loss - mean) / spread for number, loss in losses.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a sampler proposes.

    Attributes:
        params: A native value for every dimension of the problem.
        state: JSON to keep with the sprint and to hand in at the next ask.
        guided: Whether a model chose the point; False means it was drawn at random.
    """

    params: Mapping[str, Value]
    state: Mapping[str, Any] = field(default_factory=dict)
    guided: bool = True


class Ask(Protocol):
    """A sampler: a pure function, deterministic for equal arguments."""

    def __call__(self, problem: Problem, *, number: int, seed: int, state: Mapping[str, Any]) -> Answer:
        """Propose trial ``number``; ``state`` is what the last answer asked to keep."""
        ...
