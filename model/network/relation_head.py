"""Relation classification, by mention pairs or by entity pairs alone.

Legend: M mentions, E entities, P entity pairs, Q mention pairs, H width, K entity types, R relation types.

JEREX computes for every mention pair of an entity pair u = Linear([context; head mention; tail mention; head entity;
tail entity; distances]), takes the maximum over the pairs and classifies it with the entity types
(modules/relation_classification_multi_instance.py). Here the parts of u are projected where they belong: mentions
once a mention, entities once an entity, contexts and distances once a pair.
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from model.encoder.fast_dropout import Dropout
from model.network.layers import SCALE, LogDistances, PairProjection, ScaledLinear
from model.network.pooling import segment_max

LARGEST_DISTANCES = (700.0, 50.0)
"""Words and sentences between two mentions; JEREX's tables end here."""


INITIAL_LOG_ODDS = -3.0
"""Where every relation's logit starts: nearly all cells of [pairs, types] are empty, about 998 of 1,000 in Re-DocRED.

From even odds the first few hundred steps teach little but this one number: the relation loss begins at 63 where all
others together are 3, and fills the clipped gradient (the remedy is of Lin et al. 2017, section 3.3). At the true odds
(-6) the first positive cells would weigh as much again.
"""


class TypedClassifier(nn.Module):
    """Linear([pair; head type; tail type]) → ReLU → dropout → Linear → R logits.

    Args:
        width: H, of the pair's state.
        n_entity_types: K.
        n_relation_types: R.
        meta_width: Width of a type embedding.
        dropout: Share of units dropped.
    """

    def __init__(self, width: int, n_entity_types: int, n_relation_types: int, meta_width: int, dropout: float) -> None:
        super().__init__()
        self.type_embedding = nn.Embedding(max(1, n_entity_types), meta_width)
        self.hidden = ScaledLinear(width, width)
        self.types = PairProjection(meta_width, width)
        self.dropout = Dropout(dropout)
        self.output = ScaledLinear(width, n_relation_types)

    def forward(
        self, pairs: Float[Tensor, "P H"], head_types: Int64[Tensor, " P"], tail_types: Int64[Tensor, " P"]
    ) -> Float[Tensor, "P R"]:
        """Logits of the relations of entity pairs, given their states before this layer."""
        hidden = self.hidden(pairs) + self.types(self.type_embedding.weight, head_types, tail_types)
        logits: Tensor = self.output(self.dropout(torch.relu(hidden)))
        return logits


class MultiInstanceRelationHead(nn.Module):
    """JointMRC's: every mention pair is evidence, the strongest of each feature counts.

    Args:
        width: H.
        n_entity_types: K.
        n_relation_types: R.
        meta_width: Width of a type embedding.
        dropout: Share of units dropped.
    """

    def __init__(self, width: int, n_entity_types: int, n_relation_types: int, meta_width: int, dropout: float) -> None:
        super().__init__()
        self.context = ScaledLinear(width, width, bias=False)
        self.mentions = PairProjection(width, width)
        self.entities = PairProjection(width, width)
        self.distances = LogDistances(LARGEST_DISTANCES, width)
        self.dropout = Dropout(dropout)
        self.classifier = TypedClassifier(width, n_entity_types, n_relation_types, meta_width, dropout)

    def evidence(self, contexts: Float[Tensor, "Q H"], distances: Float[Tensor, "Q 2"]) -> Float[Tensor, "Q H"]:
        """The part of u that a pair of mentions has in either direction."""
        part: Tensor = self.context(contexts) + self.distances(distances)
        return part

    def forward(
        self,
        evidence: Float[Tensor, "Q H"],
        mentions: Float[Tensor, "M H"],
        entities: Float[Tensor, "E H"],
        mention_pairs: tuple[Int64[Tensor, " Q"], Int64[Tensor, " Q"]],
        entity_pairs: Int64[Tensor, "P 2"],
        rows: Int64[Tensor, " Q"],
        counts: Int64[Tensor, " P"],
        types: Int64[Tensor, " E"],
    ) -> Float[Tensor, "P R"]:
        """Logits of the relations of entity pairs, for training.

        Args:
            evidence: Of :meth:`evidence`, for each mention pair.
            mentions: Pooled states.
            entities: Pooled states.
            mention_pairs: Head and tail mention of each mention pair.
            entity_pairs: Head and tail entity.
            rows: The entity pair of each mention pair, ascending.
            counts: Mention pairs of each entity pair.
            types: Class of each entity.
        """
        head, tail = entity_pairs[:, 0], entity_pairs[:, 1]
        by_entities = self.entities(entities, head, tail)
        # Dropout strikes each mention pair's u on its own before the maximum, so the entities' part is spread to the
        # pairs.
        u = evidence + self.mentions(mentions, *mention_pairs) + by_entities.index_select(0, rows)
        strongest = segment_max(self.dropout(u), counts)
        logits: Tensor = self.classifier(strongest, types[head], types[tail])
        return logits

    def at_inference(
        self,
        strongest: Float[Tensor, "P H"],
        projected_entities: tuple[Float[Tensor, "E H"], Float[Tensor, "E H"]],
        head: Int64[Tensor, " P"],
        tail: Int64[Tensor, " P"],
        types: Int64[Tensor, " E"],
    ) -> Float[Tensor, "P R"]:
        """The same without dropout: the entities' part is the same for all mention pairs and follows their maximum."""
        by_entities = projected_entities[0].index_select(0, head) + projected_entities[1].index_select(0, tail)
        logits: Tensor = self.classifier(strongest + by_entities, types[head], types[tail])
        return logits


class GlobalRelationHead(nn.Module):
    """JointGRC's: entity pairs alone, Linear([head; tail; types]) → ReLU → dropout → Linear.

    Args:
        width: H.
        n_entity_types: K.
        n_relation_types: R.
        meta_width: Width of a type embedding.
        dropout: Share of units dropped.
    """

    def __init__(self, width: int, n_entity_types: int, n_relation_types: int, meta_width: int, dropout: float) -> None:
        super().__init__()
        self.type_embedding = nn.Embedding(max(1, n_entity_types), meta_width)
        self.entities = PairProjection(width, width)
        self.types = PairProjection(meta_width, width)
        self.dropout = Dropout(dropout)
        self.output = ScaledLinear(width, n_relation_types)

    def forward(
        self,
        projected_entities: tuple[Float[Tensor, "E H"], Float[Tensor, "E H"]],
        head: Int64[Tensor, " P"],
        tail: Int64[Tensor, " P"],
        types: Int64[Tensor, " E"],
    ) -> Float[Tensor, "P R"]:
        """Logits of the relations of entity pairs."""
        hidden = projected_entities[0].index_select(0, head) + projected_entities[1].index_select(0, tail)
        hidden = hidden + self.types(self.type_embedding.weight, types[head], types[tail])
        logits: Tensor = self.output(self.dropout(torch.relu(hidden)))
        return logits


RelationHead = MultiInstanceRelationHead | GlobalRelationHead
"""Either of the two."""


def start_rare(head: RelationHead) -> None:
    """Sets the biases of a new head's logits to :data:`INITIAL_LOG_ODDS`."""
    output = head.output if isinstance(head, GlobalRelationHead) else head.classifier.output
    nn.init.constant_(output.bias, INITIAL_LOG_ODDS / SCALE)
