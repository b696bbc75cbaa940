"""Strict scores as JEREX counts them (scoring.py): exact spans, exact clusters, duplicates collapsed."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from model.data.document import Document
from model.data.prediction import Prediction
from model.data.schema import LabelSchema
from model.errors import ModelError
from model.evaluation.scores import TASKS, ClassScore, Scores, TaskScore

Items = dict[str, set[tuple[Hashable, str]]]
"""Task to what is compared: (key, class)."""


class Scorer:
    """Holds the gold of a set of documents, so that scoring every epoch costs only the predictions.

    Args:
        gold: The documents.
        schema: Orders the classes; classes it does not know come last.
    """

    def __init__(self, gold: Sequence[Document], schema: LabelSchema) -> None:
        self.schema = schema
        self._gold = [items(Prediction.from_document(document)) for document in gold]
        self._gold_counts = _count(self._gold)

    def score(self, predicted: Sequence[Prediction]) -> Scores:
        """Scores of the predictions, one per gold document in the same order.

        Raises:
            ModelError: If the counts differ.
        """
        if len(predicted) != len(self._gold):
            raise ModelError(f"each of {len(self._gold)} documents needs one prediction; given: {len(predicted)}")
        found = [items(prediction) for prediction in predicted]
        hits = _count({task: f[task] & g[task] for task in TASKS} for f, g in zip(found, self._gold, strict=True))
        predicted_counts = _count(found)
        order = {name: i for i, name in enumerate((*self.schema.entity_types, *self.schema.relation_types))}
        tasks = {}
        for task in TASKS:
            names = set(self._gold_counts[task]) | set(predicted_counts[task])
            tasks[task] = TaskScore(
                per_class={
                    name: ClassScore(
                        hits=hits[task][name],
                        predicted=predicted_counts[task][name],
                        gold=self._gold_counts[task][name],
                    )
                    for name in sorted(names, key=lambda name: (order.get(name, len(order)), name))
                }
            )
        return Scores(tasks=tasks, n_documents=len(predicted))


def score_documents(gold: Sequence[Document], predicted: Sequence[Prediction], schema: LabelSchema) -> Scores:
    """Scores of all five tasks.

    Args:
        gold: Documents with their annotation.
        predicted: One prediction a document, in the same order.
        schema: Orders the classes in the result.
    """
    return Scorer(gold, schema).score(predicted)


def items(prediction: Prediction) -> Items:
    """What a prediction (or gold) claims, per task, without duplicates.

    mention: the span. coref: the cluster. entity: cluster and type. rel: both clusters and the relation. rel_nec: the
    same with both entity types.
    """
    entities = prediction.entities
    return {
        "mention": {(span, "mention") for span in prediction.mentions},
        "coref": {(spans, "cluster") for spans, _ in entities},
        "entity": {((spans, kind), kind) for spans, kind in entities},
        "rel": {((entities[h][0], entities[t][0], kind), kind) for h, t, kind, _ in prediction.relations},
        "rel_nec": {((entities[h], entities[t], kind), kind) for h, t, kind, _ in prediction.relations},
    }


def _count(documents: Iterable[Items]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {task: Counter() for task in TASKS}
    for document in documents:
        for task in TASKS:
            counts[task].update(kind for _, kind in document[task])
    return counts
