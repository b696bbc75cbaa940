"""What a training tells whoever listens, and how it obeys them: a callback of Lightning's."""

# ruff: noqa: ARG002 - Lightning fixes the signatures of its hooks

import math
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import pytorch_lightning as lightning

from model.calibration.fit import BestEpoch

_VALIDATION_COST = 0.4
"""What a document costs at validation, in documents of training; for the fraction of an epoch that is done."""


@runtime_checkable
class Listener(Protocol):
    """Whoever wants to know; an engine's trial is one."""

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        """An epoch ended; False stops the training."""
        ...

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        """Somewhere inside an epoch; False stops the training."""
        ...


class StopNowError(Exception):
    """Carries a listener's "stop" out of Lightning's loops."""


class Reporting(lightning.Callback):
    """Tells the listener and obeys it.

    Args:
        listener: To tell.
        n_batches: Of an epoch.
        n_validation: Documents validated after it.
        batch_size: Documents a batch.
        keep_at: Epochs after which ``keep`` is called.
        keep: Called with (epoch, metrics, thresholds).
        best: Offered every epoch; None where nobody asks for the best one.

    Attributes:
        score: Of the last epoch that was validated, percent; NaN before the first.
        metrics: Of that epoch.
        epochs: Epochs completed.
        stopped: True if the listener stopped the training after an epoch.
    """

    def __init__(
        self,
        listener: Listener,
        n_batches: int,
        n_validation: int,
        batch_size: int,
        keep_at: tuple[int, ...],
        keep: Any,
        best: BestEpoch | None,
    ) -> None:
        self.listener = listener
        self.n_batches = n_batches
        training = n_batches * batch_size
        self.training_share = training / (training + _VALIDATION_COST * n_validation)
        self.keep_at = keep_at
        self.keep = keep
        self.best = best
        self.score = math.nan
        self.metrics: Mapping[str, float] = {}
        self.epochs = 0
        self.stopped = False

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """After every step."""
        self._progress(trainer, self.training_share * (batch_idx + 1) / self.n_batches, "training")

    def on_validation_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """After every validation batch."""
        done = (batch_idx + 1) / max(1, trainer.num_val_batches[0])
        self._progress(trainer, self.training_share + (1 - self.training_share) * done, "validation")

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """After every epoch."""
        self.epochs = trainer.current_epoch + 1
        self.score, self.metrics = pl_module.score, dict(pl_module.epoch_metrics)
        if self.keep is not None and self.epochs in self.keep_at:
            self.keep(self.epochs, self.metrics, pl_module.thresholds)
        if self.best is not None:
            self.best.offer(self.epochs, self.score, pl_module.thresholds, pl_module.network)
        if not self.listener.report(self.epochs, self.score, self.metrics):
            self.stopped = True
            raise StopNowError

    def _progress(self, trainer: Any, fraction: float, message: str) -> None:
        if not self.listener.progress(trainer.current_epoch + 1, fraction, message):
            raise StopNowError
