"""Patience: a trial that has not improved for some epochs does not go on, whatever the others do."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import EngineError
from engine.pruners.pruner import Gains


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """Looks at one trial alone.

    Attributes:
        patience: Epochs without improvement that are borne.
        min_delta: What counts as improvement, in units of the score.
        sign: Turns a gain back into the score for display.
    """

    patience: int
    min_delta: float
    sign: float
    needs_curves: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        if self.patience < 1 or self.min_delta < 0:
            raise EngineError(f"patience must be ≥ 1 and min_delta ≥ 0, got {self.patience} and {self.min_delta:g}")

    def decides_at(self, step: int) -> bool:
        """Once there are epochs before those that are borne."""
        return step > self.patience

    def reason_to_prune(self, gains: Gains, number: int, step: int) -> str:
        """Why patience has run out; empty while it has not."""
        curve = {at: gain for at, gain in gains.get(number, {}).items() if at <= step and not math.isnan(gain)}
        before = [gain for at, gain in curve.items() if at <= step - self.patience]
        lately = [gain for at, gain in curve.items() if at > step - self.patience]
        if not before or (lately and max(lately) > max(before) + self.min_delta):
            return ""
        return f"epoch {step}: no better than {self.sign * max(before):.4g} for {self.patience} epochs"


def make_patience(options: Mapping[str, Any], *, sign: float, study_key: str) -> Patience:  # noqa: ARG001 - one interface
    """From checked options.

    Raises:
        EngineError: For an option out of its range.
    """
    return Patience(sign=sign, **options)
