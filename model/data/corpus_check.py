"""What a corpus holds and what is wrong with it, before anything is trained on it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from model.boundary.json_text import REPLACEMENT
from model.data.document import Document
from model.data.leakage import Leak, find_duplicates, find_leaks

LONG_MENTION = 10
"""Words; a longer mention is no candidate at inference and can never be found."""

RARE = 5
"""A relation class in fewer documents can hardly be learned or measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lengths:
    """Spread of a count over documents, sentences or entities."""

    least: int
    mean: float
    most: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusFacts:
    """Counts of one set of documents.

    Attributes:
        name: File, or side of a split.
        n_documents: Documents.
        n_entities: Entities.
        n_mentions: Mentions.
        n_relations: Relations.
        words: Of a document.
        sentences: Of a document.
        entity_types: Entities of each type, most frequent first.
        relation_types: Relations of each class, most frequent first.
        relation_documents: Documents that hold each class.
        cross_sentence: Share of relations whose entities share no sentence, 0..1.
        unlabelled: Documents without any relation.
        without_entities: Documents without any entity.
        empty_words: Words that are empty or blank.
        odd_words: Words with U+FFFD, which stands for half of a character or bytes that were no text.
        first_odd: The first of them with its document, in words; empty where there is none.
        long_mentions: Mentions of more than :data:`LONG_MENTION` words.
        repeated_mentions: Mentions whose span occurred before in the document.
        repeated_relations: Relations stated before in the document.
        mixed_overlaps: Pairs of mentions that overlap without one holding the other.
        self_relations: Relations of an entity with itself.
        mixed_types: Entities whose mentions have several types.
        evidence_outside: Relations with evidence in a sentence that the document has not.
    """

    name: str
    n_documents: int
    n_entities: int
    n_mentions: int
    n_relations: int
    words: Lengths
    sentences: Lengths
    entity_types: dict[str, int]
    relation_types: dict[str, int]
    relation_documents: dict[str, int]
    cross_sentence: float
    unlabelled: int
    without_entities: int
    empty_words: int
    odd_words: int
    first_odd: str
    long_mentions: int
    repeated_mentions: int
    repeated_relations: int
    mixed_overlaps: int
    self_relations: int
    mixed_types: int
    evidence_outside: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFinding:
    """Something to know before training: ``severity`` is ``info`` or ``warning``."""

    severity: str
    kind: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReport:
    """All a check found.

    Attributes:
        sides: Facts of each set of documents, in the order given.
        duplicates: Near-duplicates inside a set, by its name.
        leaks: Documents found again in another set, by both names.
        findings: What stands out.
    """

    sides: list[CorpusFacts]
    duplicates: dict[str, list[Leak]]
    leaks: dict[tuple[str, str], list[Leak]]
    findings: list[DataFinding]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "sets": [asdict(facts) for facts in self.sides],
            "duplicates": {name: [asdict(leak) for leak in leaks] for name, leaks in self.duplicates.items()},
            "leaks": [{"sets": list(names), **asdict(leak)} for names, leaks in self.leaks.items() for leak in leaks],
            "findings": [asdict(finding) for finding in self.findings],
        }


def check_corpus(sides: Sequence[tuple[str, Sequence[Document]]]) -> CheckReport:
    """Checks sets of documents that should have nothing in common.

    Args:
        sides: Name and documents of each set; the first is the one to train on.
    """
    facts = [corpus_facts(name, documents) for name, documents in sides]
    duplicates = {name: find_duplicates(documents) for name, documents in sides}
    leaks = {
        (name, other): find_leaks(documents, others)
        for i, (name, documents) in enumerate(sides)
        for other, others in sides[i + 1 :]
    }
    findings = [finding for side in facts for finding in _side_findings(side)]
    findings += [
        DataFinding(severity="warning", kind="duplicates", text=f"{name}: near-duplicate documents: {len(found)} pairs")
        for name, found in duplicates.items()
        if found
    ]
    findings += [
        DataFinding(severity="warning", kind="leakage", text=f"leakage: documents of {b} also in {a}: {len(found)}")
        for (a, b), found in leaks.items()
        if found
    ]
    findings += [finding for other in facts[1:] for finding in _unseen(facts[0], other)]
    return CheckReport(sides=facts, duplicates=duplicates, leaks=leaks, findings=findings)


