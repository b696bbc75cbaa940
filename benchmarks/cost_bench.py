"""The documents, network and encoders that the measurements of benchmarks/model.py share."""

# ruff: noqa: ARG002 - a listener has the signatures that training calls

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cost_meter import WARM_UP, BareEncoder, Meter

from model.checkpoint import load_checkpoint
from model.config import ModelConfig
from model.data.alignment import encode_documents
from model.data.atlas import generate
from model.data.docred import read_docred
from model.data.document import Document
from model.data.loaders import Documents
from model.data.schema import LabelSchema
from model.encoder.encoder import layout_of
from model.encoder.loading import load_encoder
from model.hyperparameters import Hyperparameters
from model.network.joint import JointModel
from model.thresholds.thresholds import ThresholdSet
from model.training.train import Run, train

VALIDATION_SHARE = 0.2
SEED = 7
BRIEF = {"epochs": 6, "documents": 60, "lr": 5e-4}
"""The training that makes a network for validation at normal thresholds where no checkpoint is named."""


class Quiet:
    """A listener that only listens."""

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        return True

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        return True


@dataclass(frozen=True)
class Bench:
    """What is measured on: a corpus, and one pretrained encoder that nobody changes."""

    plain: Sequence[Document]
    pretrained: Any
    schema: LabelSchema
    documents: Documents
    n_train: int

    @property
    def pieces(self) -> torch.Tensor:
        """Of all training documents: the embedding rows that a training on the whole corpus trains."""
        return torch.from_numpy(np.concatenate([d.pieces for d in self.documents.encoded[: self.n_train]]))

    def train_side(self, n: int) -> Documents:
        return self.documents.subset(spread(self.n_train, n))

    def validation_side(self, n: int) -> Documents:
        rest = len(self.documents) - self.n_train
        return self.documents.subset([self.n_train + i for i in spread(rest, n)])

    def network(self) -> Any:
        return copy.deepcopy(self.pretrained.network)

    def model(self, **options: Any) -> JointModel:
        """An untrained network."""
        torch.manual_seed(SEED)
        return JointModel(self.network(), ModelConfig(encoder=self.pretrained.name, **options), self.schema)

    def trained(self, checkpoint: Path | None) -> JointModel:
        """A network whose predictions look like those of a training: a checkpoint's, or of a brief training now."""
        model = self.model()
        if checkpoint is not None:
            found, _, _ = load_checkpoint(checkpoint)
            model = JointModel(self.network(), replace(found.config, nha=False, thresholds="fixed"), found.schema)
            model.load_state_dict({k: v for k, v in found.state_dict().items() if not k.startswith("counts.")})
            return model
        side = self.train_side(int(BRIEF["documents"]))
        hyperparameters = Hyperparameters.from_params({"lr": BRIEF["lr"]}, model.config)
        run = Run(max_epochs=int(BRIEF["epochs"]), epochs=int(BRIEF["epochs"]), seed=SEED)
        train(model, side, self.validation_side(1), hyperparameters, run, Quiet(), thresholds=ThresholdSet())
        return model


def spread(n: int, k: int) -> list[int]:
    """k of n numbers (all where there are fewer), evenly spread, so that a sample has the corpus's lengths."""
    return [int(i * n / min(n, k)) for i in range(min(n, k))]


def make_bench(data: Path | None, n_atlas: int, encoder: str = "minilm") -> Bench:
    plain = read_docred(data) if data else generate(n_atlas, SEED)
    pretrained = load_encoder(encoder)
    return Bench(
        plain=plain,
        pretrained=pretrained,
        schema=LabelSchema.from_documents(plain),
        documents=Documents(
            encoded=encode_documents(plain, pretrained.tokenizer), layout=layout_of(pretrained.config, 64)
        ),
        n_train=max(1, len(plain) - math.ceil(VALIDATION_SHARE * len(plain))),
    )


def meter_training(
    bench: Bench, model: JointModel, n_train: int, n_validation: int, repeats: int, *, bare: bool = True
) -> Meter:
    """Runs the real training loop, at rate 0 so that the network stays what it is, under a meter.

    Args:
        bench: What to measure on.
        model: Trained or not.
        n_train: Training documents.
        n_validation: Validation documents.
        repeats: Epochs that count.
        bare: Whether the bare encoders run beside; without them memory is the loop's own.
    """
    training, validation = bench.train_side(n_train), bench.validation_side(n_validation)
    learn, pieces = model.learn_pieces, bench.pieces
    model.learn_pieces = lambda _: learn(pieces)  # type: ignore[method-assign]
    stepping, reading = {}, {}
    if bare:
        stock = BareEncoder(bench.network(), None)
        stepping["encoder"] = stock.step
        reading["encoder"] = stock.forward
        if n_train > 1:
            stepping["encoder, plain AdamW"] = BareEncoder(bench.network(), None, fused=False).step
            stepping["encoder, accelerated"] = BareEncoder(bench.network(), pieces).step
    meter = Meter(
        [training.text([i]) for i in range(len(training))],
        [validation.text([i]) for i in range(len(validation))],
        stepping=stepping,
        reading=reading,
        seed=SEED,
    )
    epochs = WARM_UP + repeats
    config = model.config
    thresholds = ThresholdSet(
        mention=config.threshold_mention, coref=config.threshold_coref, relation=config.threshold_relation
    )
    hyperparameters = Hyperparameters.from_params({"lr": 0.0}, config)
    run = Run(max_epochs=epochs, epochs=epochs, seed=SEED)
    train(model, training, validation, hyperparameters, run, meter, thresholds=thresholds)
    return meter
