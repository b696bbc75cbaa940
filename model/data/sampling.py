"""Training samples of a document: gold plus seeded random negatives (JEREX, sampling_common.py), as arrays.

Legend: M gold mentions, N mention samples, C coreference pairs, E entities, P entity pairs, R relation types.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from model.data.document import Document
from model.data.gold import GoldDocument, read_gold
from model.data.schema import LabelSchema
from model.errors import ModelError

Int32 = npt.NDArray[np.int32]
UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplingOptions:
    """How many negatives a document gives, at most.

    Attributes:
        negative_mentions: Spans that are no mention.
        overlap_share: Share of them drawn from inside gold mentions, 0..1, as far as there are any.
        negative_corefs: Ordered pairs of gold mentions of different entities.
        negative_relations: Ordered pairs of gold entities without a relation.
        max_words: Longest candidate span, in words.
    """

    negative_mentions: int = 200
    overlap_share: float = 0.5
    negative_corefs: int = 200
    negative_relations: int = 200
    max_words: int = 10

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "overlap_share":
                if not 0 <= value <= 1:
                    raise ModelError(f"overlap_share must lie in 0..1; given: {value}")
            elif value < (1 if field.name == "max_words" else 0):
                raise ModelError(
                    f"{field.name} must not be below {1 if field.name == 'max_words' else 0}; given: {value}"
                )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DocumentSample:
    """What one document teaches in one epoch; mentions are rows of ``mention_spans``, gold ones first.

    Attributes:
        n_gold: M.
        mention_spans: ``[N, 2]`` words, end exclusive; gold mentions in the order of the entities, then negatives.
        mention_sentences: ``[N]`` index of the sentence.
        mention_labels: ``[N]`` 1 for gold, 0 for negatives.
        coref_pairs: ``[C, 2]`` gold mentions (ordered pairs).
        coref_labels: ``[C]`` 1 where both belong to the same entity.
        coref_edit_distances: ``[C]`` characters.
        entity_starts: ``[E+1]``; entity e owns the gold mentions ``entity_starts[e]:entity_starts[e + 1]``.
        entity_types: ``[E]`` class of each entity, -1 where the schema does not know it.
        relation_pairs: ``[P, 2]`` head and tail entity, positives first.
        relation_labels: ``[P, R]`` multi-hot.
    """

    n_gold: int
    mention_spans: Int32
    mention_sentences: Int32
    mention_labels: UInt8
    coref_pairs: Int32
    coref_labels: UInt8
    coref_edit_distances: Int32
    entity_starts: Int32
    entity_types: Int32
    relation_pairs: Int32
    relation_labels: UInt8


class DocumentSampler:
    """Draws the samples of a list of documents; what does not depend on the draw is computed once per document.

    Args:
        documents: The training documents.
        schema: Numbers the types.
        options: Counts of negatives.
        seed: Together with epoch and index it fixes every draw, on any machine and in any order of calls.
    """

    def __init__(
        self, documents: Sequence[Document], schema: LabelSchema, options: SamplingOptions | None = None, seed: int = 0
    ) -> None:
        self.documents = documents
        self.schema = schema
        self.options = options or SamplingOptions()
        self.seed = seed
        self._gold: list[GoldDocument | None] = [None] * len(documents)

    def __len__(self) -> int:
        return len(self.documents)

    def gold(self, index: int) -> GoldDocument:
        """The gold arrays of document ``index``."""
        gold = self._gold[index]
        if gold is None:
            gold = self._gold[index] = read_gold(self.documents[index], self.schema, self.options.max_words)
        return gold

    def sample(self, index: int, epoch: int) -> DocumentSample:
        """The samples of document ``index`` in ``epoch``."""
        rng = np.random.default_rng((self.seed, epoch, index))
        return draw_sample(self.gold(index), self.schema, self.options, rng)


def draw_sample(
    gold: GoldDocument, schema: LabelSchema, options: SamplingOptions, rng: np.random.Generator
) -> DocumentSample:
    """All gold samples of a document and random negatives beside them."""
    n_gold = len(gold.mentions)
    negatives = gold.negative_spans[_draw_negative_rows(gold, options, rng)]
    pairs, labels = _coref_pairs(gold, options.negative_corefs, rng)
    positive = len(gold.relation_pairs)
    unrelated = _draw(gold.unrelated_pairs, options.negative_relations, rng)
    relation_labels = np.zeros((positive + len(unrelated), len(schema.relation_types)), dtype=np.uint8)
    relation_labels[gold.relation_rows, gold.relation_types] = 1
    n_entities = len(gold.entity_types)
    return DocumentSample(
        n_gold=n_gold,
        mention_spans=np.concatenate((gold.mentions[:, :2], negatives[:, :2])),
        mention_sentences=np.concatenate((gold.mentions[:, 2], negatives[:, 2])),
        mention_labels=np.repeat(np.array((1, 0), dtype=np.uint8), (n_gold, len(negatives))),
        coref_pairs=pairs,
        coref_labels=labels,
        coref_edit_distances=gold.edit_distances[pairs[:, 0], pairs[:, 1]],
        entity_starts=gold.entity_starts,
        entity_types=gold.entity_types,
        relation_pairs=np.concatenate((gold.relation_pairs, _unflatten(unrelated, n_entities))),
        relation_labels=relation_labels,
    )


def _draw_negative_rows(
    gold: GoldDocument, options: SamplingOptions, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    inside = _draw(np.arange(gold.n_inside), int(options.negative_mentions * options.overlap_share), rng)
    others = np.arange(gold.n_inside, len(gold.negative_spans))
    return np.concatenate((inside, _draw(others, options.negative_mentions - len(inside), rng)))


def _coref_pairs(gold: GoldDocument, n_negatives: int, rng: np.random.Generator) -> tuple[Int32, UInt8]:
    same = gold.entity_of[:, None] == gold.entity_of[None, :]
    unequal = _draw(np.flatnonzero(~same), n_negatives, rng)
    np.fill_diagonal(same, val=False)
    equal = np.flatnonzero(same)
    pairs = _unflatten(np.concatenate((equal, unequal)), len(gold.mentions))
    return pairs, np.repeat(np.array((1, 0), dtype=np.uint8), (len(equal), len(unequal)))


def _draw(rows: npt.NDArray[np.int64], n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """At most ``n`` of the rows, without replacement, in random order."""
    return rng.choice(rows, size=min(n, len(rows)), replace=False) if len(rows) else rows


def _unflatten(flat: npt.NDArray[np.int64], n: int) -> Int32:
    """Cells of an n×n matrix as pairs (row, column)."""
    return np.stack(np.divmod(flat, max(n, 1)), axis=1).astype(np.int32)
