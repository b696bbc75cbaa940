"""Bins of a dimension: the same edges for all trials and for the top ones, even on the dimension's own scale.

Notations:
    n  values.
    m  allowed values in a bin of a dimension with steps.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from statistics import quantiles

from engine.space.dimension import Dimension
from engine.values import Value, as_number

LEAST_BINS, MOST_BINS = 8, 24
"""Few trials still show a shape in eight bins; more than 24 are narrower than what a terminal tells apart."""

MOST_PLACES = 1000
"""Values that the width of the bins is taken from."""


def bin_edges(dimension: Dimension, values: Sequence[Value] = ()) -> tuple[float, ...]:
    """Edges in the dimension's own unit, ascending: one more than bins.

    As many bins as Freedman and Diaconis take for the values, 8 … 24, even on the dimension's scale. Whole numbers and
    steps have bins of equally many allowed values each, one where there are few, so that no bin is empty for want of a
    value that could fall into it; on a logarithmic scale a bin holds at least one. Categories have the edges 0, 1, … n.
    """
    low, high = dimension.bounds
    if dimension.kind == "categorical":
        return tuple(float(index) for index in range(len(dimension.choices) + 1))
    n_bins = bins_wanted(dimension, values)
    if dimension.spacing is None:
        return _even(low, high, n_bins, log=dimension.log)
    if dimension.n_values <= MOST_BINS:
        return _between(dimension, range(int(dimension.n_values) + 1))
    if dimension.log:
        return _growing(dimension, n_bins)
    m = math.ceil(dimension.n_values / n_bins)
    if dimension.n_values <= MOST_BINS * MOST_BINS:
        m = min(range(1, int(dimension.n_values)), key=lambda m: _misfit(dimension.n_values, m, n_bins))
    return _between(dimension, [*range(0, int(dimension.n_values), m), int(dimension.n_values)])


def bins_wanted(dimension: Dimension, values: Sequence[Value]) -> int:
    """Freedman and Diaconis' number of bins over the whole range, 2 · IQR / ∛n wide on its scale, within 8 … 24."""
    step = max(len(values) // MOST_PLACES, 1)  # quartiles of a few thousand are those of all
    places = [dimension.to_unit(value) for value in values[::step] if isinstance(value, int | float)]
    places = [u for u in places if math.isfinite(u)]
    if len(places) < 4:
        return LEAST_BINS
    lower, _, upper = quantiles(places, n=4, method="inclusive")
    width = 2 * (upper - lower) / len(values) ** (1 / 3)
    return MOST_BINS if width <= 1 / MOST_BINS else max(math.ceil(1 / width), LEAST_BINS)


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


def _even(low: float, high: float, n_bins: int, *, log: bool) -> tuple[float, ...]:
    if log:
        step = (math.log(high) - math.log(low)) / n_bins
        inner = [math.exp(math.log(low) + step * index) for index in range(1, n_bins)]
    else:
        inner = [low + (high - low) * (index / n_bins) for index in range(1, n_bins)]
    return (low, *inner, high)


def _between(dimension: Dimension, places: Iterable[int]) -> tuple[float, ...]:
    """Edges half a step below the allowed values at these places, the lowest allowed value being at place 0."""
    low, spacing = dimension.bounds[0], dimension.spacing
    assert spacing is not None
    edges = [low + (place - 0.5) * spacing for place in places]
    edges[0] = dimension.edges[0]
    return tuple(edges)


def _misfit(n_values: float, m: int, n_bins: int) -> float:
    """How badly bins of m values suit: bins too many or too few, and room without values in the last one."""
    made = math.ceil(n_values / m)
    outside = max(LEAST_BINS - made, made - MOST_BINS, 0)
    return outside * 10 + abs(math.log(made / n_bins)) + (made * m - n_values) / m


def _growing(dimension: Dimension, n_bins: int) -> tuple[float, ...]:
    """Bins of whole steps, each as wide on the logarithmic scale as its values need, at least a share of the range."""
    first, last = dimension.edges
    low, spacing = dimension.bounds[0], dimension.spacing
    assert spacing is not None
    places = [0]
    for n in range(n_bins, 2 * MOST_BINS):
        growth = (last / first) ** (1 / n)
        places = [0]
        while places[-1] < dimension.n_values:
            edge = first if places[-1] == 0 else low + (places[-1] - 0.5) * spacing
            places.append(max(math.ceil((edge * growth - low) / spacing + 0.5 - 1e-9), places[-1] + 1))
        if len(places) > n_bins:
            break
    whole = int(dimension.n_values)
    inner = [place for place in places[1:-1] if place < whole]
    if inner and last / (low + (inner[-1] - 0.5) * spacing) < growth**0.5:
        inner.pop()  # a rest of a bin
    return _between(dimension, [0, *inner, whole])
