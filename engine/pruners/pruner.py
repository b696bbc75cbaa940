"""What a pruner is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

Gains = Mapping[int, Mapping[int, float]]
"""Training scores by trial number and step, turned so that more is better; NaN where a report had none."""


class Pruner(Protocol):
    """Judges running trials; pure, its options fixed when it is made."""

    @property
    def needs_curves(self) -> bool:
        """Whether it must see every step, not just the present one."""
        ...

    def decides_at(self, step: int) -> bool:
        """Whether a trial can be pruned at that step at all."""
        ...

    def reason_to_prune(self, gains: Gains, number: int, step: int) -> str:
        """Why the trial is pruned, in one sentence; empty lets it go on."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """A bracket of a pruner that judges at rungs, as the plan shows it.

    Attributes:
        index: 0 prunes first.
        rungs: Epochs at which its trials are judged.
        share: Expected share of the trials, 0 … 1.
        n_trials: How many of the sprint's trials it gets.
    """

    index: int
    rungs: tuple[int, ...]
    share: float
    n_trials: int


@runtime_checkable
class RungPruner(Pruner, Protocol):
    """A pruner that also says its brackets; the plan draws them and warns of empty ones."""

    def ladders(self, n_trials: int, n_epochs: int) -> tuple[Ladder, ...]:
        """Its brackets for a sprint of ``n_trials`` trials of ``n_epochs`` epochs."""
        ...


class MakePruner(Protocol):
    """How a pruner is made."""

    def __call__(self, options: Mapping[str, Any], *, sign: float, study_key: str) -> Pruner:
        """Make the pruner.

        Args:
            options: Complete, of the kinds of their defaults.
            sign: 1 where a greater score is better, else -1: turns a gain back into the score.
            study_key: Frozen with the sprint, for what is drawn by hash.

        Raises:
            EngineError: For an option out of its range.
        """
        ...
