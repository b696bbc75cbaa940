"""The scores of every recorded task at one threshold set, for reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.evaluation.scores import ClassScore
from model.thresholds.evaluator import Evaluator
from model.thresholds.thresholds import ThresholdSet


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Scores at one threshold set.

    Attributes:
        thresholds: Where it was read.
        tasks: Counts over all classes by task; ``rel_nec`` always, the others where the evaluator records them.
        classes: Counts of each relation type (``rel_nec``), R of them.
    """

    thresholds: ThresholdSet
    tasks: Mapping[str, ClassScore]
    classes: tuple[ClassScore, ...]

    @property
    def f1(self) -> float:
        """Micro F1 of ``rel_nec`` in percent: what calibration raises."""
        return float(self.tasks["rel_nec"].f1)

    @property
    def macro_f1(self) -> float:
        """Mean F1 in percent over the relation types that occur in gold or predictions."""
        seen = [c.f1 for c in self.classes if c.gold or c.predicted]
        return sum(seen) / len(seen) if seen else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "thresholds": self.thresholds.to_dict(),
            "rel_nec_f1_macro": self.macro_f1,
            "tasks": {task: _row(counts) for task, counts in self.tasks.items()},
            "classes": [_row(counts) for counts in self.classes],
        }


def read(evaluator: Evaluator, thresholds: ThresholdSet) -> Reading:
    """Scores of every recorded task at a threshold set."""
    candidates = evaluator.relation_candidates(thresholds.mention, thresholds.coref)
    tasks = {"mention": evaluator.mention_scores().counts_at(thresholds.mention)}
    for task, counts in candidates.tasks.items():
        hits, predicted, gold = (int(n) for n in counts.sum(axis=0))
        tasks[task] = ClassScore(hits=hits, predicted=predicted, gold=gold)
    total = candidates.at(thresholds)
    if candidates.gold_ignoring_types is not None:
        hits = int((candidates.kept(thresholds.relation) & candidates.gold_ignoring_types).sum())
        tasks["rel"] = ClassScore(hits=hits, predicted=total.predicted, gold=total.gold)
    tasks["rel_nec"] = total
    return Reading(thresholds=thresholds, tasks=tasks, classes=candidates.class_counts_at(thresholds.relation))


def _row(counts: ClassScore) -> dict[str, float | int]:
    return {
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
        "hits": counts.hits,
        "predicted": counts.predicted,
        "gold": counts.gold,
    }
