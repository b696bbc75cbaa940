"""N highest activations (paper §2.3; Fallah et al. 2022): keep the k best of each instance, where a head predicts k.

For relations an instance is an entity pair, for mentions a document. The head's part – a predicted count trained with
mean absolute error – is the network's; here are selection, scores and the comparison with thresholds.

Legend: N candidates, G instances, P entity pairs.
"""

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from model.errors import ModelError
from model.evaluation.scores import ClassScore
from model.thresholds.candidates import RelationCandidates


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


def _pairs(candidates: RelationCandidates, n_pairs: int) -> np.ndarray:
    if candidates.pair is None:
        raise ModelError(
            "N highest activations need the entity pair of each candidate", "record RelationCandidates.pair"
        )
    pair = np.asarray(candidates.pair)
    if pair.size and not 0 <= pair.min() <= pair.max() < n_pairs:
        raise ModelError(f"pairs must lie in 0..{n_pairs - 1}, one predicted number each; given up to {pair.max()}")
    return pair
