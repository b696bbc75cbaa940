"""The median rule: a trial whose best so far is below the median of the others at the same epoch does not go on."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import EngineError
from engine.pruners.pruner import Gains


@dataclass(frozen=True, kw_only=True, slots=True)
class Median:
    """Compares with all trials that have reached the epoch, pruned ones included.

    Attributes:
        n_startup_trials: Others that must have reached the epoch before anything is pruned.
        n_warmup_steps: Epochs at the beginning that are never judged.
        interval: Judge every so many epochs after that.
        sign: Turns a gain back into the score for display.
    """

    n_startup_trials: int
    n_warmup_steps: int
    interval: int
    sign: float
    needs_curves: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        if min(self.n_startup_trials, self.interval) < 1 or self.n_warmup_steps < 0:
            raise EngineError(
                "median needs n_startup_trials ≥ 1, n_warmup_steps ≥ 0 and interval ≥ 1, got "
                f"{self.n_startup_trials}, {self.n_warmup_steps} and {self.interval}"
            )

    def decides_at(self, step: int) -> bool:
        """After warmup, at every interval."""
        return step > self.n_warmup_steps and (step - self.n_warmup_steps - 1) % self.interval == 0

    def reason_to_prune(self, gains: Gains, number: int, step: int) -> str:
        """Why the trial is below the median; empty when it is not."""
        mine = [gain for at, gain in gains.get(number, {}).items() if at <= step and not math.isnan(gain)]
        others = [
            curve[step]
            for other, curve in gains.items()
            if other != number and step in curve and not math.isnan(curve[step])
        ]
        if len(others) < self.n_startup_trials:
            return ""
        if not mine:
            return f"epoch {step}: it has no score"
        best, median = max(mine), statistics.median(others)
        if best >= median:
            return ""
        return (
            f"epoch {step}: best score {self.sign * best:.4g} is worse than the median {self.sign * median:.4g} "
            f"of {len(others)} trials"
        )


def make_median(options: Mapping[str, Any], *, sign: float, study_key: str) -> Median:  # noqa: ARG001 - one interface
    """From checked options.

    Raises:
        EngineError: For an option out of its range.
    """
    return Median(sign=sign, **options)
