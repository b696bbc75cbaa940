from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.calibration.documents import evaluator_over
from model.calibration.evaluator import FLOOR, ModelEvaluator
from model.config import ModelConfig
from model.data.alignment import EncodedDocument
from model.data.schema import LabelSchema
from model.encoder.loading import load_encoder
from model.evaluation.scoring import score_documents
from model.inference.inference import Inference
from model.inference.predict import predict, scans
from model.inference.preparation import prepare_documents
from model.network.joint import JointModel
from model.thresholds.evaluator import Evaluator, SubsetEvaluator
from model.thresholds.scores_at import read
from model.thresholds.thresholds import ThresholdSet

GRID = [ThresholdSet(mention=m, coref=c, relation=r) for m in (0.2, 0.6, 0.95) for c in (0.4, 0.7) for r in (0.1, 0.6)]


def assert_same_counts(evaluator: Evaluator, model: JointModel, documents: Any, thresholds: ThresholdSet) -> float:
    scores = score_documents(documents.plain, predict(model, documents, thresholds), model.schema)
    reading = read(evaluator, thresholds)
    assert reading.tasks == {task: score.total for task, score in scores.tasks.items()}
    for name, counts in zip(model.schema.relation_types, reading.classes, strict=True):
        if counts.gold or counts.predicted:
            assert scores.tasks["rel_nec"].per_class[name] == counts
    return reading.f1


def test_every_count_equals_that_of_the_models_own_predictions(trained: Any) -> None:
    evaluator = evaluator_over(trained.model, trained.documents, GRID[0])
    found = [assert_same_counts(evaluator, trained.model, trained.documents, thresholds) for thresholds in GRID]
    assert max(found) > 5  # else nothing but zeros was compared


def test_class_thresholds_count_alike_too(trained: Any) -> None:
    n_types = len(trained.model.schema.relation_types)
    relation = np.random.default_rng(0).uniform(0.05, 0.95, n_types)
    evaluator = evaluator_over(trained.model, trained.documents, GRID[0])
    thresholds = ThresholdSet(mention=0.5, coref=0.5, relation=relation)
    assert_same_counts(evaluator, trained.model, trained.documents, thresholds)


def test_gold_of_a_relation_type_the_model_does_not_know_is_missed_not_forgotten(trained: Any) -> None:
    def renamed(encoded: EncodedDocument) -> EncodedDocument:
        relations = encoded.document.relations
        other = tuple(replace(r, type="unheard_of") if i % 2 else r for i, r in enumerate(relations))
        return replace(encoded, document=replace(encoded.document, relations=other))

    documents = replace(trained.documents, encoded=[renamed(one) for one in trained.documents.encoded])
    evaluator = evaluator_over(trained.model, documents, GRID[0])
    assert evaluator.facts()["unknown_gold_relations"] > 0
    assert_same_counts(evaluator, trained.model, documents, GRID[0])
    half = np.arange(len(documents)) < len(documents) // 2
    part = documents.subset(np.flatnonzero(half).tolist())
    assert_same_counts(SubsetEvaluator(evaluator, half), trained.model, part, GRID[0])


def test_what_was_computed_is_not_computed_again(trained: Any) -> None:
    evaluator = evaluator_over(trained.model, trained.documents, GRID[0])
    first = evaluator.relation_candidates(0.5, 0.5)
    computed = evaluator.facts()["relations_computed"]
    again = evaluator.relation_candidates(0.5, 0.5)
    assert evaluator.facts()["relations_computed"] == computed
    assert np.array_equal(first.score, again.score)
    assert np.array_equal(first.gold, again.gold)
    for coref in (0.4, 0.45, 0.55, 0.6):
        evaluator.relation_candidates(0.5, coref)
    facts = evaluator.facts()
    assert facts["relations_computed"] < facts["relations_asked"]
    assert facts["documents_read_again"] == 0


