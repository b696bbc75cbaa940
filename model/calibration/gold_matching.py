"""The gold annotation of a document in terms of its scanned spans, as sets count it: duplicates collapsed.

Legend: S scanned spans, G distinct gold clusters, N distinct gold relations, R relation types.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.data.document import Document
from model.data.schema import LabelSchema

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Truth:
    """What a prediction is held against, as :mod:`model.evaluation.scoring` does it.

    Attributes:
        keys: ``[S]`` a number for each scanned span; equal for equal spans.
        is_mention: ``[S]`` True where the span is a gold mention.
        n_mentions: Distinct gold mentions, those that were not scanned included.
        clusters: :func:`cluster_key` of each gold cluster to its number, 0..G-1.
        types: For each cluster the classes that gold gives it; -1 for one that the schema does not know.
        relations: ``[N, 5]`` head cluster, head class, tail cluster, tail class, relation type.
        n_unknown: Distinct gold relations of types that the schema does not know; no threshold is of them.
    """

    keys: Int64
    is_mention: npt.NDArray[np.bool_]
    n_mentions: int
    clusters: Mapping[bytes, int]
    types: tuple[frozenset[int], ...]
    relations: Int64
    n_unknown: int

    @property
    def n_entities(self) -> int:
        """Distinct gold (cluster, class)."""
        return sum(len(types) for types in self.types)


def read_truth(document: Document, spans: npt.NDArray[np.integer], schema: LabelSchema) -> Truth:
    """The truth about a document.

    Args:
        document: With gold annotation.
        spans: ``[S, 3]`` the scanned spans.
        schema: Numbers the types.
    """
    clusters: dict[bytes, int] = {}
    types: list[set[int]] = []
    names: list[tuple[int, str]] = []  # of each entity: cluster and type by name, so that unknown types stay apart
    mentions: set[int] = set()
    for entity in document.entities:
        keys = sorted({_key(m.start, m.end) for m in entity.mentions})
        number = clusters.setdefault(cluster_key(np.array(keys, dtype=np.int64)), len(clusters))
        if number == len(types):
            types.append(set())
        types[number].add(schema.entity_index.get(entity.type, -1))
        names.append((number, entity.type))
        mentions.update(keys)
    known: set[tuple[int, int, int, int, int]] = set()
    unknown = set()
    for relation in document.scored_relations:
        (head, head_type), (tail, tail_type) = names[relation.head], names[relation.tail]
        kind = schema.relation_index.get(relation.type)
        if kind is None:
            unknown.add((names[relation.head], names[relation.tail], relation.type))
            continue
        index = schema.entity_index
        known.add((head, index.get(head_type, -1), tail, index.get(tail_type, -1), kind))
    keys_of = spans[:, 0].astype(np.int64) * _STRIDE + spans[:, 1]
    return Truth(
        keys=keys_of,
        is_mention=np.isin(keys_of, np.fromiter(mentions, dtype=np.int64, count=len(mentions))),
        n_mentions=len(mentions),
        clusters=clusters,
        types=tuple(map(frozenset, types)),
        relations=np.array(sorted(known), dtype=np.int64).reshape(-1, 5),
        n_unknown=len(unknown),
    )


def cluster_key(keys: Int64) -> bytes:
    """What tells clusters apart: the sorted numbers of their spans."""
    return np.sort(keys).tobytes()


_STRIDE = 1 << 24
"""More than the words of any document."""


def _key(start: int, end: int) -> int:
    return start * _STRIDE + end
