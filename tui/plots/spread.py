"""How widely a sprint explored a dimension, trial by trial: entropy of all values, concentration of the top ones.

Notations:
    H  Shannon entropy of the values' histogram over the dimension's own bins, divided by its maximum: 0 … 1.
"""

import math
from collections.abc import Sequence

from engine.api import Dimension, Value
from tui.ranges import place, scale_of

N_BINS = 10
"""Bins of the histogram the entropy is taken of."""


def bin_of(dimension: Dimension, value: Value) -> int:
    """Index of a value's bin on the dimension's scale; categories are their own bins."""
    if dimension.kind == "categorical":
        return int(place(dimension, value))
    position = scale_of(dimension).position(place(dimension, value))
    return min(max(int(position * N_BINS), 0), N_BINS - 1)


def entropy(bins: Sequence[int], n_bins: int) -> float:
    """H of a list of bin indexes; 0 for one bin, 1 when all bins are equally full."""
    if not bins or n_bins < 2:
        return 0.0
    shares = [bins.count(index) / len(bins) for index in set(bins)]
    return -sum(share * math.log(share) for share in shares) / math.log(n_bins)


def entropy_curve(dimension: Dimension, points: Sequence[tuple[Value, float]]) -> tuple[tuple[float, float], ...]:
    """H of the first 1 … n values: near 1 the sprint explored the range evenly."""
    n_bins = len(dimension.choices) if dimension.kind == "categorical" else N_BINS
    bins = [bin_of(dimension, value) for value, _ in points]
    return tuple((float(n), entropy(bins[:n], n_bins)) for n in range(1, len(bins) + 1))


def concentration_curve(
    dimension: Dimension, points: Sequence[tuple[Value, float]], top_k: int, direction: str = "maximize"
) -> tuple[tuple[float, float], ...]:
    """1 - H of the ``top_k`` best among the first n values: near 1 the best trials agree on a value."""
    n_bins = len(dimension.choices) if dimension.kind == "categorical" else N_BINS
    curve = []
    for n in range(1, len(points) + 1):
        finite = [point for point in points[:n] if math.isfinite(point[1])]
        best = sorted(finite, key=lambda point: -point[1] if direction == "maximize" else point[1])[:top_k]
        curve.append((float(n), 1.0 - entropy([bin_of(dimension, value) for value, _ in best], n_bins)))
    return tuple(curve)
