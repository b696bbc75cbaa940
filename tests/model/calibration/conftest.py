from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from model.checkpoint import load_checkpoint
from model.data.atlas import generate
from model.data.docred import write_docred
from model.data.document import Document
from model.data.loaders import Documents
from model.hyperparameters import Hyperparameters
from model.inference.preparation import prepare_documents
from model.network.joint import JointModel
from model.training.train import Outcome
from model.training.training_session import Session

FEW = {"negative_mentions": 60, "negative_corefs": 60, "negative_relations": 60}


@dataclass
class Recorder:
    """A listener that keeps what it is told."""

    reports: list[tuple[str, int, float, Mapping[str, float]]] = field(default_factory=list)
    stop_at: int = 0

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        self.reports.append((phase, step, score, dict(metrics)))
        return step != self.stop_at

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        return True

    def of(self, phase: str) -> list[tuple[str, int, float, Mapping[str, float]]]:
        return [row for row in self.reports if row[0] == phase]


@dataclass
class Trained:
    """A small network that has learned something, with the documents it was not trained on."""

    folder: Path
    outcome: Outcome
    recorder: Recorder
    model: JointModel
    card: dict[str, Any]
    validation: list[Document]
    documents: Documents
    test_file: Path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, own_cache: Path) -> Trained:
    """Seven epochs of ``tiny`` with exact thresholds and calibration; about six seconds, once for all tests."""
    base = tmp_path_factory.mktemp("trained")
    world = generate(54, seed=1)
    for name, part in (("train", world[:36]), ("validation", world[36:48]), ("test", world[48:])):
        write_docred(part, base / f"{name}.json")
    session = Session(
        model={"encoder": "tiny", "nha": True, "thresholds": "exact", **FEW},
        data={name: f"{name}.json" for name in ("train", "validation", "test")},
        base_dir=base,
        device="cpu",
    )
    recorder = Recorder()
    outcome = session.train(
        Hyperparameters.from_params({"lr": 3e-3}, session.workbench.config),
        epochs=7,
        max_epochs=7,
        scheduler=True,
        seed=3,
        listener=recorder,
        calibration_epochs=3,
        out=base / "checkpoint",
    )
    model, tokenizer, card = load_checkpoint(base / "checkpoint")
    return Trained(
        folder=base / "checkpoint",
        outcome=outcome,
        recorder=recorder,
        model=model,
        card=card,
        validation=world[36:48],
        documents=prepare_documents(world[36:48], tokenizer, model.encoder.config, model.config),
        test_file=base / "test.json",
    )


@pytest.fixture
def make_listener() -> type[Recorder]:
    """Makes listeners that keep what they are told."""
    return Recorder
