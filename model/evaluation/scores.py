"""Precision, recall and F1 of one task, micro and macro, in percent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

TASKS = ("mention", "coref", "entity", "rel", "rel_nec")
"""What is scored, from the easiest to the headline ``rel_nec`` (relations with exact clusters and entity types)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScore:
    """Counts of one class over all documents.

    Attributes:
        hits: Predicted and in gold.
        predicted: Predicted.
        gold: In gold.
    """

    hits: int = 0
    predicted: int = 0
    gold: int = 0

    @property
    def precision(self) -> float:
        """Percent of the predicted that are right; 0 if nothing was predicted."""
        return 100 * self.hits / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Percent of gold that was found; 0 if there is no gold."""
        return 100 * self.hits / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both, percent; 0 where both are 0."""
        total = self.predicted + self.gold
        return 200 * self.hits / total if total else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskScore:
    """Scores of one task.

    Attributes:
        per_class: Counts of each class that occurs in gold or in a prediction.
    """

    per_class: Mapping[str, ClassScore]

    @property
    def total(self) -> ClassScore:
        """Counts over all classes; its scores are the micro averages."""
        classes = self.per_class.values()
        return ClassScore(
            hits=sum(c.hits for c in classes),
            predicted=sum(c.predicted for c in classes),
            gold=sum(c.gold for c in classes),
        )

    def metrics(self) -> dict[str, float]:
        """precision, recall, f1, each ``_micro`` and ``_macro`` (mean over the classes in gold or predictions)."""
        total, classes, result = self.total, list(self.per_class.values()), {}
        for name in ("precision", "recall", "f1"):
            result[f"{name}_micro"] = float(getattr(total, name))
            values = [getattr(c, name) for c in classes]
            result[f"{name}_macro"] = sum(values) / len(values) if values else 0.0
        return result


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Scores of all tasks.

    Attributes:
        tasks: By the names in :data:`TASKS`.
        n_documents: How many documents were scored.
    """

    tasks: Mapping[str, TaskScore]
    n_documents: int

    def of(self, tasks: Collection[str]) -> "Scores":
        """Those of some tasks."""
        return replace(self, tasks={task: score for task, score in self.tasks.items() if task in tasks})

    def metrics(self) -> dict[str, float]:
        """Flat: ``mention_f1_micro`` … ``rel_nec_recall_macro``, percent."""
        return {f"{task}_{key}": value for task, s in self.tasks.items() for key, value in s.metrics().items()}

    def to_dict(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return {
            "n_documents": self.n_documents,
            "tasks": {
                task: {
                    **score.metrics(),
                    "per_class": {
                        name: {
                            "precision": c.precision,
                            "recall": c.recall,
                            "f1": c.f1,
                            "hits": c.hits,
                            "predicted": c.predicted,
                            "gold": c.gold,
                        }
                        for name, c in score.per_class.items()
                    },
                }
                for task, score in self.tasks.items()
            },
        }
