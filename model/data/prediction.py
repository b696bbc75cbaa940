"""What a model says about one document, in words of the document."""

from dataclasses import dataclass

from model.data.document import Document

Span = tuple[int, int]
"""First word and one past the last word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """Mentions, clusters with types, and relations between clusters.

    Attributes:
        mentions: Spans found.
        entities: Clusters of spans with their type.
        relations: (head, tail, type, score): indexes into ``entities``, score 0..1.
    """

    mentions: frozenset[Span] = frozenset()
    entities: tuple[tuple[frozenset[Span], str], ...] = ()
    relations: tuple[tuple[int, int, str, float], ...] = ()

    @classmethod
    def from_document(cls, document: Document) -> "Prediction":
        """The prediction that says exactly what the gold annotation says."""
        entities = tuple((frozenset((m.start, m.end) for m in e.mentions), e.type) for e in document.entities)
        return cls(
            mentions=frozenset(span for spans, _ in entities for span in spans),
            entities=entities,
            relations=tuple((r.head, r.tail, r.type, 1.0) for r in document.scored_relations),
        )
