"""Every mistake of a prediction, with what it claims and what gold says there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model.data.prediction import Prediction, Span

Cluster = tuple[frozenset[Span], str]
"""Spans and their type."""

Fact = tuple[Cluster, Cluster, str]
"""Head, tail, relation type."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """One mistake in one document.

    Attributes:
        task: ``mention``, ``cluster``, ``type`` or ``relation``.
        name: Its class; :data:`model.evaluation.error_classes.ERROR_CLASSES` says what it means.
        predicted: What was predicted: a :data:`Span`, :data:`Cluster` or :data:`Fact`; None where something is missing.
        gold: What gold says there, of the same kind; may be nothing or several.
    """

    task: str
    name: str
    predicted: Any = None
    gold: tuple[Any, ...] = ()


def find_mistakes(truth: Prediction, prediction: Prediction) -> Iterator[Mistake]:
    """Every mistake, in one class each; mentions first, then clusters, then relations.

    Args:
        truth: The gold annotation as a prediction.
        prediction: Of the same document.
    """
    yield from _mentions(truth, prediction)
    yield from _clusters(truth, prediction)
    yield from _relations(truth, prediction)


def facts_of(prediction: Prediction) -> dict[Fact, float]:
    """Its relations without duplicates, each with its highest score, in their order."""
    found: dict[Fact, float] = {}
    entities = prediction.entities
    for head, tail, kind, score in prediction.relations:
        fact = (entities[head], entities[tail], kind)
        found[fact] = max(score, found.get(fact, score))
    return found


def _mentions(truth: Prediction, prediction: Prediction) -> Iterator[Mistake]:
    missing = sorted(truth.mentions - prediction.mentions)
    touched: set[Span] = set()
    for span in sorted(prediction.mentions - truth.mentions):
        near = tuple(other for other in missing if _overlap(span, other))
        touched.update(near)
        yield Mistake(task="mention", name="boundary" if near else "spurious", predicted=span, gold=near)
    for span in missing:
        if span not in touched:
            yield Mistake(task="mention", name="missed", gold=(span,))


def _clusters(truth: Prediction, prediction: Prediction) -> Iterator[Mistake]:
    types = dict(truth.entities)
    entity_of = {span: spans for spans, _ in truth.entities for span in spans}
    clustered: set[Span] = set()
    for spans, kind in dict.fromkeys(prediction.entities):
        clustered |= spans
        if spans in types:
            if (spans, kind) not in truth.entities:
                yield Mistake(task="type", name="type", predicted=(spans, kind), gold=((spans, types[spans]),))
            continue
        owners = {entity_of[span] for span in spans if span in entity_of}
        gold = tuple((owner, types[owner]) for owner in sorted(owners, key=min))
        name = _cluster_class(spans, owners, prediction.mentions)
        yield Mistake(task="cluster", name=name, predicted=(spans, kind), gold=gold)
    for spans, kind in types.items():
        if not spans & clustered:
            yield Mistake(task="cluster", name="missed", gold=((spans, kind),))


def _cluster_class(spans: frozenset[Span], owners: set[frozenset[Span]], found: frozenset[Span]) -> str:
    if not owners:
        return "spurious"
    if not spans <= frozenset().union(*owners):
        return "mention"
    if len(owners) > 1:
        return "merged"
    (owner,) = owners
    return "split" if (owner - spans) <= found else "mention"


def _relations(truth: Prediction, prediction: Prediction) -> Iterator[Mistake]:
    gold_clusters = {spans for spans, _ in truth.entities}
    found_clusters = {spans for spans, _ in prediction.entities}
    gold = facts_of(truth)
    untyped: dict[tuple[frozenset[Span], frozenset[Span]], dict[str, Fact]] = {}
    for fact in gold:
        (head, _), (tail, _), kind = fact
        untyped.setdefault((head, tail), {}).setdefault(kind, fact)
    claimed = set()
    for fact in facts_of(prediction):
        (head, _), (tail, _), kind = fact
        claimed.add((head, tail, kind))
        if fact in gold:
            continue
        related = untyped.get((head, tail), {})
        if kind in related:
            yield Mistake(task="relation", name="type", predicted=fact, gold=(related[kind],))
        elif head not in gold_clusters or tail not in gold_clusters:
            yield Mistake(task="relation", name="cluster", predicted=fact)
        elif related:
            others = tuple(related[name] for name in sorted(related))
            yield Mistake(task="relation", name="relation", predicted=fact, gold=others)
        else:
            yield Mistake(task="relation", name="pair", predicted=fact)
    missing = [
        (head, tail, kind, fact)
        for (head, tail), related in untyped.items()
        for kind, fact in related.items()
        if (head, tail, kind) not in claimed
    ]
    for head, tail, _, fact in sorted(missing, key=lambda row: (min(row[0]), min(row[1]), row[2])):
        exact = head in found_clusters and tail in found_clusters
        yield Mistake(task="relation", name="missed" if exact else "missed_cluster", gold=(fact,))


def _overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
