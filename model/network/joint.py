"""The network: one encoder, a pooling, and the heads of the model type.

Legend: T pieces, W words, N mention samples, M gold mentions, C coreference pairs, E entities, P entity pairs, Q
    mention
pairs, H width of a word's state, K entity types, R relation types.
"""

from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from model.config import ModelConfig
from model.data.batch import SampleBatch, TextBatch
from model.data.schema import LabelSchema
from model.encoder.attention import use_cheap_attention
from model.encoder.encoder import Encoder, is_longformer
from model.encoder.fast_dropout import Dropout, cheapen_dropout
from model.encoder.vocabulary import install_trained_rows, trained_rows
from model.network.coref_head import CorefHead
from model.network.count_head import MentionCount, RelationCount
from model.network.entity_head import EntityHead
from model.network.layers import initialize
from model.network.mention_head import MentionHead
from model.network.pooling import range_max
from model.network.relation_head import GlobalRelationHead, MultiInstanceRelationHead, start_rare

_HALF = {"bf16": torch.bfloat16, "fp16": torch.float16}

POS_CLASSES = 18
"""The 17 universal tags, and one for anything else."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TaskLogits:
    """What the heads say about the samples of a batch; None for a head the model type lacks.

    Attributes:
        mention: ``[N]``.
        coref: ``[C]``.
        entity: ``[E, K]``.
        relation: ``[P, R]``.
        mention_count: ``[B]`` mentions of each document; with ``nha`` only.
        relation_count: ``[P]``; with ``nha`` only.
    """

    mention: Float[Tensor, " N"] | None = None
    coref: Float[Tensor, " C"] | None = None
    entity: Float[Tensor, "E K"] | None = None
    relation: Float[Tensor, "P R"] | None = None
    mention_count: Float[Tensor, " B"] | None = None
    relation_count: Float[Tensor, " P"] | None = None


class JointModel(nn.Module):
    """JEREX-L's network, or the part of it that its type has.

    Args:
        encoder: A pretrained transformers model; becomes part of this network.
        config: The model configuration.
        schema: The label types.
    """

    def __init__(self, encoder: nn.Module, config: ModelConfig, schema: LabelSchema) -> None:
        super().__init__()
        self.config = config
        self.schema = schema
        cheapen_dropout(encoder)
        use_cheap_attention(encoder)
        install_trained_rows(encoder)
        self.encoder = Encoder(encoder)
        # Longformer uses the tags in its attention (paper §2.1); BERT-like encoders get them appended.
        appended = config.pos and not is_longformer(self.encoder.config)
        self.pos_embedding = nn.Embedding(POS_CLASSES, config.pos_width) if appended else None
        width = self.encoder.width + (config.pos_width if appended else 0)
        n_types, n_relations = len(schema.entity_types), len(schema.relation_types)
        tasks, dropout = config.tasks, config.dropout
        self.mention = MentionHead(width, config.meta_width, dropout) if "mention" in tasks else None
        self.coref = CorefHead(width, dropout) if "coref" in tasks else None
        self.entity = EntityHead(width, n_types, dropout) if "entity" in tasks else None
        relation = GlobalRelationHead if config.type == "JointGRC" else MultiInstanceRelationHead
        self.relation = (
            relation(width, n_types, n_relations, config.meta_width, dropout) if "relation" in tasks else None
        )
        self.entity_dropout = Dropout(dropout)
        self.counts = nn.ModuleDict()
        if config.nha and self.mention is not None:
            self.counts["mention"] = MentionCount(width)
        if config.nha and self.relation is not None:
            self.counts["relation"] = RelationCount(n_relations)
        self.initialize_heads()

    def heads(self) -> dict[str, nn.Module]:
        """The heads the model has, by task."""
        found = {"mention": self.mention, "coref": self.coref, "entity": self.entity, "relation": self.relation}
        return {task: head for task, head in found.items() if head is not None}

    def initialize_heads(self) -> None:
        """Draws new weights for everything but the encoder, from torch's generator."""
        for module in (*self.heads().values(), self.pos_embedding):
            if module is not None:
                module.apply(initialize)
        if self.relation is not None:
            start_rare(self.relation)
        for module in self.counts.values():  # last, so that they change no other draw
            cast(MentionCount | RelationCount, module).start()

    def set_dropout(self, share: float, encoder_share: float | None = None) -> None:
        """Sets the dropout of the heads, and of the encoder (None: what it was pretrained with)."""
        for name, module in self.named_modules():
            if isinstance(module, nn.Dropout) and not name.startswith("encoder."):
                module.p = share
        self.encoder.set_dropout(encoder_share)

    def learn_pieces(self, pieces: Int[Tensor, " T"]) -> None:
        """Names the pieces that the training documents hold; call before the optimizer is made."""
        embedding = trained_rows(self.encoder.network)
        if embedding is not None:
            embedding.select(pieces)

    def word_states(self, text: TextBatch) -> Float[Tensor, "W H"]:
        """One state a word: the maximum over its pieces, then its part of speech where the model has it.

        The encoder computes in the configured precision; states are 32 bits, and so is all that follows: the heads
        are a small part of the work, and scores must be finer than the thresholds they are held against.
        """
        device = text.pieces.device.type
        with torch.autocast(device, _HALF.get(self.config.precision), enabled=self.config.precision != "32"):
            pieces = self.encoder(text)
        words = range_max(pieces.float(), text.piece_starts, text.piece_ends, text.most_pieces)
        if self.pos_embedding is not None and text.pos is not None:
            words = torch.cat((words, self.pos_embedding(text.pos)), dim=1)
        return words

    def forward(self, batch: SampleBatch) -> TaskLogits:
        """Logits of all samples of a batch, for training: gold mentions and clusters are given to the later heads."""
        with torch.autocast(batch.span_starts.device.type, enabled=False):
            return self._logits(batch, self.word_states(batch.text))

    def _logits(self, batch: SampleBatch, words: Float[Tensor, "W H"]) -> TaskLogits:
        needs_contexts = isinstance(self.relation, MultiInstanceRelationHead)
        n_spans = len(batch.span_starts) if self.mention is not None else batch.n_gold
        starts, ends = batch.span_starts[:n_spans], batch.span_ends[:n_spans]
        if needs_contexts:  # one table and one scatter for both kinds of ranges
            starts, ends = torch.cat((starts, batch.context_starts)), torch.cat((ends, batch.context_ends))
        ranges = range_max(words, starts, ends, batch.longest_range)
        spans, contexts = ranges[:n_spans], ranges[n_spans:]
        mentions = spans[: batch.n_gold]
        entities: Tensor | None = None
        if self.entity is not None or self.relation is not None:
            entities = self.entity_dropout(
                range_max(mentions, batch.entity_starts, batch.entity_ends, batch.most_mentions)
            )
        relation = self._relation_logits(batch, mentions, entities, contexts) if entities is not None else None
        return TaskLogits(
            mention=self.mention(spans, batch.span_ends - batch.span_starts) if self.mention is not None else None,
            coref=self.coref(mentions, batch.coref_pairs[:, 0], batch.coref_pairs[:, 1], batch.edit_distances)
            if self.coref is not None
            else None,
            entity=self.entity(entities) if self.entity is not None else None,
            relation=relation,
            mention_count=self.count_mentions(words, batch.text.word_offsets) if "mention" in self.counts else None,
            relation_count=self.count_relations(torch.sigmoid(relation))
            if relation is not None and "relation" in self.counts
            else None,
        )

    def count_mentions(self, words: Float[Tensor, "W H"], word_offsets: tuple[int, ...]) -> Float[Tensor, " B"]:
        """Predicted number of mentions of each document, whose words begin at ``word_offsets``; needs ``nha``."""
        n_words = torch.tensor(word_offsets, device=words.device).diff()
        document = torch.repeat_interleave(torch.arange(len(n_words), device=words.device), n_words)
        counted: Tensor = self.counts["mention"](words, document, len(n_words))
        return counted

    def count_relations(self, scores: Float[Tensor, "P R"]) -> Float[Tensor, " P"]:
        """Predicted number of relations of each entity pair; needs ``nha``."""
        counted: Tensor = self.counts["relation"](scores)
        return counted

    def _relation_logits(
        self, batch: SampleBatch, mentions: Tensor, entities: Tensor, contexts: Tensor
    ) -> Tensor | None:
        types = batch.entity_types.clamp(min=0)
        logits: Tensor | None = None
        if isinstance(self.relation, GlobalRelationHead):
            head, tail = batch.relation_pairs[:, 0], batch.relation_pairs[:, 1]
            logits = self.relation(self.relation.entities.project(entities), head, tail, types)
        if isinstance(self.relation, MultiInstanceRelationHead):
            distances = torch.stack((batch.word_distances, batch.sentence_distances), dim=1)
            logits = self.relation(
                self.relation.evidence(contexts, distances),
                mentions,
                entities,
                (batch.pair_heads, batch.pair_tails),
                batch.relation_pairs,
                batch.pair_rows,
                batch.pair_counts,
                types,
            )
        return logits
