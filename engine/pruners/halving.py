"""Successive halving, asynchronous (Li et al. 2020, ASHA): at each rung the best 1/eta of those seen so far go on."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.pruners.brackets import make_brackets
from engine.pruners.pruner import Gains, Ladder

FAR = 10**9
"""A resource no trial reaches: successive halving knows no greatest one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuccessiveHalving:
    """One ladder of rungs for all trials.

    Attributes:
        rungs: Epochs at which trials are judged.
        reduction_factor: eta.
        sign: Turns a gain back into the score for display.
    """

    rungs: tuple[int, ...]
    reduction_factor: int
    sign: float
    needs_curves: bool = field(default=False, init=False)

    def decides_at(self, step: int) -> bool:
        """At rungs only."""
        return step in self.rungs

    def reason_to_prune(self, gains: Gains, number: int, step: int) -> str:
        """Why the trial does not pass the rung at ``step``; empty when it does, or there is none."""
        if step not in self.rungs:
            return ""
        place = f"rung {self.rungs.index(step)} (epoch {step})"
        return judge_rung(gains, number, step, self.reduction_factor, self.sign, place, lambda _: True)

    def ladders(self, n_trials: int, n_epochs: int) -> tuple[Ladder, ...]:
        """Its rungs within the epochs."""
        rungs = tuple(rung for rung in self.rungs if rung <= n_epochs)
        return (Ladder(index=0, rungs=rungs, share=1.0, n_trials=n_trials),)


def judge_rung(
    gains: Gains,
    number: int,
    step: int,
    reduction_factor: int,
    sign: float,
    place: str,
    competes: Callable[[int], bool],
) -> str:
    """Why a trial does not pass a rung, in one sentence.

    It passes among the best floor(n / eta) of the n trials that were judged here, itself counted, but always when it
    is the best: nothing is suspended, so the first ones must be let through (as in Optuna).

    Args:
        gains: By trial and step.
        number: The trial.
        step: The rung.
        reduction_factor: eta.
        sign: Turns a gain back into the score.
        place: The rung in words.
        competes: Which trials are in the same bracket.
    """
    gain = gains.get(number, {}).get(step, math.nan)
    if math.isnan(gain):
        return f"{place}: it has no score"
    rivals = [
        curve[step]
        for other, curve in gains.items()
        if other != number and step in curve and not math.isnan(curve[step]) and competes(other)
    ]
    ranked = sorted([*rivals, gain], reverse=True)
    n_pass = max(1, len(ranked) // reduction_factor)
    cut = ranked[n_pass - 1]
    if gain >= cut:
        return ""
    below = "<" if sign > 0 else ">"
    promoted = f"({n_pass} of {len(ranked)} promoted)"
    return f"{place}: score {sign * gain:.4g} {below} cutoff {sign * cut:.4g} {promoted}"


def make_halving(options: Mapping[str, Any], *, sign: float, study_key: str) -> SuccessiveHalving:  # noqa: ARG001 - one interface
    """From checked options.

    Raises:
        EngineError: When the resources make no rung.
    """
    ladder = make_brackets(options["min_resource"], FAR, options["reduction_factor"])[0]
    return SuccessiveHalving(rungs=ladder.rungs, reduction_factor=options["reduction_factor"], sign=sign)
