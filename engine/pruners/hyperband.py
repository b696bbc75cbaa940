"""Hyperband (Li et al. 2018) as Optuna runs it, from the epoch rows alone: nothing is remembered between verdicts.

Differences from Optuna, each on purpose: one step is one epoch and is judged at most once; the brackets come from a key
frozen with the sprint, not its name; every trial with a report at a rung competes there, primed ones too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.pruners.brackets import Bracket, bracket_of, make_brackets
from engine.pruners.halving import judge_rung
from engine.pruners.pruner import Gains, Ladder


@dataclass(frozen=True, kw_only=True, slots=True)
class Hyperband:
    """Several ladders; each trial climbs the one its number is hashed to.

    Attributes:
        brackets: All of them.
        reduction_factor: eta.
        study_key: Frozen with the sprint.
        sign: Turns a gain back into the score for display.
    """

    brackets: tuple[Bracket, ...]
    reduction_factor: int
    study_key: str
    sign: float
    needs_curves: bool = field(default=False, init=False)

    def decides_at(self, step: int) -> bool:
        """At the rungs of any bracket."""
        return step in self.brackets[0].rungs

    def reason_to_prune(self, gains: Gains, number: int, step: int) -> str:
        """Why the trial does not pass its bracket's rung at ``step``; empty when it does, or there is none."""
        mine = bracket_of(self.brackets, self.study_key, number)
        if step not in mine.rungs:
            return ""
        place = f"bracket {mine.index}, rung {mine.rungs.index(step)} (epoch {step})"

        def competes(other: int) -> bool:
            return bracket_of(self.brackets, self.study_key, other).index == mine.index

        return judge_rung(gains, number, step, self.reduction_factor, self.sign, place, competes)

    def ladders(self, n_trials: int, n_epochs: int) -> tuple[Ladder, ...]:  # noqa: ARG002 - one interface
        """Its brackets with the trials whose numbers hash into each."""
        found = [bracket_of(self.brackets, self.study_key, number).index for number in range(n_trials)]
        return tuple(
            Ladder(index=one.index, rungs=one.rungs, share=one.share, n_trials=found.count(one.index))
            for one in self.brackets
        )


def make_hyperband(options: Mapping[str, Any], *, sign: float, study_key: str) -> Hyperband:
    """From checked options.

    Raises:
        EngineError: When the resources make no rung.
    """
    brackets = make_brackets(options["min_resource"], options["max_resource"], options["reduction_factor"])
    return Hyperband(brackets=brackets, reduction_factor=options["reduction_factor"], study_key=study_key, sign=sign)
