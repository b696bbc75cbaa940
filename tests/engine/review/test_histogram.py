"""Histograms count every value once, on the dimension's own scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.review.histogram import N_BINS, bin_counts, bin_edges
from engine.space.dimension import Dimension

LOG = Dimension(name="x", kind="float", low=1e-6, high=1e-3, log=True)
LINEAR = Dimension(name="x", kind="float", low=-2.0, high=5.0)
INT = Dimension(name="x", kind="int", low=1, high=5)
WIDE_INT = Dimension(name="x", kind="int", low=1, high=1000)
CATEGORY = Dimension(name="x", kind="categorical", choices=("a", "b", "c"))


@pytest.mark.parametrize("dimension", [LOG, LINEAR, INT, WIDE_INT, CATEGORY])
@given(positions=st.lists(st.floats(-0.2, 1.2), max_size=50))
def test_every_value_falls_into_exactly_one_bin(dimension: Dimension, positions: list[float]) -> None:
    edges = bin_edges(dimension)
    assert list(edges) == sorted(set(edges))
    counts = bin_counts(dimension, edges, [dimension.from_unit(u) for u in positions])
    assert len(counts) == len(edges) - 1
    assert sum(counts) == len(positions)


def test_log_bins_are_even_on_the_log_scale_and_integers_have_one_each() -> None:
    edges = bin_edges(LOG)
    assert len(edges) == N_BINS + 1
    assert edges[1] / edges[0] == pytest.approx(edges[-1] / edges[-2])
    assert bin_edges(INT) == (0.5, 1.5, 2.5, 3.5, 4.5, 5.5)
    assert bin_counts(INT, bin_edges(INT), [1, 5, 5]) == (1, 0, 0, 0, 2)
    assert bin_counts(CATEGORY, bin_edges(CATEGORY), ["c", "a", "c"]) == (1, 0, 2)


def test_the_upper_bound_falls_into_the_last_bin() -> None:
    assert bin_counts(LINEAR, bin_edges(LINEAR), [5.0, 4.99, -2.0])[-1] == 2
