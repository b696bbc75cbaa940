"""A handful of documents to learn from, gold beside prediction, and errors by class: the content of ``examples.json``.

The schema is documented in docs/examples.md; whoever reads it needs nothing of the model.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from model.data.document import Document
from model.data.prediction import Prediction
from model.data.schema import LabelSchema
from model.errors import ModelError
from model.evaluation.error_classes import ERROR_CLASSES, ERRORS_OF
from model.evaluation.mistakes import Cluster, Fact, Mistake, facts_of, find_mistakes

SCHEMA = 1
"""Version of the file's schema."""

EACH = 3
"""Documents of each kind: worst, typical, best."""

MOST_BYTES = 256 * 1024
"""Largest file; documents of the largest kind are left out until it fits."""

MOST_WRONG_RELATIONS = 60
"""Wrong relations kept of a document, those of highest score: an early model may predict thousands."""

MOST_RELATIONS = 300_000
"""Predicted relations over all documents above which nothing is sorted into classes: it would take minutes."""

_ITEM = {"mention": "mention", "cluster": "entity", "type": "entity", "relation": "relation"}
"""Task of an error class to the item it is about."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A document with its mistakes.

    Attributes:
        share: Of the items of gold and prediction (typed clusters and relations), how many are wrong, 0..1.
    """

    document: Document
    truth: Prediction
    prediction: Prediction
    mistakes: tuple[Mistake, ...]
    share: float
    n_wrong: int


def example_set(
    gold: Sequence[Document],
    predicted: Sequence[Prediction],
    schema: LabelSchema,
    *,
    tasks: Sequence[str] = ("mention", "coref", "entity", "relation"),
    epoch: int = 0,
    most_bytes: int = MOST_BYTES,
) -> dict[str, Any]:
    """The content of ``examples.json``.

    Args:
        gold: Documents with their annotation.
        predicted: One prediction a document, in the same order.
        schema: Orders the classes.
        tasks: What the model learns; mistakes in what it was given are nobody's.
        epoch: Whose weights made the predictions.
        most_bytes: Largest file.

    Raises:
        ModelError: If the counts differ.
    """
    if len(predicted) != len(gold):
        raise ModelError(f"each of {len(gold)} documents needs one prediction; given: {len(predicted)}")
    content: dict[str, Any] = {"schema": SCHEMA, "epoch": epoch, "n_documents": len(gold), "note": ""}
    content |= {"errors": [], "classes": [], "documents": []}
    n_relations = sum(len(prediction.relations) for prediction in predicted)
    if n_relations > MOST_RELATIONS:
        content["note"] = (
            f"{n_relations} relations were predicted, too many to look at: "
            "raise threshold_relation, or train longer or at a lower rate"
        )
        return content
    learned = {ERRORS_OF[task] for task in tasks}
    judged = [_judge(document, prediction, learned) for document, prediction in zip(gold, predicted, strict=True)]
    content["errors"] = _errors(judged, learned)
    content["classes"] = class_table(judged_pairs(judged), schema, tasks)
    chosen = _choose(judged)
    content["documents"] = [_document(one, why) for one, why in chosen]
    left_out = 0
    while content["documents"] and len(json.dumps(content, ensure_ascii=False).encode()) > most_bytes:
        largest = max(content["documents"], key=lambda one: len(json.dumps(one)))
        content["documents"].remove(largest)
        left_out += 1
    if left_out:
        content["note"] = f"{left_out} of {len(chosen)} documents were left out to stay below {most_bytes // 1024} KiB"
    return content


def class_table(
    pairs: Iterable[tuple[Prediction, Prediction, Sequence[Mistake]]], schema: LabelSchema, tasks: Sequence[str]
) -> list[dict[str, Any]]:
    """Right, missed, spurious and of a wrong type, for each relation and each entity type that occurs.

    A prediction of the wrong type counts there under the type it was given: relations between exact clusters that gold
    relates otherwise or whose entity types are wrong, exact clusters of another type. Every other wrong prediction is
    spurious. ``gold = right + missed``.

    Args:
        pairs: Gold as a prediction, prediction, mistakes.
        schema: Orders the classes.
        tasks: What the model learns.
    """
    counts: dict[tuple[str, str], Counter[str]] = {}

    def count(task: str, name: str, column: str) -> None:
        counts.setdefault((task, name), Counter())[column] += 1

    for truth, prediction, mistakes in pairs:
        for item, gold, found in (
            ("relation", set(facts_of(truth)), set(facts_of(prediction))),
            ("entity", set(truth.entities), set(prediction.entities)),
        ):
            for fact in gold:
                count(item, fact[-1], "gold")
                count(item, fact[-1], "right" if fact in found else "missed")
        for mistake in mistakes:
            item = _ITEM[mistake.task]
            if item == "mention" or mistake.predicted is None:
                continue
            wrong_type = mistake.name == "type" or (item, mistake.name) == ("relation", "relation")
            count(item, mistake.predicted[-1], "wrong_type" if wrong_type else "spurious")
    order = {name: i for i, name in enumerate((*schema.relation_types, *schema.entity_types))}
    rows = [
        {"task": item, "name": name, **{column: found[column] for column in COLUMNS}}
        for (item, name), found in counts.items()
        if item in tasks or (item == "entity" and "coref" in tasks)
    ]
    return sorted(rows, key=lambda row: (row["task"] != "relation", -row["gold"], order.get(row["name"], len(order))))


COLUMNS = ("gold", "right", "missed", "spurious", "wrong_type")
"""Counts of a row of the class table."""


