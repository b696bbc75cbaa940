"""Relation logits of all entity pairs of a document, by their mention pairs, within a memory budget.

Legend: W words, M mentions (cluster after cluster), E entities, P ordered entity pairs, Q mention pairs, H width.

What two mentions have between them is the same in both directions, so it is pooled and projected once for {head, tail}.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from model.data.pairs import between, mention_pairs, word_distance
from model.network.pooling import RangeTable, segment_max
from model.network.relation_head import MultiInstanceRelationHead

_TENSORS_ALIVE = 6
"""Of size [pairs, H] at the same moment, about."""


def multi_instance_logits(
    head: MultiInstanceRelationHead,
    words: Float[Tensor, "W H"],
    spans: npt.NDArray[np.integer[Any]],
    mentions: Float[Tensor, "M H"],
    entities: Float[Tensor, "E H"],
    entity_starts: npt.NDArray[np.integer[Any]],
    types: Int64[Tensor, " E"],
    budget: int,
    todo: npt.NDArray[np.bool_] | None = None,
) -> Float[Tensor, "P R"]:
    """Logits of the ordered pairs of entities, by head, then tail.

    Args:
        head: The relation head.
        words: States of the document.
        spans: ``[M, 3]`` first word, one past the last, sentence of each mention.
        mentions: Pooled states.
        entities: Pooled states.
        entity_starts: ``[E+1]`` mentions of each entity.
        types: Class of each entity.
        budget: Bytes that a chunk may take.
        todo: ``[E(E-1)/2]`` True for the pairs i < j wanted; the others' rows are left undefined. None for all.
    """
    n = len(entities)
    device = words.device
    table = RangeTable(words, len(words))
    projected_mentions, projected_entities = head.mentions.project(mentions), head.entities.project(entities)
    first, second = np.triu_indices(n, 1)
    if todo is not None:
        first, second = first[todo], second[todo]
    unordered = np.stack((first, second), axis=1)
    sizes = np.diff(entity_starts)
    logits = words.new_empty((n * (n - 1), head.classifier.output.out_features))
    for start, end in _chunk_bounds(sizes[first] * sizes[second], _TENSORS_ALIVE * words.shape[1] * 4, budget):
        pairs = mention_pairs(entity_starts, unordered[start:end])
        low, high = between(spans, pairs.head, pairs.tail)
        apart = np.abs(spans[pairs.head, 2] - spans[pairs.tail, 2])
        distances = np.stack((word_distance(low, high), apart), axis=1).astype(np.float32)
        contexts = table(torch.from_numpy(low).to(device), torch.from_numpy(high).to(device))
        evidence = head.evidence(contexts, torch.from_numpy(distances).to(device))
        one, other = torch.from_numpy(pairs.head).to(device), torch.from_numpy(pairs.tail).to(device)
        counts = None if int(pairs.counts.max()) == 1 else torch.from_numpy(pairs.counts).to(device)
        i = torch.from_numpy(first[start:end]).to(device)
        j = torch.from_numpy(second[start:end]).to(device)
        for m1, m2, e1, e2 in ((one, other, i, j), (other, one, j, i)):
            u = projected_mentions[0].index_select(0, m1) + projected_mentions[1].index_select(0, m2)
            u += evidence
            strongest = u if counts is None else segment_max(u, counts)
            # Ordered pairs leave out (e, e): those with a tail behind the head have moved up by one.
            rows = e1 * (n - 1) + e2 - (e2 > e1).long()
            logits[rows] = head.at_inference(strongest, projected_entities, e1, e2, types).to(logits.dtype)
    return logits


def _chunk_bounds(counts: npt.NDArray[np.integer[Any]], bytes_each: int, budget: int) -> list[tuple[int, int]]:
    """Ranges of entity pairs whose mention pairs fit the budget (at least one entity pair each)."""
    limit = max(1, budget // bytes_each)
    ends = np.cumsum(counts)
    bounds, done = [0], 0
    while bounds[-1] < len(counts):
        end = int(np.searchsorted(ends, done + limit, side="right"))
        bounds.append(max(end, bounds[-1] + 1))
        done = int(ends[bounds[-1] - 1])
    return list(pairwise(bounds))
