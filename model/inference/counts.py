"""N highest activations at inference (paper §2.3): keep as many mentions and relations as the count heads predict.

The coreference threshold stays: how alike mentions must be is no matter of counting.
"""

import numpy as np
import numpy.typing as npt
import torch

from model.data.prediction import Prediction
from model.errors import ModelError
from model.inference.inference import Inference
from model.inference.inference_records import Relations, Scan
from model.network.joint import JointModel
from model.thresholds.nha import top_k, whole_counts


def require_counts(model: JointModel) -> None:
    """Raises a ModelError unless the model was trained with count heads."""
    if not model.config.nha:
        raise ModelError(
            "N highest activations need count heads; this model has none", "train with nha: true in the model options"
        )


def predict_by_counts(inference: Inference, scan: Scan, coref: float) -> Prediction:
    """A prediction without mention and relation thresholds; arguments as of `relations_by_counts`."""
    return inference.in_words(*relations_by_counts(inference, scan, coref))


@torch.inference_mode()
def relations_by_counts(inference: Inference, scan: Scan, coref: float) -> tuple[Relations, npt.NDArray[np.bool_]]:
    """The last stage without mention and relation thresholds, and which relations of it hold.

    Args:
        inference: Of a model with count heads.
        scan: Of a document.
        coref: Coreference threshold, 0..1.
    """
    model = inference.model
    most = inference.most_mentions(scan)
    if "mention" in model.counts:
        counted = model.count_mentions(scan.words, (0, len(scan.words)))
        most = min(most, int(whole_counts(counted.cpu().numpy())[0]))
    relations = inference.relations(inference.coreference(scan, 0.0, most), coref)
    kept = np.zeros(relations.scores.shape, dtype=bool)
    if "relation" in model.counts and relations.scores.size:
        scores = torch.from_numpy(relations.scores).to(scan.words.device)
        counts = whole_counts(model.count_relations(scores).cpu().numpy())
        n_pairs, n_types = relations.scores.shape
        rows = np.repeat(np.arange(n_pairs), n_types)
        kept = top_k(relations.scores.reshape(-1), rows, counts).reshape(kept.shape)
    return relations, kept
