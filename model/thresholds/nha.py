"""N highest activations (paper §2.3; Fallah et al. 2022): keep the k best of each instance, where a head predicts k.

For relations an instance is an entity pair, for mentions a document. The head's part – a predicted count trained with
mean absolute error – is the network's; here are selection, scores and the comparison with thresholds.

Legend: N candidates, G instances, P entity pairs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from model.errors import ModelError
from model.evaluation.scores import ClassScore
from model.thresholds.candidates import MentionScores, RelationCandidates
from model.thresholds.exact import exact_global


def whole_counts(predicted: Float[np.ndarray, " G"]) -> Int[np.ndarray, " G"]:
    """What the head predicts, as whole numbers from 0: rounded half up, negative ones 0.

    Raises:
        ModelError: If a count is NaN or infinite.
    """
    if not np.all(np.isfinite(predicted)):
        raise ModelError("predicted counts must be finite", "look at the loss of the count head")
    return np.asarray(np.floor(np.maximum(predicted, 0) + 0.5), dtype=np.int64)


def top_k(
    score: Float32[np.ndarray, " N"], instance: Int[np.ndarray, " N"], k: Int[np.ndarray, " G"]
) -> Bool[np.ndarray, " N"]:
    """True for the k[g] highest scores of each instance g (RCut with its own k); all of them where there are fewer.

    Exactly k are kept even among ties: the earlier candidate first.

    Args:
        score: Scores, 0..1.
        instance: Instance of each candidate, 0..G-1.
        k: How many to keep of each instance, 0 or more.
    """
    order = np.lexsort((-score, instance))
    sorted_instance = instance[order]
    starts = np.searchsorted(sorted_instance, sorted_instance, side="left")
    kept = np.zeros(len(score), dtype=bool)
    kept[order] = np.arange(len(score)) - starts < k[sorted_instance]
    return kept


def true_counts(
    gold: Bool[np.ndarray, " N"], instance: Int[np.ndarray, " N"], n_instances: int
) -> Int[np.ndarray, " G"]:
    """Gold candidates of each instance: what the head should say."""
    return np.bincount(instance[gold], minlength=n_instances)


def mention_counts(mentions: MentionScores, predicted: Float[np.ndarray, " D"]) -> ClassScore:
    """Hits, predictions and gold when each document keeps its predicted number of mentions."""
    kept = top_k(mentions.score, mentions.document, whole_counts(predicted))
    return ClassScore(hits=int((kept & mentions.gold).sum()), predicted=int(kept.sum()), gold=mentions.n_gold)


def relation_counts(candidates: RelationCandidates, predicted: Float[np.ndarray, " P"]) -> ClassScore:
    """Hits, predictions and gold when each entity pair keeps its predicted number of relations.

    Args:
        candidates: Scored relations with their ``pair``; record them with a low floor, as a pair cannot keep more
            candidates than were recorded.
        predicted: Predicted number of each pair.

    Raises:
        ModelError: If the pairs were not recorded.
    """
    kept = top_k(candidates.score, _pairs(candidates, len(predicted)), whole_counts(predicted))
    return ClassScore(hits=int((kept & candidates.gold).sum()), predicted=int(kept.sum()), gold=candidates.n_gold)


@dataclass(frozen=True, kw_only=True, slots=True)
class NhaComparison:
    """Top-k against thresholds on the same candidates.

    Attributes:
        nha: With predicted numbers.
        oracle: With the true numbers: the most top-k can reach with these scores.
        threshold: With the relation threshold in force.
        best_threshold: With the best global threshold of these documents.
        count_error: Mean absolute error of the whole numbers over pairs.
        zero_error: The same if every pair were said to have none.
    """

    nha: ClassScore
    oracle: ClassScore
    threshold: ClassScore
    best_threshold: ClassScore
    count_error: float
    zero_error: float


def compare(candidates: RelationCandidates, predicted: Float[np.ndarray, " P"], relation: Any) -> NhaComparison:
    """Top-k with predicted numbers, with true numbers, the threshold in force, and the best one.

    Args:
        candidates: Scored relations with their ``pair``.
        predicted: Predicted number of each pair.
        relation: The relation threshold in force, a number or ``[R]``.
    """
    true = true_counts(candidates.gold, _pairs(candidates, len(predicted)), len(predicted))
    return NhaComparison(
        nha=relation_counts(candidates, predicted),
        oracle=relation_counts(candidates, true.astype(np.float64)),
        threshold=candidates.counts_at(relation),
        best_threshold=candidates.counts_at(exact_global(candidates)),
        count_error=float(np.abs(whole_counts(predicted) - true).mean()) if len(true) else 0.0,
        zero_error=float(true.mean()) if len(true) else 0.0,
    )


def _pairs(candidates: RelationCandidates, n_pairs: int) -> np.ndarray:
    if candidates.pair is None:
        raise ModelError(
            "N highest activations need the entity pair of each candidate", "record RelationCandidates.pair"
        )
    pair = np.asarray(candidates.pair)
    if pair.size and not 0 <= pair.min() <= pair.max() < n_pairs:
        raise ModelError(f"pairs must lie in 0..{n_pairs - 1}, one predicted number each; given up to {pair.max()}")
    return pair
