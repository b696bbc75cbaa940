import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.document import Document, Relation
from model.data.subsets import partition
from model.errors import ModelError


def _documents(classes: list[list[str]]) -> list[Document]:
    return [
        Document(title=str(i), sentences=(), relations=tuple(Relation(head=0, tail=0, type=t) for t in types))
        for i, types in enumerate(classes)
    ]


CLASSES = st.lists(st.lists(st.sampled_from("abcdef"), max_size=4), min_size=1, max_size=40)


@given(classes=CLASSES, data=st.data(), seed=st.integers(0, 5))
def test_subsets_partition_the_documents_into_equal_sizes(
    classes: list[list[str]], data: st.DataObject, seed: int
) -> None:
    k = data.draw(st.integers(1, len(classes)))
    subsets = partition(_documents(classes), k, seed)
    assert len(subsets) == k
    assert sorted(np.concatenate(subsets).tolist()) == list(range(len(classes)))
    sizes = [len(subset) for subset in subsets]
    assert max(sizes) - min(sizes) <= 1
    assert all(subset.tolist() == sorted(subset.tolist()) for subset in subsets)


def test_a_rare_class_reaches_every_subset() -> None:
    classes = [["common", *(["rare"] if i < 4 else [])] for i in range(40)]
    for seed in range(20):
        for subset in partition(_documents(classes), 4, seed):
            assert sum(index < 4 for index in subset) == 1


def test_the_same_seed_gives_the_same_subsets_on_any_machine() -> None:
    documents = _documents([["a"], ["b"], ["a", "b"], [], ["c"], ["a"], ["b"], ["c"]])
    # Written down once; a change here would silently change what every recorded sprint was trained on.
    assert [subset.tolist() for subset in partition(documents, 3, 7)] == [[0, 6, 7], [2, 3, 4], [1, 5]]


@pytest.mark.parametrize("k", [0, 3])
def test_an_impossible_number_of_subsets_is_refused(k: int) -> None:
    with pytest.raises(ModelError, match=rf"must lie in 1\.\.2, .*given: {k}"):
        partition(_documents([[], []]), k, 0)
