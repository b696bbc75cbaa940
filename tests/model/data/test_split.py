import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.document import Document
from model.data.split import split_documents
from model.errors import ModelError


def _documents(n: int) -> list[Document]:
    return [Document(title=str(i), sentences=()) for i in range(n)]


@given(st.integers(2, 60), st.floats(0.01, 0.99), st.integers(0, 9))
def test_a_split_keeps_order_and_loses_nothing(n: int, share: float, seed: int) -> None:
    documents = _documents(n)
    train, validation = split_documents(documents, share, seed)
    assert sorted([*train, *validation], key=lambda d: int(d.title)) == documents
    for side in (train, validation):
        assert side
        assert side == sorted(side, key=lambda d: int(d.title))
    assert abs(len(validation) - share * n) <= 1


def test_five_hundred_documents_split_into_400_and_100() -> None:
    train, validation = split_documents(_documents(500), 0.2, 0)
    assert (len(train), len(validation)) == (400, 100)
    assert split_documents(_documents(500), 0.2, 0) == (train, validation)
    assert split_documents(_documents(500), 0.2, 1) != (train, validation)


@pytest.mark.parametrize(
    ("n", "share", "message"), [(1, 0.2, "at least 2 documents; given: 1"), (5, 1.0, "between 0 and 1; given: 1.0")]
)
def test_a_split_with_an_empty_side_is_refused(n: int, share: float, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        split_documents(_documents(n), share, 0)
