from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.windows import plan_windows, windows
from model.errors import ModelError


@given(st.integers(0, 400), st.integers(2, 60), st.data())
def test_windows_cover_a_document_without_gaps_and_share_the_overlap(
    length: int, positions: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, positions - 1))
    spans = windows(length, positions, overlap)
    assert spans[0][0] == 0
    assert spans[-1][1] == length
    assert all(end - start <= positions for start, end in spans)
    for (_, end), (start, _) in pairwise(spans):
        assert end - start >= overlap
        assert start <= end


@given(st.lists(st.integers(1, 90), min_size=1, max_size=4), st.integers(8, 40))
def test_every_piece_has_one_cell_that_holds_it(lengths: list[int], positions: int) -> None:
    plan = plan_windows(lengths, positions, overlap=4)
    flat = np.full(plan.shape, -1).reshape(-1)
    flat[plan.targets] = plan.sources
    assert flat[plan.cells].tolist() == list(range(sum(lengths)))


def test_each_piece_is_taken_where_it_sees_most_on_both_sides() -> None:
    plan = plan_windows([10], positions=6, overlap=2)
    # Windows 0-5 and 4-9 share pieces 4 and 5: the first shows one piece after 4, the second shows one before 5.
    assert plan.shape == (2, 6)
    assert plan.cells.tolist() == [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]


def test_documents_that_fit_are_rows_and_padding_is_told() -> None:
    plan = plan_windows([3, 5], positions=512, overlap=64)
    assert plan.shape == (2, 5)
    assert not plan.full
    assert plan.cells.tolist() == [0, 1, 2, 5, 6, 7, 8, 9]
    assert plan_windows([5], positions=512, overlap=64).full


def test_an_overlap_that_leaves_no_advance_is_refused() -> None:
    with pytest.raises(ModelError, match="advance"):
        plan_windows([20], positions=8, overlap=8)


@pytest.mark.parametrize("lengths", [[0], [0, 0], [0, 3, 0, 5], [20, 0, 3], [0, 5, 5]])
def test_a_document_without_pieces_takes_no_row_and_shifts_none(lengths: list[int]) -> None:
    plan = plan_windows(lengths, positions=8, overlap=2)
    without = plan_windows([length for length in lengths if length], positions=8, overlap=2)
    assert plan.shape[0] == without.shape[0]
    assert len(plan.cells) == sum(lengths)
    np.testing.assert_array_equal(plan.sources, without.sources)
    np.testing.assert_array_equal(plan.targets, without.targets)
    np.testing.assert_array_equal(plan.cells, without.cells)
    assert plan.in_order == (len(set(lengths) - {0}) < 2 and max(lengths) <= 8)