def judged_pairs(judged: Iterable[_Judged]) -> Iterable[tuple[Prediction, Prediction, Sequence[Mistake]]]:
    """What :func:`class_table` counts."""
    return ((judgement.truth, judgement.prediction, judgement.mistakes) for judgement in judged)


def _judge(document: Document, prediction: Prediction, learned: set[str]) -> _Judged:
    truth = Prediction.from_document(document)
    mistakes = tuple(mistake for mistake in find_mistakes(truth, prediction) if mistake.task in learned)
    gold = [*set(truth.entities), *facts_of(truth)]
    found = [*set(prediction.entities), *facts_of(prediction)]
    n_right = len(set(gold) & set(found))
    n_items = len(gold) + len(found)
    n_wrong = n_items - 2 * n_right
    return _Judged(document, truth, prediction, mistakes, n_wrong / n_items if n_items else 0.0, n_wrong)


def _errors(judged: Sequence[_Judged], learned: set[str]) -> list[dict[str, Any]]:
    counts = Counter((mistake.task, mistake.name) for judgement in judged for mistake in judgement.mistakes)
    return [
        {"task": _ITEM[task], "error": name, "count": counts[task, name], "meaning": meaning}
        for task, classes in ERROR_CLASSES.items()
        if task in learned
        for name, meaning in classes.items()
    ]


def _choose(judged: Sequence[_Judged]) -> list[tuple[_Judged, str]]:
    """Worst, typical and best by the share of entities and relations that are wrong; then by how many are."""
    order = sorted(judged, key=lambda judgement: (-judgement.share, -judgement.n_wrong))
    if len(order) <= 3 * EACH:
        third = max(1, round(len(order) / 3))
        middle = range(third, len(order) - third)
    else:
        third, middle = EACH, range((len(order) - EACH) // 2, (len(order) - EACH) // 2 + EACH)
    words = {**dict.fromkeys(range(third), "worst"), **dict.fromkeys(middle, "typical")}
    words |= dict.fromkeys(range(max(len(order) - third, third), len(order)), "best")
    return [(one, words[i]) for i, one in enumerate(order) if i in words]


def _document(judgement: _Judged, why: str) -> dict[str, Any]:
    prediction, n_left_out = _cut(judgement)
    gold, predicted = _Annotation(judgement.truth), _Annotation(prediction)
    mistakes = []
    for mistake in judgement.mistakes:
        item = _ITEM[mistake.task]
        if mistake.predicted is not None and not predicted.has(item, mistake.predicted):
            continue
        mistakes.append(
            {
                "task": item,
                "error": mistake.name,
                "gold": [gold.index(item, found) for found in mistake.gold],
                "predicted": None if mistake.predicted is None else predicted.index(item, mistake.predicted),
            }
        )
    return {
        "title": judgement.document.title,
        "why": why,
        "sentences": [list(sentence) for sentence in judgement.document.sentences],
        "gold": gold.to_dict(scores=False),
        "predicted": predicted.to_dict(scores=True),
        "mistakes": mistakes,
        "n_left_out": n_left_out,
    }


def _cut(judgement: _Judged) -> tuple[Prediction, int]:
    """The prediction without the wrong relations of lowest score beyond the most, and how many those are."""
    gold = facts_of(judgement.truth)
    facts = facts_of(judgement.prediction)
    wrong = sorted((fact for fact in facts if fact not in gold), key=lambda fact: -facts[fact])
    dropped = set(wrong[MOST_WRONG_RELATIONS:])
    if not dropped:
        return judgement.prediction, 0
    entities = judgement.prediction.entities
    kept = tuple(
        (head, tail, kind, score)
        for head, tail, kind, score in judgement.prediction.relations
        if (entities[head], entities[tail], kind) not in dropped
    )
    return Prediction(mentions=judgement.prediction.mentions, entities=entities, relations=kept), len(dropped)


class _Annotation:
    """One side of a document, its items numbered in the order of the text, duplicates collapsed."""

    def __init__(self, side: Prediction) -> None:
        spans = sorted(side.mentions.union(*(spans for spans, _ in side.entities)))
        self.mentions = {span: i for i, span in enumerate(spans)}
        entities = sorted(set(side.entities), key=lambda entity: (sorted(entity[0]), entity[1]))
        self.entities: dict[Cluster, int] = {entity: i for i, entity in enumerate(entities)}
        self.scores = facts_of(side)
        facts = sorted(self.scores, key=lambda fact: (self.entities[fact[0]], self.entities[fact[1]], fact[2]))
        self.facts: dict[Fact, int] = {fact: i for i, fact in enumerate(facts)}

    def has(self, item: str, key: Any) -> bool:
        """Whether an item is there."""
        return key in self._items(item)

    def index(self, item: str, key: Any) -> int:
        """Its number."""
        return self._items(item)[key]

    def to_dict(self, *, scores: bool) -> dict[str, Any]:
        """Mentions by their words, entities by their mentions, relations by their entities."""
        relations = []
        for head, tail, kind in self.facts:
            relation = {"head": self.entities[head], "tail": self.entities[tail], "type": kind}
            relations.append(relation | ({"score": round(self.scores[head, tail, kind], 4)} if scores else {}))
        return {
            "mentions": [list(span) for span in self.mentions],
            "entities": [
                {"mentions": sorted(self.mentions[span] for span in spans), "type": kind}
                for spans, kind in self.entities
            ],
            "relations": relations,
        }

    def _items(self, item: str) -> dict[Any, int]:
        found: dict[Any, int] = getattr(self, {"mention": "mentions", "entity": "entities", "relation": "facts"}[item])
        return found
