"""Honest figures: thresholds tuned on one half of the validation documents and read on the other, both ways.

A score read on the documents that chose the thresholds is too high, the more so the more thresholds there are. The
cross-fitted score pools the counts of both halves, each read with the other's thresholds; the gap to the plain score is
what tuning bought on its own data only (plus what half the data cost the tuning).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from model.errors import ModelError
from model.evaluation.scores import ClassScore
from model.thresholds.evaluator import Evaluator, SubsetEvaluator
from model.thresholds.scores_at import Reading, read
from model.thresholds.thresholds import ThresholdSet

Tune = Callable[[Evaluator, ThresholdSet], ThresholdSet]
"""Finds thresholds on an evaluator from a start."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CrossFit:
    """The plain and the honest figures.

    Attributes:
        start: Read on all documents with the thresholds at the start.
        plain: Tuned and read on all documents.
        tuned: Of each half: tuned and read on it.
        crossed: Of each half: read on it with the thresholds of the other.
    """

    start: Reading
    plain: Reading
    tuned: tuple[Reading, Reading]
    crossed: tuple[Reading, Reading]

    @property
    def fitted(self) -> ClassScore:
        """Pooled ``rel_nec`` counts of both halves, each read with the other's thresholds."""
        return _pool(*(reading.tasks["rel_nec"] for reading in self.crossed))

    @property
    def gap(self) -> float:
        """Plain minus cross-fitted micro F1, percent points."""
        return self.plain.f1 - float(self.fitted.f1)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "start_f1": self.start.f1,
            "plain_f1": self.plain.f1,
            "cross_fitted_f1": self.fitted.f1,
            "gap": self.gap,
            "halves": [
                {
                    "tuned_f1": tuned.f1,
                    "crossed_f1": crossed.f1,
                    "thresholds": tuned.thresholds.to_dict(),
                }
                for tuned, crossed in zip(self.tuned, self.crossed, strict=True)
            ],
        }


def cross_fit(evaluator: Evaluator, start: ThresholdSet, tune: Tune, rng: np.random.Generator) -> CrossFit:
    """Tune on all, on each half, and read each half with the other's thresholds.

    Args:
        evaluator: Results of all validation documents; give it a cache, as the three tunings share points.
        start: Where every tuning starts.
        tune: Finds thresholds, for example a calibration's.
        rng: Draws the halves.
    """
    start = evaluator.bounds.clip_all(start)
    gold = evaluator.relation_candidates(start.mention, start.coref).gold_counts.sum(axis=1)
    first = halves(gold, rng)
    parts = [SubsetEvaluator(evaluator, part) for part in (first, ~first)]
    found = [tune(part, start) for part in parts]
    return CrossFit(
        start=read(evaluator, start),
        plain=read(evaluator, tune(evaluator, start)),
        tuned=(read(parts[0], found[0]), read(parts[1], found[1])),
        crossed=(read(parts[0], found[1]), read(parts[1], found[0])),
    )


def halves(gold_per_document: Int[np.ndarray, " D"], rng: np.random.Generator) -> Bool[np.ndarray, " D"]:
    """True for the first half: of each two documents with the most similar amount of gold, one goes to each half.

    Raises:
        ModelError: If there are fewer than two documents.
    """
    n = len(gold_per_document)
    if n < 2:
        raise ModelError(f"cross-fitting needs at least 2 documents; given: {n}", "validate on more documents")
    order = np.lexsort((rng.random(n), gold_per_document))
    coin = rng.integers(0, 2, size=(n + 1) // 2)
    first = np.zeros(n, dtype=bool)
    first[order] = np.stack([coin, 1 - coin], axis=1).reshape(-1)[:n].astype(bool)
    return first


def _pool(one: ClassScore, other: ClassScore) -> ClassScore:
    return ClassScore(hits=one.hits + other.hits, predicted=one.predicted + other.predicted, gold=one.gold + other.gold)
