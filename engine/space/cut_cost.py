"""What a cut of the space costs and gains, in numbers and in words."""

from dataclasses import dataclass

from engine.wording import short

HOLDS_TO = 0.3
"""Chance up to which simulated cuts on functions held out lost the best as often as told (docs/measured.md)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutCost:
    """What a cut costs and gains, as far as the trials allow to say; freezes are left out of it.

    Attributes:
        chance: Probability that the best configuration lies outside, calibrated; 0 … 1, a rate only up to `HOLDS_TO`.
        share: The same before calibration: the part of the drawn functions that lose their best point.
        gain_inside: Expected improvement on the best trial by one random trial inside, in units of the score.
        gain_before: The same without the cut.
        volume: Share of the space that the cut leaves, on each hyperparameter's own scale.
    """

    chance: float
    share: float
    gain_inside: float
    gain_before: float
    volume: float

    @property
    def words(self) -> str:
        """``6% chance that the best lies outside; expected gain +0.4 a random trial (now +0.1)``."""
        return f"{percent(self.chance)} chance that the best lies outside; {self.gain_words}"

    @property
    def gain_words(self) -> str:
        """``expected gain +0.4 a random trial (now +0.1)``."""
        inside, before = short(self.gain_inside, 2), short(self.gain_before, 2)
        return f"expected gain +{inside} a random trial (now +{before})"


def percent(chance: float) -> str:
    """``6%``; from `HOLDS_TO` on only that it is over it."""
    return f"over {HOLDS_TO:.0%}" if chance >= HOLDS_TO else f"{chance:.0%}"
