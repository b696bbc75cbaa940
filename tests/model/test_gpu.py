"""The model on a GPU says what it says on the processor; skipped where there is no GPU."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from model.data.batch import sample_batch, to_device
from model.data.sampling import DocumentSampler
from model.hyperparameters import Hyperparameters
from model.inference.inference import Inference
from model.inference.predict import scans
from model.losses.total import MultitaskLoss
from model.objective import JointExtraction
from model.training.train import sampling_options
from tests.model.worlds import make_documents, make_network, prepare

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

GPU = torch.device("cuda:0")
DOCUMENTS = make_documents(6)
OPTIONS: dict[str, dict[str, Any]] = {
    "base": {},
    "asl": {"asl": True, "asl_tasks": ("mention", "coref", "relation"), "asl_adaptive": True},
    "dtl": {"dtl": True},
    "counts": {"nha": True},
    "global relations": {"type": "JointGRC"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_losses_and_gradients_are_those_of_the_processor(options: dict[str, Any]) -> None:
    network, pretrained = make_network(DOCUMENTS, **options)
    documents = prepare(DOCUMENTS, network, pretrained)
    sampler = DocumentSampler(documents.plain, network.schema, sampling_options(network.config), 0)
    rows = list(range(len(documents)))
    batch = sample_batch(documents.text(rows), [sampler.sample(i, 0) for i in rows])
    hyperparameters = Hyperparameters.from_params({"lr": 1e-3}, network.config)
    figures = []
    for device in (torch.device("cpu"), GPU):
        network.to(device).zero_grad(set_to_none=True)
        criterion = MultitaskLoss(network.config, hyperparameters).to(device)
        here = to_device(batch, device)
        loss = criterion(network(here), here)
        loss.total.backward()
        norms = [p.grad.norm().item() for p in network.parameters() if p.grad is not None]
        figures.append([loss.total.item(), *(value.item() for value in loss.tasks.values()), *norms])
    assert figures[1] == pytest.approx(figures[0], rel=1e-3, abs=1e-5)


def halfway(scores: npt.NDArray[np.float32], n_above: int) -> float:
    """A threshold that ``n_above`` scores pass, as far as can be from the scores on either side of it."""
    ordered = np.sort(scores)[::-1].astype(np.float64)
    return float(ordered[n_above - 1] + ordered[n_above]) / 2


@torch.inference_mode()
@pytest.mark.parametrize("type_", ["JointMRC", "JointGRC"])
def test_every_stage_of_inference_scores_as_on_the_processor(type_: str) -> None:
    network, pretrained = make_network(DOCUMENTS, type=type_)
    for parameter in network.coref.parameters():  # or every pair would score 1
        parameter.mul_(0.02)
    documents = prepare(DOCUMENTS, network, pretrained)
    here, there = ([*scans(network.to(d), documents, 3, d)] for d in ("cpu", "cuda:0"))
    for expected, given in zip(here, there, strict=True):
        np.testing.assert_allclose(given.scores, expected.scores, rtol=1e-3)
        found = []
        for scan, device in ((expected, "cpu"), (given, "cuda:0")):
            inference = Inference(network.to(device))
            coreference = inference.coreference(scan, halfway(expected.scores, 12))
            relations = inference.relations(coreference, halfway(coreference.scores, 20))
            found.append((coreference.rows, coreference.scores, relations.types, relations.pairs, relations.scores))
        assert found[0][3].shape[0] > 0
        for one, other in zip(*found, strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("precision", ["32", "bf16", "fp16"])
def test_a_trial_learns_in_every_precision(make_trial: Any, precision: str) -> None:
    objective = JointExtraction(
        model={"encoder": "tiny", "batch_size": 4, "precision": precision},
        data={"atlas": {"documents": 15, "seed": 5}},
        base_dir=Path(),
    )
    objective.prepare()
    trial = make_trial(max_epochs=3, device="cuda:0")
    score = objective.run(trial)
    losses = [metrics["loss"] for _, _, metrics, _ in trial.reports]
    assert math.isfinite(score)
    assert losses[-1] < losses[0] - 0.05


@pytest.mark.parametrize("calibration", ["climb", "exact"])
def test_a_trial_calibrates(make_trial: Any, calibration: str) -> None:
    objective = JointExtraction(
        model={"encoder": "tiny", "batch_size": 4, "calibration": calibration, "thresholds": "b14"},
        data={"atlas": {"documents": 15, "seed": 5}},
        base_dir=Path(),
    )
    objective.prepare()
    trial = make_trial(max_epochs=2, device="cuda:0", calibration_epochs=2)
    objective.run(trial)
    assert [phase for _, _, _, phase in trial.reports].count("calibration") >= 1
