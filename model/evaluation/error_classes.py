"""What kind of mistake a prediction makes: counts of error classes, with examples to look at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from model.data.document import Document
from model.errors import ModelError
from model.evaluation.prediction import Prediction, Span

ERROR_CLASSES: dict[str, dict[str, str]] = {
    "mention": {
        "boundary": "overlaps a gold mention that was not found, with other borders",
        "spurious": "overlaps no gold mention that was not found",
        "missed": "gold mention that nothing predicted overlaps",
    },
    "cluster": {
        "mention": "holds a span that is no gold mention, or lacks one that was not found as a mention",
        "merged": "all spans are gold mentions, of several entities",
        "split": "all spans are gold mentions of one entity, of which found mentions stand elsewhere",
        "spurious": "holds no gold mention at all",
        "missed": "gold entity none of whose mentions is in a predicted cluster",
    },
    "type": {"type": "the cluster is exact, its type is not"},
    "relation": {
        "cluster": "predicted between clusters of which one is not exact",
        "pair": "predicted between exact clusters without any relation in gold",
        "relation": "predicted between exact clusters that gold relates otherwise",
        "type": "clusters and relation are right, an entity type is not (rel_nec only)",
        "missed_cluster": "gold relation of which an entity was not found exactly",
        "missed": "gold relation between exact clusters that was not predicted",
    },
}
"""Task to error class to what it means; every mistake falls into one class."""

EXAMPLES = 3
"""Examples kept of each class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorExample:
    """One mistake.

    Attributes:
        title: Of the document.
        text: What was predicted or missed, in words.
        gold: What gold says instead; empty for nothing.
    """

    title: str
    text: str
    gold: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorReport:
    """Mistakes of a set of predictions.

    Attributes:
        counts: (task, class) to count; every class of :data:`ERROR_CLASSES` is there.
        examples: (task, class) to the first few mistakes.
    """

    counts: dict[tuple[str, str], int]
    examples: dict[tuple[str, str], list[ErrorExample]]

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values for JSON: task, then class, then count, meaning and examples."""
        return {
            task: {
                name: {
                    "count": self.counts[task, name],
                    "meaning": meaning,
                    "examples": [
                        {"title": e.title, "text": e.text, "gold": e.gold} for e in self.examples.get((task, name), [])
                    ],
                }
                for name, meaning in classes.items()
            }
            for task, classes in ERROR_CLASSES.items()
        }


def classify_errors(
    gold: Sequence[Document], predicted: Sequence[Prediction], n_examples: int = EXAMPLES
) -> ErrorReport:
    """Sorts every mistake into one class.

    Args:
        gold: Documents with their annotation.
        predicted: One prediction a document, in the same order.
        n_examples: How many examples to keep of each class.
    """
    if len(predicted) != len(gold):
        raise ModelError(f"each of {len(gold)} documents needs one prediction; given: {len(predicted)}")
    book = _Book(n_examples=n_examples)
    for document, prediction in zip(gold, predicted, strict=True):
        truth = Prediction.from_document(document)
        book.document = document
        _mentions(book, truth, prediction)
        _clusters(book, truth, prediction)
        _relations(book, truth, prediction)
    counts = {(task, name): book.counts[task, name] for task, classes in ERROR_CLASSES.items() for name in classes}
    return ErrorReport(counts=counts, examples=book.examples)


@dataclass(slots=True)
class _Book:
    """Counts while going through the documents."""

    n_examples: int
    document: Document = field(default_factory=lambda: Document(title="", sentences=()))
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[ErrorExample]] = field(default_factory=dict)

    def add(self, task: str, name: str, text: str, gold: str = "") -> None:
        self.counts[task, name] += 1
        kept = self.examples.setdefault((task, name), [])
        if len(kept) < self.n_examples:
            kept.append(ErrorExample(title=self.document.title, text=text, gold=gold))

    def say(self, span: Span) -> str:
        return " ".join(self.document.words[span[0] : span[1]])

    def say_all(self, spans: frozenset[Span]) -> str:
        return " | ".join(self.say(span) for span in sorted(spans))

    def say_fact(self, head: frozenset[Span], tail: frozenset[Span], kind: str) -> str:
        return f"{self.say(min(head))} –{kind}→ {self.say(min(tail))}"


def _mentions(book: _Book, truth: Prediction, prediction: Prediction) -> None:
    missing = sorted(truth.mentions - prediction.mentions)
    wrong = sorted(prediction.mentions - truth.mentions)
    touched = set()
    for span in wrong:
        near = [other for other in missing if _overlap(span, other)]
        touched.update(near)
        if near:
            book.add("mention", "boundary", book.say(span), book.say(near[0]))
        else:
            book.add("mention", "spurious", book.say(span))
    for span in missing:
        if span not in touched:
            book.add("mention", "missed", "", book.say(span))


def _clusters(book: _Book, truth: Prediction, prediction: Prediction) -> None:
    types = dict(truth.entities)
    entity_of = {span: spans for spans, _ in truth.entities for span in spans}
    clustered: set[Span] = set()
    for spans, kind in dict.fromkeys(prediction.entities):
        clustered |= spans
        if spans in types:
            if (spans, kind) not in truth.entities:
                book.add("type", "type", f"{book.say_all(spans)}: {kind}", types[spans])
            continue
        owners = {entity_of[span] for span in spans if span in entity_of}
        gold = "; ".join(book.say_all(owner) for owner in sorted(owners, key=min))
        book.add("cluster", _cluster_class(spans, owners, prediction.mentions), book.say_all(spans), gold)
    for spans in types:
        if not spans & clustered:
            book.add("cluster", "missed", "", book.say_all(spans))


def _cluster_class(spans: frozenset[Span], owners: set[frozenset[Span]], found: frozenset[Span]) -> str:
    if not owners:
        return "spurious"
    if not spans <= frozenset().union(*owners):
        return "mention"
    if len(owners) > 1:
        return "merged"
    (owner,) = owners
    return "split" if (owner - spans) <= found else "mention"


def _relations(book: _Book, truth: Prediction, prediction: Prediction) -> None:
    gold_clusters = {spans for spans, _ in truth.entities}
    found_clusters = {spans for spans, _ in prediction.entities}
    gold_typed = {(truth.entities[h], truth.entities[t], kind) for h, t, kind, _ in truth.relations}
    gold_facts = {(h[0], t[0], kind) for h, t, kind in gold_typed}
    related: dict[tuple[frozenset[Span], frozenset[Span]], list[str]] = {}
    for head, tail, kind in gold_facts:
        related.setdefault((head, tail), []).append(kind)
    claimed = {(prediction.entities[h], prediction.entities[t], kind) for h, t, kind, _ in prediction.relations}
    for (head, head_type), (tail, tail_type), kind in sorted(claimed, key=_fact_order):
        text = book.say_fact(head, tail, kind)
        if ((head, head_type), (tail, tail_type), kind) in gold_typed:
            continue
        if (head, tail, kind) in gold_facts:
            book.add("relation", "type", f"{text} ({head_type}, {tail_type})")
        elif head not in gold_clusters or tail not in gold_clusters:
            book.add("relation", "cluster", text)
        elif (head, tail) in related:
            book.add("relation", "relation", text, ", ".join(sorted(related[head, tail])))
        else:
            book.add("relation", "pair", text)
    claimed_facts = {(head[0], tail[0], kind) for head, tail, kind in claimed}
    for head, tail, kind in sorted(gold_facts - claimed_facts, key=lambda fact: (min(fact[0]), min(fact[1]), fact[2])):
        exact = head in found_clusters and tail in found_clusters
        book.add("relation", "missed" if exact else "missed_cluster", "", book.say_fact(head, tail, kind))


def _fact_order(fact: tuple[tuple[frozenset[Span], str], tuple[frozenset[Span], str], str]) -> tuple[Any, ...]:
    (head, head_type), (tail, tail_type), kind = fact
    return sorted(head), sorted(tail), kind, head_type, tail_type


def _overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
