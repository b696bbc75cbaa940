"""Mentions by predicted counts, over the scores that calibration keeps."""

import numpy as np
from jaxtyping import Float

from model.calibration.evaluator import ModelEvaluator
from model.inference.counts import require_counts
from model.thresholds.nha import NhaComparison, compare, whole_counts


def compare_counts(
    evaluator: ModelEvaluator, mention: float | None, coref: float, relation: float | Float[np.ndarray, " R"]
) -> NhaComparison:
    """Relations by top-k against relations by threshold, on the same pairs.

    Args:
        evaluator: Over a model with count heads.
        mention: Mention threshold; None keeps as many mentions as the count head says.
        coref: Coreference threshold.
        relation: Relation threshold in force.
    """
    n_mentions = counted_mentions(evaluator) if mention is None else evaluator.kept(mention)
    predicted = evaluator.predicted_relations(n_mentions, coref)
    return compare(evaluator.candidates(n_mentions, coref), predicted, relation)


def counted_mentions(evaluator: ModelEvaluator) -> list[int]:
    """How many mentions each document keeps by the count head."""
    require_counts(evaluator.model)
    n_spans = evaluator.kept(0.0)
    if not len(evaluator.predicted_mentions):
        return n_spans
    return [min(k, n) for k, n in zip(whole_counts(evaluator.predicted_mentions).tolist(), n_spans, strict=True)]
