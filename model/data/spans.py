"""Candidate spans: all runs of words that could be a mention.

Legend: S candidate spans.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.data.document import Document

Int32 = npt.NDArray[np.int32]


def candidate_spans(document: Document, max_words: int = 10) -> Int32:
    """All spans of 1 to ``max_words`` words inside one sentence (JEREX, sampling_common.py).

    Returns:
        ``[S, 3]``: first word, one past the last word, sentence; ordered by sentence, size, start.
    """
    starts = document.sentence_starts
    lengths = [end - start for start, end in pairwise(starts)]
    blocks = [_spans_of_length(length, max_words) for length in lengths]
    if not blocks:
        return np.zeros((0, 3), dtype=np.int32)
    spans = np.concatenate(blocks)
    sizes = [len(block) for block in blocks]
    offset = np.zeros((len(blocks), 3), dtype=np.int32)
    offset[:, 0] = offset[:, 1] = starts[:-1]
    offset[:, 2] = np.arange(len(blocks))
    spans += np.repeat(offset, sizes, axis=0)
    return spans


@lru_cache(maxsize=1024)
def _spans_of_length(length: int, max_words: int) -> Int32:
    """The spans of one sentence of ``length`` words, as if it were the first of the document; never written to."""
    rows = [
        np.stack((np.arange(length - size + 1), np.arange(size, length + 1)), axis=1)
        for size in range(1, min(length, max_words) + 1)
    ]
    block = np.zeros((sum(map(len, rows)), 3), dtype=np.int32)
    if rows:
        block[:, :2] = np.concatenate(rows)
    block.setflags(write=False)
    return block
