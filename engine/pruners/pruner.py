"""What a pruner is."""

from collections.abc import Mapping
from typing import Protocol

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
