"""Predictions of a trained network for any documents, and their form as JSON."""

from collections.abc import Callable, Iterator
from typing import Any

import torch

from model.data.loaders import Documents, EvaluationBatch, EvaluationBatches
from model.data.prediction import Prediction
from model.inference.counts import predict_by_counts, require_counts
from model.inference.inference import Inference
from model.inference.inference_records import Relations, Scan
from model.network.joint import JointModel
from model.thresholds.thresholds import ThresholdSet


def scans(model: JointModel, documents: Documents, batch_size: int = 1, device: str = "cpu") -> Iterator[Scan]:
    """Encodes documents and scores their candidate spans, one after the other.

    Args:
        model: In evaluation mode, on ``device``.
        documents: With pieces.
        batch_size: Documents the encoder reads at once.
        device: ``cpu`` or ``cuda:N``.
    """
    inference = Inference(model)
    for batch in EvaluationBatches(documents, batch_size):
        moved: EvaluationBatch = batch.to(torch.device(device))
        with torch.inference_mode():
            words = model.word_states(moved.text)
        for document, (start, end) in moved.slices():
            yield inference.scan(document, words[start:end])


def predict(
    model: JointModel,
    documents: Documents,
    thresholds: ThresholdSet,
    *,
    by_counts: bool = False,
    batch_size: int = 1,
    device: str = "cpu",
    progress: Callable[[int], None] | None = None,
) -> list[Prediction]:
    """One prediction a document, in the same order.

    Args:
        model: Its network; put in evaluation mode.
        documents: With pieces.
        thresholds: In force.
        by_counts: Keep as many mentions and relations as the count heads say; of the thresholds only coref counts.
        batch_size: Documents the encoder reads at once.
        device: Where to run.
        progress: Called with the number of documents done.
    """
    predictions = []
    each = predict_each(model, documents, thresholds, by_counts=by_counts, batch_size=batch_size, device=device)
    for _, prediction in each:
        predictions.append(prediction)
        if progress is not None:
            progress(len(predictions))
    return predictions


def predict_each(
    model: JointModel,
    documents: Documents,
    thresholds: ThresholdSet,
    *,
    by_counts: bool = False,
    batch_size: int = 1,
    device: str = "cpu",
) -> Iterator[tuple[Scan, Prediction]]:
    """As :func:`predict`, one by one, each with the scan it was read from."""
    if by_counts:
        require_counts(model)
    model.eval().to(device)
    inference = Inference(model)
    for scan in scans(model, documents, batch_size, device):
        yield (
            scan,
            predict_by_counts(inference, scan, thresholds.coref) if by_counts else inference.predict(scan, thresholds),
        )


def to_json(relations: Relations, prediction: Prediction) -> dict[str, Any]:
    """A prediction with its texts and scores; entities name mentions, and relations entities, by index.

    Scores are probabilities: of a mention; that the two least alike mentions of an entity are one (``score``), and of
    its type (``type_score``); of a relation.

    Args:
        relations: The stage the prediction was read from.
        prediction: In words.
    """
    spans = sorted(prediction.mentions)
    index = {span: i for i, span in enumerate(spans)}
    document = relations.coreference.scan.document
    words = document.words
    mention_scores = relations.mention_scores()
    entity_scores = zip(relations.cluster_scores(), relations.type_scores.tolist(), strict=True)
    return {
        "title": document.title,
        "sentences": [list(sentence) for sentence in document.sentences],
        "mentions": [
            {"start": s, "end": e, "text": " ".join(words[s:e]), "score": round(mention_scores[s, e], 6)}
            for s, e in spans
        ],
        "entities": [
            {
                "type": kind,
                "mentions": sorted(index[span] for span in cluster),
                "score": round(score, 6),
                "type_score": round(type_score, 6),
            }
            for (cluster, kind), (score, type_score) in zip(prediction.entities, entity_scores, strict=True)
        ],
        "relations": [
            {"head": head, "tail": tail, "type": kind, "score": round(score, 6)}
            for head, tail, kind, score in prediction.relations
        ],
    }
