"""How widely a sprint explored a dimension, trial by trial: entropy of all values, concentration of the top ones.

Notations:
    H  Shannon entropy of the values' histogram over the dimension's own bins, divided by its maximum: 0 … 1.
"""

import math
from collections import Counter
from collections.abc import Sequence
from heapq import heappop, heappush

from engine.api import Dimension, Direction, Value
from tui.drawing.scale import place, scale_of

N_BINS = 10
"""Bins of the histogram the entropy is taken of."""


def bin_of(dimension: Dimension, value: Value) -> int:
    """Index of a value's bin on the dimension's scale; categories are their own bins."""
    if dimension.kind == "categorical":
        return int(place(dimension, value))
    return scale_of(dimension).column(place(dimension, value), N_BINS)


def entropy(bins: Sequence[int], n_bins: int) -> float:
    """H of a list of bin indexes; 0 for one bin, 1 when all bins are equally full."""
    if not bins or n_bins < 2:
        return 0.0
    shares = [bins.count(index) / len(bins) for index in set(bins)]
    return -sum(share * math.log(share) for share in shares) / math.log(n_bins)


def entropy_curve(dimension: Dimension, points: Sequence[tuple[Value, float]]) -> tuple[tuple[float, float], ...]:
    """H of the first 1 … n values, in trial order: near 1 the sprint explored the range evenly."""
    filled = _Filled(_n_bins(dimension))
    curve = []
    for n, (value, _) in enumerate(points, start=1):
        filled.change(bin_of(dimension, value), 1)
        curve.append((float(n), filled.entropy()))
    return tuple(curve)


def concentration_curve(
    dimension: Dimension, points: Sequence[tuple[Value, float]], top_k: int, direction: Direction = Direction.MAXIMIZE
) -> tuple[tuple[float, float], ...]:
    """1 - H of the ``top_k`` best among the first n values, in trial order: near 1 the best trials agree on a value."""
    filled = _Filled(_n_bins(dimension))
    best: list[tuple[float, int, int]] = []  # a heap, the worst first and of equal ones the latest: goodness, -n, bin
    curve = []
    for n, (value, score) in enumerate(points, start=1):
        if math.isfinite(score):
            index = bin_of(dimension, value)
            heappush(best, (direction.sign * score, -n, index))
            filled.change(index, 1)
            if len(best) > top_k:
                filled.change(heappop(best)[2], -1)
        curve.append((float(n), 1.0 - filled.entropy()))
    return tuple(curve)


class _Filled:
    """Bins that are filled one value at a time: their entropy at every step, without counting them anew."""

    def __init__(self, n_bins: int) -> None:
        self._n_bins = n_bins
        self._counts: Counter[int] = Counter()
        self._n = 0

    def change(self, index: int, by: int) -> None:
        """Put a value into a bin, or take one out."""
        self._counts[index] += by
        self._n += by

    def entropy(self) -> float:
        """H of what the bins hold."""
        if not self._n or self._n_bins < 2:
            return 0.0
        shares = [count / self._n for count in self._counts.values() if count]
        return -sum(share * math.log(share) for share in shares) / math.log(self._n_bins)


def _n_bins(dimension: Dimension) -> int:
    return len(dimension.choices) if dimension.kind == "categorical" else N_BINS
