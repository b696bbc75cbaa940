"""All that is read of a network on documents with gold annotation, in one pass over them.

Strict scores as JEREX counts them, DocRED's relation scores given gold entities, and what kind each mistake is of.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from model.data.document import Document
from model.data.loaders import Documents
from model.evaluation.error_classes import ErrorReport, classify_errors
from model.evaluation.ign_f1 import Fact, IgnScore, score_ign
from model.evaluation.scores import Scores
from model.evaluation.scoring import score_documents
from model.inference.gold_inputs import given_scan
from model.inference.inference import Inference
from model.inference.inference_records import Scan
from model.inference.predict import predict_each
from model.network.joint import JointModel
from model.thresholds.thresholds import ThresholdSet


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """What was read.

    Attributes:
        scores: Of the tasks the model has, by class: what it was given is no achievement, what it lacks no failure.
        errors: Every mistake in these in one class.
        given_gold: Relations between gold entities with gold types; None for a model without a relation head.
        knows_train: Whether the training documents were there: without them ``ign`` leaves nothing out.
        is_labelled: Whether any document states a relation: without one, relations are not scored at all.
        n_self_relations: Gold relations of an entity with itself, which are not scored.
    """

    scores: Scores
    errors: ErrorReport
    given_gold: IgnScore | None
    knows_train: bool
    is_labelled: bool = True
    n_self_relations: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Everything, for JSON; ``rel_gold_ign_f1`` is null where the training documents were not there."""
        gold = self.given_gold
        return {
            **self.scores.to_dict(),
            "given_gold_entities": None
            if gold is None
            else {
                "rel_gold_f1": gold.f1,
                "rel_gold_ign_f1": gold.ign_f1 if self.knows_train else None,
                "hits": gold.hits,
                "known_hits": gold.known_hits if self.knows_train else None,
                "predicted": gold.predicted,
                "gold": gold.gold,
            },
            "errors": self.errors.to_dict(),
            "relations_scored": self.is_labelled,
            "n_self_relations": self.n_self_relations,
        }


def evaluate(
    model: JointModel,
    documents: Documents,
    thresholds: ThresholdSet,
    train: Sequence[Document] | None,
    *,
    by_counts: bool = False,
    batch_size: int = 1,
    device: str = "cpu",
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Reads everything.

    Args:
        model: Its network; put in evaluation mode on ``device``.
        documents: With pieces and gold annotation.
        thresholds: In force; relations between gold entities are always held against the relation threshold.
        train: The documents the network learned from; None where they are not at hand.
        by_counts: As in :func:`model.inference.predict.predict`.
        batch_size: Documents the encoder reads at once.
        device: Where to run.
        progress: Called with the number of documents done.
    """
    inference = Inference(model)
    predictions, facts = [], []
    each = predict_each(model, documents, thresholds, by_counts=by_counts, batch_size=batch_size, device=device)
    for scan, prediction in each:
        predictions.append(prediction)
        if model.relation is not None:
            facts.append(facts_between_gold_entities(inference, scan, thresholds))
        if progress is not None:
            progress(len(predictions))
    gold = documents.plain
    is_labelled = any(document.scored_relations for document in gold)
    left_out = () if is_labelled else ("rel", "rel_nec", "relation")
    return Evaluation(
        scores=score_documents(gold, predictions, model.schema).of(
            [task for task in model.config.scored_tasks if task not in left_out]
        ),
        errors=classify_errors(gold, predictions).of([task for task in model.config.tasks if task not in left_out]),
        given_gold=score_ign(gold, facts, train or ()) if model.relation is not None and is_labelled else None,
        knows_train=train is not None,
        is_labelled=is_labelled,
        n_self_relations=sum(len(document.relations) - len(document.scored_relations) for document in gold),
    )


def facts_between_gold_entities(inference: Inference, scan: Scan, thresholds: ThresholdSet) -> list[Fact]:
    """The relations a network finds between the gold entities of a document, by their indexes in it.

    Args:
        inference: Of a network with a relation head.
        scan: Of the document; only its word states are used.
        thresholds: Of which the relation's counts.
    """
    given = given_scan(scan.document, scan.words, inference.schema, clusters=True, types=True)
    mentions = inference.coreference(given, 0.0, most=max(1, len(given.spans)))
    found = inference.prediction(inference.relations(mentions, thresholds.coref), thresholds)
    return [(head, tail, kind) for head, tail, kind, _ in found.relations]
