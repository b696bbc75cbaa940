"""An evaluator over a list of documents, read by the network once."""

from collections.abc import Callable

import torch
from torch import Tensor

from model.calibration.evaluator import MEMORY, ModelEvaluator
from model.data.batch import to_device
from model.data.loaders import Documents
from model.inference.predict import scans
from model.network.joint import JointModel
from model.thresholds.thresholds import ThresholdSet


def evaluator_over(
    model: JointModel,
    documents: Documents,
    around: ThresholdSet,
    *,
    batch_size: int = 1,
    device: str = "cpu",
    memory: int = MEMORY,
    progress: Callable[[int], None] | None = None,
) -> ModelEvaluator:
    """Reads all documents.

    Args:
        model: Its network; put in evaluation mode on ``device``.
        documents: With pieces and gold annotation.
        around: Thresholds near which the evaluator will be asked.
        batch_size: Documents the encoder reads at once.
        device: ``cpu`` or ``cuda:N``.
        memory: MiB for word states and what is remembered.
        progress: Called with the number of documents read.
    """
    model.eval().to(device)
    evaluator = ModelEvaluator(model, encode=encoder_of(model, documents, device), memory=memory)
    for n, scan in enumerate(scans(model, documents, batch_size, device)):
        evaluator.add(scan)
        if progress is not None:
            progress(n + 1)
    return evaluator.settle(around)


def encoder_of(model: JointModel, documents: Documents, device: str | torch.device) -> Callable[[int], Tensor]:
    """Reads one of the documents by its number."""

    def encode(d: int) -> Tensor:
        with torch.inference_mode():
            return model.word_states(to_device(documents.text([d]), torch.device(device)))

    return encode
