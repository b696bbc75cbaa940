"""Histograms count every value once, on the dimension's own scale."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.review.histogram import LEAST_BINS, MOST_BINS, bin_counts, bin_edges
from engine.space.dimension import Dimension

LOG = Dimension(name="x", kind="float", low=1e-6, high=1e-3, log=True)
LINEAR = Dimension(name="x", kind="float", low=-2.0, high=5.0)
INT = Dimension(name="x", kind="int", low=1, high=5)
WIDE_INT = Dimension(name="x", kind="int", low=1, high=1000)
CATEGORY = Dimension(name="x", kind="categorical", choices=("a", "b", "c"))


@pytest.mark.parametrize("dimension", [LOG, LINEAR, INT, WIDE_INT, CATEGORY])
@given(positions=st.lists(st.floats(-0.2, 1.2), max_size=50))
def test_every_value_falls_into_exactly_one_bin(dimension: Dimension, positions: list[float]) -> None:
    values = [dimension.from_unit(u) for u in positions]
    edges = bin_edges(dimension, values)
    assert list(edges) == sorted(set(edges))
    counts = bin_counts(dimension, edges, values)
    assert len(counts) == len(edges) - 1
    assert sum(counts) == len(positions)


def test_log_bins_are_even_on_the_log_scale_and_integers_have_one_each() -> None:
    edges = bin_edges(LOG)
    assert len(edges) == LEAST_BINS + 1
    assert edges[1] / edges[0] == pytest.approx(edges[-1] / edges[-2])
    assert bin_edges(INT) == (0.5, 1.5, 2.5, 3.5, 4.5, 5.5)
    assert bin_counts(INT, bin_edges(INT), [1, 5, 5]) == (1, 0, 0, 0, 2)
    assert bin_counts(CATEGORY, bin_edges(CATEGORY), ["c", "a", "c"]) == (1, 0, 2)


def test_the_upper_bound_falls_into_the_last_bin() -> None:
    assert bin_counts(LINEAR, bin_edges(LINEAR), [5.0, 4.99, -2.0])[-1] == 2


@pytest.mark.parametrize(
    "dimension",
    [
        Dimension(name="x", kind="int", low=1, high=30),
        Dimension(name="x", kind="int", low=0, high=97),
        Dimension(name="x", kind="float", low=0.0, high=1.0, step=0.01),
        Dimension(name="x", kind="int", low=1, high=1000, log=True),
        Dimension(name="x", kind="int", low=16, high=512, log=True, step=16),
        WIDE_INT,
        LOG,
        LINEAR,
    ],
    ids=lambda one: f"{one.kind} {one.low:g} to {one.high:g}",
)
@pytest.mark.parametrize("n", [10, 120, 5000])
def test_even_draws_leave_no_comb(dimension: Dimension, n: int) -> None:
    values = [dimension.from_share((i + 0.5) / n) for i in range(n)]
    edges = bin_edges(dimension, values)
    assert LEAST_BINS - 1 <= len(edges) - 1 <= MOST_BINS
    counts = bin_counts(dimension, edges, values)
    if n < 120:
        return
    assert min(counts[:-1]) > 0, "a bin that no value can fall into"
    ups = sum(b > 1.5 * a for a, b in pairwise(counts[:-1]))
    downs = sum(a > 1.5 * b for a, b in pairwise(counts[:-1]))
    assert min(ups, downs) <= 1, f"high and low bars alternate: {counts}"


def test_the_tighter_the_values_the_more_bins() -> None:
    spread = [LINEAR.from_unit(i / 99) for i in range(100)]
    tight = [LINEAR.from_unit(0.5 + i / 990) for i in range(100)]
    between = [LINEAR.from_unit(0.4 + i / 310) for i in range(100)]
    assert [len(bin_edges(LINEAR, values)) - 1 for values in (spread, between, tight)] == [8, 15, 24]
