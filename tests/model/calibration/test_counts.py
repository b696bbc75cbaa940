from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from model.calibration.counts import counted_mentions
from model.calibration.documents import evaluator_over
from model.errors import ModelError
from model.evaluation.scoring import score_documents
from model.hyperparameters import Hyperparameters
from model.inference.counts import predict_by_counts, require_counts
from model.inference.inference import Inference
from model.inference.predict import predict, scans
from model.network.count_head import MentionCount, RelationCount, count_loss
from model.network.joint import JointModel
from model.thresholds.nha import whole_counts
from model.thresholds.thresholds import ThresholdSet
from model.training.training_session import Session


def test_count_heads_leave_every_other_weight_as_it_would_be_without_them(tmp_path: Path, make_listener: Any) -> None:
    weights = []
    for nha in (False, True):
        session = Session(
            model={"encoder": "tiny", "nha": nha, "grouping": "LR0-L2", "negative_mentions": 20},
            data={"atlas": {"documents": 6, "seed": 1}},
            base_dir=tmp_path,
            device="cpu",
        )
        listener = make_listener()
        session.train(
            Hyperparameters.from_params({"lr": 1e-2}, session.workbench.config),
            epochs=1,
            max_epochs=2,
            scheduler=True,
            seed=3,
            listener=listener,
        )
        weights.append({name: value.clone() for name, value in session.workbench.model.state_dict().items()})
    without, with_counts = weights
    assert all(torch.equal(value, with_counts[name]) for name, value in without.items())
    assert {name.split(".")[0] for name in set(with_counts) - set(without)} == {"counts"}
    metrics = listener.reports[-1][3]
    assert metrics["loss_count_mention"] > 0
    assert metrics["loss_count_relation"] > 0


def test_training_makes_counts_better(trained: Any) -> None:
    first, last = trained.recorder.reports[0][3], trained.recorder.of("train")[-1][3]
    assert last["loss_count_relation"] < first["loss_count_relation"] / 2


def test_the_mention_count_is_a_sum_over_the_words_of_each_document() -> None:
    torch.manual_seed(0)
    head, words = MentionCount(5), torch.randn(7, 5)
    document = torch.tensor([0, 0, 0, 1, 1, 1, 1])
    together = head(words, document, 3)
    for d, rows in enumerate((words[:3], words[3:])):
        assert torch.allclose(together[d], head(rows, torch.zeros(len(rows), dtype=torch.long), 1)[0])
    assert together[2] == 0
    near_start = MentionCount(5)
    near_start.hidden.weight.data.zero_()
    assert near_start(words, torch.zeros(7, dtype=torch.long), 1).item() == pytest.approx(0.7, rel=1e-5)


def test_a_new_relation_count_is_the_sum_of_scores_and_sends_no_gradient_back() -> None:
    torch.manual_seed(0)
    head, scores = RelationCount(4), torch.rand(6, 4, requires_grad=True)
    counts = head(scores)
    assert torch.allclose(counts, scores.sum(dim=1))
    count_loss(counts, torch.ones(6)).backward()
    assert scores.grad is None
    assert head.output.weight.grad is not None


def test_the_loss_is_the_mean_absolute_error() -> None:
    assert count_loss(torch.tensor([1.0, 4.0]), torch.tensor([2.0, 1.0])).item() == 2.0
    assert count_loss(torch.zeros(0), torch.zeros(0)).item() == 0.0


def test_predictions_keep_as_many_as_the_heads_say(trained: Any) -> None:
    inference = Inference(trained.model)
    for scan in scans(trained.model, trained.documents):
        found = predict_by_counts(inference, scan, 0.5)
        with torch.inference_mode():
            counted = trained.model.count_mentions(scan.words, (0, len(scan.words))).numpy()
        assert len(found.mentions) == whole_counts(counted)[0]
        n = len(found.mentions)
        relations = inference.relations(inference.coreference(scan, 0.0, n), 0.5)
        expected = whole_counts(trained.model.count_relations(torch.from_numpy(relations.scores)).detach().numpy())
        pairs = [(head, tail) for head, tail, _, _ in found.relations]
        assert [pairs.count((int(h), int(t))) for h, t in relations.pairs] == expected.tolist()


def test_the_evaluator_counts_top_k_as_the_predictions_do(trained: Any) -> None:
    evaluator = evaluator_over(trained.model, trained.documents, ThresholdSet())
    found = predict(trained.model, trained.documents, ThresholdSet(coref=0.5), by_counts=True)
    scores = score_documents(trained.documents.plain, found, trained.model.schema)
    assert scores.tasks["rel_nec"].total.predicted > 0
    assert sum(counted_mentions(evaluator)) == scores.tasks["mention"].total.predicted


def test_a_model_without_count_heads_says_so(trained: Any) -> None:
    plain = JointModel(trained.model.encoder.network, replace(trained.model.config, nha=False), trained.model.schema)
    with pytest.raises(ModelError, match="count heads"):
        require_counts(plain)
