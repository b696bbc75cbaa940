import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.data.pairs import between, mention_pairs, ordered_pairs, word_distance


@given(st.lists(st.integers(1, 4), min_size=2, max_size=6), st.data())
def test_mention_pairs_equal_loops(sizes: list[int], data: st.DataObject) -> None:
    n = len(sizes)
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1])
    pairs = data.draw(st.lists(pair, max_size=8))
    starts = np.cumsum([0, *sizes])
    found = mention_pairs(starts, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    expected = [
        (i, j, row)
        for row, (head, tail) in enumerate(pairs)
        for i in range(starts[head], starts[head + 1])
        for j in range(starts[tail], starts[tail + 1])
    ]
    assert list(zip(found.head, found.tail, found.entity_pair, strict=True)) == expected
    assert found.counts.tolist() == [sizes[head] * sizes[tail] for head, tail in pairs]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), min_size=2, max_size=8))
def test_what_lies_between_two_mentions_does_not_depend_on_their_order(spans: list[tuple[int, int]]) -> None:
    array = np.array([(start, start + size) for start, size in spans])
    head, tail = np.array([0] * (len(spans) - 1)), np.arange(1, len(spans))
    starts, ends = between(array, head, tail)
    for k, j in enumerate(tail):
        (s1, e1), (s2, _) = sorted((tuple(array[0]), tuple(array[j])))
        words_between = list(range(e1, s2)) if e1 < s2 else []
        if s1 <= s2 and e1 <= s2:  # disjoint
            assert list(range(starts[k], ends[k])) == words_between
            assert word_distance(starts, ends)[k] == s2 - (e1 - 1)
        else:
            assert ends[k] <= starts[k]
            assert word_distance(starts, ends)[k] == 0
    backwards = between(array, tail, head)
    assert (backwards[0] == starts).all()
    assert (backwards[1] == ends).all()


def test_ordered_pairs_leave_out_the_diagonal() -> None:
    assert ordered_pairs(3).tolist() == [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]]
    assert ordered_pairs(1).shape == (0, 2)
