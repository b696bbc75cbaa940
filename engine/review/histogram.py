"""Bins of a dimension: the same edges for all trials and for the top ones, even on the dimension's own scale."""

import math
from bisect import bisect_right
from collections.abc import Iterable

from engine.space.dimension import Dimension
from engine.values import Value, as_number

N_BINS = 24
"""Divides into 8 and 12, so that a narrow column can merge bins without cutting one."""


def bin_edges(dimension: Dimension, n_bins: int = N_BINS) -> tuple[float, ...]:
    """Edges in the dimension's own unit, ascending: one more than bins.

    Log dimensions are cut evenly on the log scale; whole numbers and steps with few values get one bin each, and so do
    categories, with edges 0, 1, … n.
    """
    low, high = dimension.bounds
    if dimension.kind == "categorical":
        return tuple(float(index) for index in range(len(dimension.choices) + 1))
    if (spacing := dimension.spacing) is not None and dimension.n_values <= n_bins:
        return tuple(low + (index - 0.5) * spacing for index in range(int(dimension.n_values) + 1))
    if dimension.log:
        step = (math.log(high) - math.log(low)) / n_bins
        inner = [math.exp(math.log(low) + step * index) for index in range(1, n_bins)]
    else:
        inner = [low + (high - low) * (index / n_bins) for index in range(1, n_bins)]
    return (low, *inner, high)


def bin_counts(dimension: Dimension, edges: tuple[float, ...], values: Iterable[Value]) -> tuple[int, ...]:
    """How many values fall into each bin; the last one includes its upper edge, values beyond the ends count there."""
    counts = [0] * (len(edges) - 1)
    if dimension.kind == "categorical":
        for value in values:
            if (place := dimension.index(value)) >= 0:
                counts[place] += 1
        return tuple(counts)
    inner = edges[1:-1]  # values beyond an end find the bin at that end
    for value in values:
        counts[bisect_right(inner, as_number(value))] += 1
    return tuple(counts)
