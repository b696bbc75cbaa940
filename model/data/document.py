"""The records a corpus is made of; all offsets count words of the document, from 0."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A span of words that names an entity.

    Attributes:
        start: First word.
        end: One past the last word.
        sentence: Index of the sentence that holds the span.
    """

    start: int
    end: int
    sentence: int


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A cluster of coreferring mentions with one type (that of its first mention, as in JEREX).

    Attributes:
        mentions: At least one.
        type: That of the first mention.
        other_types: Types that further mentions have in the corpus, each once; they count for nothing.
    """

    mentions: tuple[Mention, ...]
    type: str
    other_types: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A directed relation between two entities, given by their index in the document.

    Attributes:
        head: Index of the entity it starts from.
        tail: Index of the entity it leads to.
        type: Name of the relation.
        evidence: Sentences that together state it, where the corpus says so.
    """

    head: int
    tail: int
    type: str
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document with its gold annotation; entities and relations are empty where none is known."""

    title: str
    sentences: tuple[tuple[str, ...], ...]
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All words in reading order."""
        return tuple(chain.from_iterable(self.sentences))

    @cached_property
    def scored_relations(self) -> tuple[Relation, ...]:
        """Relations between two entities: one of an entity with itself is never predicted, so it is not gold either."""
        return tuple(relation for relation in self.relations if relation.head != relation.tail)

    @property
    def n_words(self) -> int:
        """Length of the document in words."""
        return len(self.words)

    @cached_property
    def sentence_starts(self) -> tuple[int, ...]:
        """Word offset at which each sentence begins, plus the document's length at the end."""
        return tuple(accumulate((len(sentence) for sentence in self.sentences), initial=0))
