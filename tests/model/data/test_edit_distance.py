import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.data.document import Document
from model.data.edit_distance import edit_distances, phrases


def levenshtein(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y)))
    return row[-1]


@given(st.lists(st.text("abc ", max_size=8), max_size=6))
def test_distances_are_those_of_the_textbook_recurrence(texts: list[str]) -> None:
    matrix = edit_distances(texts)
    assert matrix.dtype == np.int32
    assert matrix.shape == (len(texts), len(texts))
    assert matrix.tolist() == [[levenshtein(a, b) for b in texts] for a in texts]


def test_a_phrase_is_its_words_joined_by_blanks() -> None:
    document = Document(title="", sentences=(("Anna", "Berg", "'s"), ("Ulm",)))
    assert phrases(document, np.array([[0, 3], [3, 4]])) == ["Anna Berg 's", "Ulm"]
