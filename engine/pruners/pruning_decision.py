"""Whether a trial goes on after an epoch, as a pure function of the scores in the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.pruners.pruner import Pruner
from engine.pruners.registry import load_pruner
from engine.trials.states import Direction

Scores = Mapping[int, Mapping[int, float]]
"""Training scores by trial number and step; NaN where a report had none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sprint's pruner, told which way its score is better.

    Attributes:
        pruner: Judges gains: scores turned so that more is better.
        sign: 1 or -1, what turns a score into a gain.
    """

    pruner: Pruner
    sign: float

    @property
    def needs_curves(self) -> bool:
        """Whether it must see every step, not just the present one."""
        return self.pruner.needs_curves

    def decides_at(self, step: int) -> bool:
        """Whether a trial can be pruned at that step at all."""
        return self.pruner.decides_at(step)

    def reason_to_prune(self, scores: Scores, number: int, step: int) -> str:
        """Why trial ``number`` is pruned after ``step``, in one sentence; empty lets it go on."""
        gains = {one: {at: self.sign * score for at, score in curve.items()} for one, curve in scores.items()}
        return self.pruner.reason_to_prune(gains, number, step)


def make_verdict(pruner: str, options: Mapping[str, Any], *, study_key: str, direction: Direction) -> Verdict | None:
    """The verdict of a sprint; None where nothing is ever pruned.

    Args:
        pruner: Name in the registry.
        options: Its options.
        study_key: Frozen with the sprint; brackets are hashed from it.
        direction: Which way the score is better.

    Raises:
        EngineError: For an unknown pruner or option.
    """
    made = load_pruner(pruner, options, study_key=study_key, sign=direction.sign)
    return None if made is None else Verdict(made, direction.sign)
