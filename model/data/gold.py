"""The annotation of a document as arrays: what training draws from and what a head needs when gold is given.

Legend: M gold mentions, E entities, P related entity pairs, N candidate spans that are no mention.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.data.document import Document
from model.data.edit_distance import edit_distances, phrases
from model.data.schema import LabelSchema
from model.data.spans import candidate_spans

Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GoldDocument:
    """Arrays of the gold annotation.

    Attributes:
        mentions: ``[M, 3]`` first word, end, sentence; in the order of the entities, repeated spans kept.
        entity_of: ``[M]`` entity of each mention.
        entity_starts: ``[E+1]`` mentions of entity e are ``entity_starts[e]:entity_starts[e + 1]``.
        entity_types: ``[E]`` class, -1 where the schema does not know it.
        edit_distances: ``[M, M]`` characters between the mentions' phrases.
        relation_pairs: ``[P, 2]`` distinct (head, tail), sorted.
        relation_rows: ``[L]`` row in ``relation_pairs`` of each distinct relation whose type the schema knows.
        relation_types: ``[L]`` its class.
        unrelated_pairs: Ordered pairs head·E + tail of different entities without any relation.
        negative_spans: ``[N, 3]`` candidates that are no gold mention; those inside a gold mention first.
        n_inside: How many of them lie inside a gold mention.
    """

    mentions: Int32
    entity_of: Int32
    entity_starts: Int32
    entity_types: Int32
    edit_distances: Int32
    relation_pairs: Int32
    relation_rows: npt.NDArray[np.int64]
    relation_types: npt.NDArray[np.int64]
    unrelated_pairs: npt.NDArray[np.int64]
    negative_spans: Int32
    n_inside: int


def read_gold(document: Document, schema: LabelSchema, max_words: int = 10) -> GoldDocument:
    """The arrays of a document."""
    rows = [(m.start, m.end, m.sentence) for entity in document.entities for m in entity.mentions]
    mentions = np.array(rows, dtype=np.int32).reshape(-1, 3)
    sizes = [len(entity.mentions) for entity in document.entities]
    n_entities = len(sizes)
    negatives, n_inside = _negative_spans(candidate_spans(document, max_words), mentions, document.n_words)
    pairs, relation_rows, relation_types = _relations(document, schema)
    unrelated = ~np.eye(n_entities, dtype=bool)
    unrelated[pairs[:, 0], pairs[:, 1]] = False
    return GoldDocument(
        mentions=mentions,
        entity_of=np.repeat(np.arange(n_entities, dtype=np.int32), sizes),
        entity_starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int32),
        entity_types=np.array([schema.entity_index.get(e.type, -1) for e in document.entities], dtype=np.int32),
        edit_distances=edit_distances(phrases(document, mentions)),
        relation_pairs=pairs,
        relation_rows=relation_rows,
        relation_types=relation_types,
        unrelated_pairs=np.flatnonzero(unrelated),
        negative_spans=negatives,
        n_inside=n_inside,
    )


def _negative_spans(candidates: Int32, mentions: Int32, n_words: int) -> tuple[Int32, int]:
    """Candidates that are no mention, those inside a mention first, and the count of those."""
    # reach[w]: furthest end of the gold mentions that start at or before w; a span lies inside one iff it ends within.
    reach = np.zeros(n_words + 1, dtype=np.int32)
    np.maximum.at(reach, mentions[:, 0], mentions[:, 1])
    reach = np.maximum.accumulate(reach)
    gold = np.isin(_key(candidates, n_words), _key(mentions, n_words))
    inside = candidates[:, 1] <= reach[candidates[:, 0]]
    return np.concatenate((candidates[inside & ~gold], candidates[~inside & ~gold])), int((inside & ~gold).sum())


def _key(spans: Int32, n_words: int) -> npt.NDArray[np.int64]:
    return spans[:, 0].astype(np.int64) * (n_words + 1) + spans[:, 1]


def _relations(document: Document, schema: LabelSchema) -> tuple[Int32, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Distinct related pairs, and for every relation the schema knows its row and class."""
    rows: dict[tuple[int, int], int] = {
        pair: i for i, pair in enumerate(sorted({(r.head, r.tail) for r in document.scored_relations}))
    }
    known = sorted(
        {
            (rows[relation.head, relation.tail], schema.relation_index[relation.type])
            for relation in document.scored_relations
            if relation.type in schema.relation_index
        }
    )
    labels = np.array(known, dtype=np.int64).reshape(-1, 2)
    return np.array(list(rows), dtype=np.int32).reshape(-1, 2), labels[:, 0], labels[:, 1]
