import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.data.document import Document
from model.data.spans import candidate_spans


@given(lengths=st.lists(st.integers(0, 15), max_size=5), max_words=st.integers(1, 12))
def test_candidates_are_those_of_plain_loops_in_the_same_order(lengths: list[int], max_words: int) -> None:
    document = Document(title="", sentences=tuple(tuple("w" * n) for n in lengths))
    expected, first = [], 0
    for sentence, length in enumerate(lengths):
        for size in range(1, max_words + 1):
            expected += [(first + i, first + i + size, sentence) for i in range(length - size + 1)]
        first += length
    spans = candidate_spans(document, max_words)
    assert spans.dtype == np.int32
    assert spans.shape == (len(expected), 3)
    assert list(map(tuple, spans.tolist())) == expected


def test_changing_the_result_does_not_change_the_next_one() -> None:
    document = Document(title="", sentences=(("a", "b"),))
    candidate_spans(document)[:] = -1
    assert candidate_spans(document).tolist() == [[0, 1, 0], [1, 2, 0], [0, 2, 0]]
