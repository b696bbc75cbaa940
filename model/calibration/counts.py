"""Mentions by predicted counts, over the scores that calibration keeps."""

from model.calibration.evaluator import ModelEvaluator
from model.inference.counts import require_counts
from model.thresholds.nha import whole_counts


def counted_mentions(evaluator: ModelEvaluator) -> list[int]:
    """How many mentions each document keeps by the count head."""
    require_counts(evaluator.model)
    n_spans = evaluator.kept(0.0)
    if not len(evaluator.predicted_mentions):
        return n_spans
    return [min(k, n) for k, n in zip(whole_counts(evaluator.predicted_mentions).tolist(), n_spans, strict=True)]