def corpus_facts(name: str, documents: Sequence[Document]) -> CorpusFacts:
    """Counts one set of documents."""
    mentions = [m for d in documents for e in d.entities for m in e.mentions]
    relations = [r for d in documents for r in d.relations]
    apart = [_apart(d, r.head, r.tail) for d in documents for r in d.relations]
    return CorpusFacts(
        name=name,
        n_documents=len(documents),
        n_entities=sum(len(d.entities) for d in documents),
        n_mentions=len(mentions),
        n_relations=len(relations),
        words=_lengths([d.n_words for d in documents]),
        sentences=_lengths([len(d.sentences) for d in documents]),
        entity_types=dict(Counter(e.type for d in documents for e in d.entities).most_common()),
        relation_types=dict(Counter(r.type for r in relations).most_common()),
        relation_documents=dict(Counter(t for d in documents for t in {r.type for r in d.relations}).most_common()),
        cross_sentence=sum(apart) / len(apart) if apart else 0.0,
        unlabelled=sum(not d.relations for d in documents),
        without_entities=sum(not d.entities for d in documents),
        empty_words=sum(not word.strip() for d in documents for word in d.words),
        odd_words=sum(REPLACEMENT in word for d in documents for word in d.words),
        first_odd=_first_odd(documents),
        long_mentions=sum(m.end - m.start > LONG_MENTION for m in mentions),
        repeated_mentions=sum(_repeats([(m.start, m.end) for e in d.entities for m in e.mentions]) for d in documents),
        repeated_relations=sum(_repeats([(r.head, r.tail, r.type) for r in d.relations]) for d in documents),
        mixed_overlaps=sum(map(_mixed_overlaps, documents)),
        self_relations=sum(r.head == r.tail for r in relations),
        mixed_types=sum(bool(e.other_types) for d in documents for e in d.entities),
        evidence_outside=sum(
            any(not 0 <= sentence < len(d.sentences) for sentence in r.evidence) for d in documents for r in d.relations
        ),
    )


def _side_findings(facts: CorpusFacts) -> list[DataFinding]:
    n, found = facts.n_documents, []
    for severity, kind, count, text in (
        ("warning", "unlabelled", facts.unlabelled, "documents without relations: {count} of {n}"),
        ("warning", "no_entities", facts.without_entities, "documents without entities: {count} of {n}"),
        ("info", "empty_words", facts.empty_words, "empty or blank words: {count}, read as the unknown token"),
        (
            "info",
            "long_mentions",
            facts.long_mentions,
            "mentions longer than {long} words: {count}, which cannot be predicted",
        ),
        ("info", "repeated_mentions", facts.repeated_mentions, "mentions with a repeated span: {count}, scored once"),
        ("info", "repeated_relations", facts.repeated_relations, "repeated relations: {count}, scored once"),
        (
            "warning",
            "self_relations",
            facts.self_relations,
            "relations of an entity to itself: {count}, left out of training and scores",
        ),
        (
            "info",
            "mixed_types",
            facts.mixed_types,
            "entities with mentions of several types: {count}; the first mention's type is used",
        ),
        (
            "info",
            "evidence",
            facts.evidence_outside,
            "relations with evidence outside their document: {count}; evidence is not used",
        ),
        ("info", "overlaps", facts.mixed_overlaps, "pairs of partly overlapping mentions: {count}"),
        (
            "info",
            "rare_classes",
            sum(count < RARE for count in facts.relation_documents.values()),
            "relation classes in fewer than {rare} documents: {count}",
        ),
    ):
        if count:
            told = text.format(count=count, n=n, long=LONG_MENTION, rare=RARE)
            found.append(DataFinding(severity=severity, kind=kind, text=f"{facts.name}: {told}"))
    if facts.odd_words:
        told = f"{facts.name}: words with invalid characters, read as �: {facts.odd_words}; first: {facts.first_odd}"
        found.append(DataFinding(severity="warning", kind="odd_words", text=told))
    if not n:
        found.append(DataFinding(severity="warning", kind="empty", text=f"{facts.name}: no documents"))
    return found


def _unseen(train: CorpusFacts, other: CorpusFacts) -> list[DataFinding]:
    unseen = sorted(set(other.relation_types) - set(train.relation_types))
    if not unseen:
        return []
    text = f"{other.name}: relation classes that never occur in {train.name} ({len(unseen)}): {', '.join(unseen)}"
    return [DataFinding(severity="warning", kind="unseen_classes", text=text)]


def _first_odd(documents: Sequence[Document]) -> str:
    for number, document in enumerate(documents):
        for place, word in enumerate(document.words):
            if REPLACEMENT in word:
                return f"document {number} ({document.title!r}), word {place}"
    return ""


def _lengths(values: Sequence[int]) -> Lengths:
    if not values:
        return Lengths(least=0, mean=0.0, most=0)
    return Lengths(least=min(values), mean=sum(values) / len(values), most=max(values))


def _apart(document: Document, head: int, tail: int) -> bool:
    """Whether two entities share no sentence."""
    sentences = {m.sentence for m in document.entities[head].mentions}
    return not any(m.sentence in sentences for m in document.entities[tail].mentions)


def _repeats(keys: Sequence[tuple[Any, ...]]) -> int:
    return len(keys) - len(set(keys))


def _mixed_overlaps(document: Document) -> int:
    spans = sorted({(m.start, m.end) for e in document.entities for m in e.mentions})
    if not spans:
        return 0
    start, end = np.array(spans).T
    # Sorted by start: the later one begins strictly inside the earlier and ends strictly outside.
    return int(
        np.triu((start[None] > start[:, None]) & (start[None] < end[:, None]) & (end[None] > end[:, None])).sum()
    )
