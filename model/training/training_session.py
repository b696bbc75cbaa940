"""Trainings without an engine: what ``trimtab train`` and the benchmarks run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from model.boundary.output import Output
from model.checkpoint import checkpoint_output, initialize_from, save_checkpoint
from model.errors import ModelError
from model.hyperparameters import Hyperparameters
from model.training.reporting import Listener
from model.training.train import Outcome, Run, train
from model.training.warm_training import Workbench


class Session:
    """A workbench with a device.

    Args:
        model: The ``model:`` options of a thread file.
        data: Its ``data:`` options.
        base_dir: Its folder.
        device: ``cpu``, ``cuda:N`` or ``auto`` (a GPU if there is one).
    """

    def __init__(
        self, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path, device: str = "auto"
    ) -> None:
        self.device = choose_device(device)
        self.workbench = Workbench(model=model, data=data, base_dir=base_dir)
        self.workbench.prepare()

    def train(
        self,
        hyperparameters: Hyperparameters,
        *,
        epochs: int,
        max_epochs: int,
        scheduler: bool,
        seed: int,
        listener: Listener,
        calibration_epochs: int = 0,
        out: Path | Output | None = None,
        checkpoint: Path | None = None,
    ) -> Outcome:
        """One training on all documents; writes the last epoch's checkpoint, or the calibrated best one, to ``out``."""
        bench = self.workbench
        model = bench.fresh_model(seed, hyperparameters)
        if checkpoint is not None:
            initialize_from(checkpoint, model)
        outcome = train(
            model,
            bench.train,
            bench.validation,
            hyperparameters,
            Run(
                max_epochs=max_epochs,
                epochs=epochs,
                scheduler=scheduler,
                seed=seed,
                device=self.device,
                calibration_epochs=calibration_epochs,
            ),
            listener,
            thresholds=bench.thresholds(),
        )
        if out is not None:
            target = out if isinstance(out, Output) else checkpoint_output(out)
            with target.folder() as part:
                save_checkpoint(
                    part,
                    model,
                    bench.pretrained.tokenizer,
                    thresholds=outcome.thresholds,
                    metrics=outcome.metrics,
                    data_hash=bench.corpus.data_hash,
                    origin=bench.origin(),
                    epoch=outcome.best_epoch,
                )
        return outcome


def choose_device(name: str) -> str:
    """A device's name, ``auto`` resolved.

    Raises:
        ModelError: If it is not there.
    """
    if name == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    kind, _, number = name.partition(":")
    if kind == "cpu":
        return "cpu"
    available = torch.cuda.device_count()
    if kind != "cuda" or not (number or "0").isdigit() or int(number or 0) >= available:
        raise ModelError(f"device must be cpu, cuda:N or auto, with {available} GPUs here; given: {name!r}")
    return f"cuda:{number or 0}"
