"""A dimension's range in words, and scales that plots place values on."""

import math
import sys
from dataclasses import dataclass

from engine import api
from engine.api import Dimension, Value

LARGEST = sys.float_info.max
"""An axis ends here at the latest: beyond it there are no finite numbers."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values lie on an axis.

    Attributes:
        low: Value at position 0.
        high: Value at position 1; above low.
        log: Whether positions are those of the logarithm.
    """

    low: float
    high: float
    log: bool = False

    def position(self, value: float) -> float:
        """Position of a value; outside 0 … 1 for values beyond the ends."""
        if self.log:
            if value <= 0:
                return -math.inf
            return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        span = self.high - self.low
        if math.isinf(span):  # the ends are finite, their difference is not
            return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return (value - self.low) / span

    def value(self, position: float) -> float:
        """The value at a position, or the largest number there is where that would be larger still."""
        if self.log:
            at = math.log(self.low) + position * (math.log(self.high) - math.log(self.low))
            return math.exp(min(at, math.log(LARGEST)))
        span = self.high - self.low
        value = self.low * (1 - position) + self.high * position if math.isinf(span) else self.low + position * span
        return min(max(value, -LARGEST), LARGEST)

    def column(self, value: float, width: int) -> int:
        """Column 0 … width-1 of a value, clamped to the ends."""
        return int(min(max(0.0, self.position(value) * width), width - 1.0))

    @classmethod
    def around(cls, low: float, high: float) -> "Scale":
        """A scale that holds both ends, widened where they are one value."""
        if high > low:
            return cls(low, high)
        pad = abs(low) * 0.1 or 0.5
        return cls(max(low - pad, -LARGEST), min(high + pad, LARGEST))

    def extended(self, *values: float) -> "Scale":
        """The scale that also holds these values."""
        usable = [v for v in values if math.isfinite(v) and (v > 0 or not self.log)]
        return Scale(min([self.low, *usable]), max([self.high, *usable]), self.log)

    def ticks(self, n_most: int, least_step: float = 0.0) -> list[float]:
        """At most ``n_most`` round values on the axis; its ends, and its middle for three, where fewer than two fit.

        Args:
            n_most: How many have room.
            least_step: Distance of neighbouring ticks at least: 1 for whole numbers.
        """
        round_ones = self._round_log(n_most) if self.log else []
        if len(round_ones) < 2:
            round_ones = round_values(self.low, self.high, n_most, least_step)
        if len(round_ones) >= 2:
            return round_ones
        return [self.low, self.value(0.5), self.high] if n_most >= 3 else [self.low, self.high][: max(n_most, 1)]

    def _round_log(self, n_most: int) -> list[float]:
        """Decades, every second or third where all have no room; below two of them also 2 and 5 of each."""
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        decades = [float(f"1e{power}") for power in range(first, last + 1)]
        if len(decades) >= 3:
            return decades[:: max(1, math.ceil(len(decades) / max(n_most, 1)))]
        finer = [float(f"{digit}e{power}") for power in range(first - 1, last + 1) for digit in (1, 2, 5)]
        finer = [value for value in finer if self.low * (1 - 1e-9) <= value <= self.high * (1 + 1e-9)]
        return finer if len(finer) <= n_most else decades


def round_values(low: float, high: float, n_most: int, least_step: float = 0.0) -> list[float]:
    """Multiples of the least 1, 2 or 5 times a power of ten of which at most ``n_most`` lie from low to high."""
    span = high - low
    if n_most < 1 or not math.isfinite(span) or span <= 0:
        return []
    least = max(span / n_most, least_step)
    power = math.floor(math.log10(least))
    if not -300 < power < 300:
        return []
    for digit, exponent in ((d, power + up) for up in (0, 1) for d in (1, 2, 5)):
        step = float(f"{digit}e{exponent}")
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if step >= least_step * (1 - 1e-9) and last - first + 1 <= n_most:
            return [float(f"{index * digit}e{exponent}") for index in range(first, last + 1)]
    return []


def scale_of(dimension: Dimension) -> Scale:
    """The scale of a dimension's own bounds; categories lie at the whole numbers, each in the centre of its cell."""
    low, high = dimension.bounds
    if dimension.kind == "categorical":
        return Scale(-0.5, len(dimension.choices) - 0.5)
    return Scale(low, high, dimension.log)


def place(dimension: Dimension, value: Value) -> float:
    """A value as a number on its dimension's scale: itself, or the index of its category (-1 when gone)."""
    if dimension.kind == "categorical":
        return float(dimension.index(value))
    return float(value) if isinstance(value, int | float) else math.nan


def range_text(dimension: Dimension) -> str:
    """A dimension's range in few characters: ``1e-6 … 1e-3 log``, ``= 0.3 frozen`` or ``a | b``."""
    return api.describe_range(dimension, 3)
