"""Pairs of mentions as index arithmetic: which pairs two clusters make, what lies between them, how far apart they are.

Legend: M mentions, E entities (clusters), P entity pairs, Q mention pairs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Index = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MentionPairs:
    """The mention pairs of a list of entity pairs, those of one entity pair in a row.

    Attributes:
        head: ``[Q]`` mention of the head entity.
        tail: ``[Q]`` mention of the tail entity.
        entity_pair: ``[Q]`` the entity pair each belongs to.
        counts: ``[P]`` mention pairs of each entity pair, at least 1.
    """

    head: Int64
    tail: Int64
    entity_pair: Int64
    counts: Int64


def mention_pairs(entity_starts: Index, entity_pairs: Index) -> MentionPairs:
    """Every mention of the head with every mention of the tail.

    Args:
        entity_starts: ``[E+1]``; entity e owns the mentions ``entity_starts[e]:entity_starts[e + 1]``.
        entity_pairs: ``[P, 2]`` head and tail entity.
    """
    starts = entity_starts.astype(np.int64)
    sizes = np.diff(starts)
    head, tail = entity_pairs[:, 0], entity_pairs[:, 1]
    counts = sizes[head] * sizes[tail]
    row = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    i, j = np.divmod(within, sizes[tail][row])
    return MentionPairs(head=starts[head][row] + i, tail=starts[tail][row] + j, entity_pair=row, counts=counts)


def between(spans: Index, head: Index, tail: Index) -> tuple[Int64, Int64]:
    """The words strictly between two mentions; empty (end ≤ start) where they touch or overlap.

    Args:
        spans: ``[M, 2]`` first word and one past the last.
        head: ``[Q]`` rows of ``spans``.
        tail: ``[Q]`` rows of ``spans``.

    Returns:
        First words ``[Q]`` and one past the last words ``[Q]``.
    """
    starts = np.minimum(spans[head, 1], spans[tail, 1]).astype(np.int64)
    ends = np.maximum(spans[head, 0], spans[tail, 0]).astype(np.int64)
    return starts, ends


def word_distance(between_starts: Int64, between_ends: Int64) -> Int64:
    """Words from the last of the first mention to the first of the second: 1 where they touch, 0 where they overlap."""
    distance: Int64 = np.maximum(between_ends - between_starts + 1, 0)
    return distance


def ordered_pairs(n: int) -> Int64:
    """All ordered pairs of different items ``[n(n-1), 2]``, by first, then second."""
    first, second = np.nonzero(~np.eye(n, dtype=bool))
    return np.stack((first, second), axis=1)
