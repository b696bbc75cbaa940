"""Character distances between phrases. A span's phrase is its words joined by blanks, in training and inference alike.

JEREX joins words in training but decodes sub-words at inference, so that its feature means two things; ours means one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from model.data.document import Document

Int32 = npt.NDArray[np.int32]


def phrases(document: Document, spans: npt.NDArray[np.integer[Any]]) -> list[str]:
    """The text of word spans ``[S, ≥2]``."""
    words = document.words
    return [" ".join(words[start:end]) for start, end in spans[:, :2].tolist()]


def edit_distances(texts: Sequence[str]) -> Int32:
    """Levenshtein distance between all texts: ``[N, N]``, in characters, symmetric, diagonal 0."""
    if not texts:
        return np.zeros((0, 0), dtype=np.int32)
    distinct: dict[str, int] = {}
    index = np.array([distinct.setdefault(text, len(distinct)) for text in texts])
    keys = list(distinct)
    matrix: Int32 = np.asarray(cdist(keys, keys, scorer=Levenshtein.distance, dtype=np.int32))
    distances: Int32 = matrix[index[:, None], index[None, :]]
    return distances