def test_without_room_for_states_documents_are_read_again_and_nothing_changes(trained: Any) -> None:
    roomy = evaluator_over(trained.model, trained.documents, GRID[0])
    tight = evaluator_over(trained.model, trained.documents, GRID[0], memory=0)
    for coref in (0.3, 0.7):
        one, other = roomy.relation_candidates(0.5, coref), tight.relation_candidates(0.5, coref)
        for name in ("relation_type", "gold", "gold_ignoring_types", "document", "pair"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
        # A pair scored among fewer others may differ in its last bit: matrix products round by their shape.
        assert np.abs(one.score - other.score).max() < 1e-6
    assert tight.facts()["states_mib"] == 0
    assert tight.n_reencoded > 0
    assert tight.facts()["mention_pairs_mib"] < roomy.facts()["mention_pairs_mib"]


def test_many_candidates_raise_the_floor_and_what_is_above_it_still_counts_alike(trained: Any) -> None:
    evaluator = ModelEvaluator(trained.model, most_candidates=100)
    for scan in scans(trained.model, trained.documents):
        evaluator.add(scan)
    evaluator.settle(GRID[0])
    floor = evaluator.bounds.relation[0]
    assert floor > FLOOR
    assert_same_counts(evaluator, trained.model, trained.documents, replace_relation(GRID[2], floor))


def test_the_cap_on_candidates_drops_the_lowest_scores_and_counts_them(trained: Any) -> None:
    evaluator = evaluator_over(trained.model, trained.documents, GRID[0])
    everything = evaluator.relation_candidates(0.2, 0.6)
    evaluator.most_a_document = 7
    evaluator = replace_memory(evaluator)
    capped = evaluator.relation_candidates(0.2, 0.6)
    assert evaluator.n_relations_left_out == len(everything.score) - len(capped.score) > 0
    for d in range(capped.document.max() + 1):
        ours = np.sort(capped.score[capped.document == d])
        assert np.array_equal(ours, np.sort(everything.score[everything.document == d])[-len(ours) :])


def test_clusters_change_only_at_the_scores_named(trained: Any) -> None:
    evaluator = evaluator_over(trained.model, trained.documents, GRID[0])
    merges = np.unique(evaluator.coref_scores(0.5))
    assert len(merges) > 3
    for low, high in zip(merges[:-1][::9], merges[1:][::9], strict=True):
        between = float((low + high) / 2)
        if not low < np.float32(between) < high:
            continue
        at, inside = evaluator.relation_candidates(0.5, float(high)), evaluator.relation_candidates(0.5, between)
        assert np.array_equal(at.score, inside.score)
        below = evaluator.relation_candidates(0.5, float(low))
        n_clusters = [candidates.tasks["coref"][:, 1].sum() for candidates in (below, at)]
        assert n_clusters[0] < n_clusters[1]


def test_spans_that_the_cap_on_pairs_shuts_out_are_no_mentions(trained: Any) -> None:
    narrow = replace(trained.model.config, max_pairs_per_word=1)
    model = JointModel(trained.model.encoder.network, narrow, trained.model.schema)
    model.load_state_dict(trained.model.state_dict())
    evaluator = evaluator_over(model, trained.documents, GRID[0])
    for thresholds in (GRID[0], GRID[-1]):
        assert_same_counts(evaluator, model, trained.documents, thresholds)
    evaluator.relation_candidates(0.05, 0.5)
    assert evaluator.n_mentions_left_out > 0


@pytest.mark.parametrize("kind", ["Relation", "Entity", "Coref", "Mention", "JointGRC"])
def test_other_model_types_count_alike(trained: Any, kind: str) -> None:
    config = ModelConfig.from_mapping({"type": kind, "encoder": "tiny"})
    pretrained = load_encoder("tiny", Path.cwd())
    model = JointModel(pretrained.network, config, LabelSchema.from_documents(trained.validation))
    documents = prepare_documents(trained.validation[:2], pretrained.tokenizer, pretrained.config, config)
    model.eval()
    scores = np.concatenate([scan.scores for scan in scans(model, documents)])
    thresholds = ThresholdSet(mention=float(np.sort(scores)[-min(len(scores), 40)]), coref=0.5, relation=0.5)
    evaluator = evaluator_over(model, documents, thresholds)
    assert_same_counts(evaluator, model, documents, thresholds)


def replace_relation(thresholds: ThresholdSet, relation: float) -> ThresholdSet:
    return thresholds.replace(relation=relation)


def replace_memory(evaluator: ModelEvaluator) -> ModelEvaluator:
    fresh = ModelEvaluator(evaluator.model)
    for scan in evaluator._scans:
        fresh.add(scan)
    fresh.bounds, fresh.most_a_document = evaluator.bounds, evaluator.most_a_document
    return fresh


def test_inference_at_a_score_keeps_it(trained: Any) -> None:
    scan = next(scans(trained.model, trained.documents))
    inference = Inference(trained.model)
    score = float(np.sort(scan.scores)[-5])
    assert len(inference.coreference(scan, score).rows) == 5
    assert len(inference.coreference(scan, 0.0, 3).rows) == 3
