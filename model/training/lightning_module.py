"""The Lightning side of a training: steps, optimizer, schedule, validation. The network is model.network.joint."""

# ruff: noqa: ARG002 - Lightning fixes the signatures of its hooks

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor, nn

from model.calibration.documents import encoder_of
from model.calibration.evaluator import ModelEvaluator
from model.calibration.fit import ThresholdTuner, task_metrics, threshold_metrics
from model.calibration.span_scores import SpanScores
from model.data.batch import SampleBatch, to_device
from model.data.loaders import Documents, EvaluationBatch
from model.data.prediction import Prediction
from model.errors import ModelError
from model.evaluation.scoring import Scorer
from model.hyperparameters import Hyperparameters
from model.inference.inference import Inference
from model.inference.inference_records import Scan
from model.losses.total import MultitaskLoss
from model.network.joint import JointModel
from model.optim.groups import optimizer_groups, parameter_groups
from model.optim.schedule import make_schedule, rates
from model.thresholds.thresholds import ThresholdSet

_CHECK_EVERY = 16
"""Steps between looks at the loss on a GPU, where each look waits for it."""


BETAS = (0.9, 0.98)
"""AdamW's memory of gradients and of their squares.

With torch's own 0.999 the squares of the first steps, large for relations, hold back the shared encoder for a thousand
of them: half of a short training. With 0.98 (Vaswani et al. 2017, section 5.3) fifty steps forget them. Re-DocRED, 400
documents, 5 epochs, learning rate 2e-4, seed 0: mention, coreference, entity, relation F1 of 80.3, 66.5, 62.1, 21.2
became 82.4, 68.8, 64.5, 26.9.
"""


class JointModule(lightning.LightningModule):
    """One training.

    Args:
        model: The network.
        hyperparameters: Rates, decays, weights.
        shape: Schedule: ``one-cycle``, ``linear`` or ``off``.
        total_steps: Optimizer steps of the whole schedule.
        scorer: Holds the gold of the validation documents.
        tuner: Holds the thresholds in force at validation and moves them after it.
        validation: The validation documents, to read again what does not fit into memory.
        looks_closer_at: Epoch (from 1) after which predictions and span scores are kept for people; 0 for none.

    Attributes:
        predictions: Of the validation documents, of the last epoch; where thresholds move, of that one only.
    """

    def __init__(
        self,
        model: JointModel,
        hyperparameters: Hyperparameters,
        *,
        shape: str,
        total_steps: int,
        scorer: Scorer,
        tuner: ThresholdTuner,
        validation: Documents,
        looks_closer_at: int = 0,
    ) -> None:
        super().__init__()
        self.network = model
        self.loss = MultitaskLoss(model.config, hyperparameters)
        self.hyperparameters = hyperparameters
        self.shape = shape
        self.total_steps = total_steps
        self.scorer = scorer
        self.tuner = tuner
        self.validation = validation
        self.inference = Inference(model)
        self.looks_closer_at = looks_closer_at
        self.predictions: list[Prediction] = []
        self.epoch_metrics: dict[str, float] = {}
        self._sums: dict[str, Tensor] = {}
        self._n_documents = self._n_left_out = 0
        self._started = 0.0
        self._spans: SpanScores | None = None
        self._evaluator: ModelEvaluator | None = None

    @property
    def thresholds(self) -> ThresholdSet:
        """In force now."""
        return self.tuner.thresholds

    def configure_optimizers(self) -> Any:
        """AdamW over the parameter groups, and the schedule a step."""
        groups = list(optimizer_groups(parameter_groups(self, self.network.config.grouping), self.hyperparameters))
        # The fused kernel unscales fp16 gradients itself, behind the back of clipping.
        fused = self.network.config.precision != "fp16"
        optimizer = torch.optim.AdamW(groups, lr=self.hyperparameters["lr"], betas=BETAS, fused=fused)
        schedule = make_schedule(
            optimizer,
            shape=self.shape,
            pct_start=self.hyperparameters["pct_start"],
            total_steps=self.total_steps,
        )
        if schedule is None:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def configure_gradient_clipping(self, optimizer: Any, *args: Any, **kwargs: Any) -> None:
        """Clips the norm over all parameters."""
        if self.network.config.clip_norm > 0:
            # Count heads apart: they must not change what the rest learns.
            for counts in (False, True):
                groups = [g for g in optimizer.param_groups if (g["name"] == "counts") is counts]
                parameters = [p for group in groups for p in group["params"]]
                if parameters:
                    nn.utils.clip_grad_norm_(parameters, self.network.config.clip_norm)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Moves our records, which Lightning does not know."""
        return to_device(batch, device) if isinstance(batch, SampleBatch) else batch.to(device)

    def on_train_epoch_start(self) -> None:
        """Starts the sums of an epoch."""
        self._sums, self._n_documents, self._started = {}, 0, time.perf_counter()

    def training_step(self, batch: SampleBatch, index: int) -> Tensor:
        """Loss of one batch."""
        loss = self.loss(self.network(batch), batch)
        n = batch.text.n_documents
        self._n_documents += n
        for name, value in (("loss", loss.total), *((f"loss_{t}", v) for t, v in loss.tasks.items())):
            detached = value.detach() * n
            self._sums[name] = self._sums[name] + detached if name in self._sums else detached
        if (self.device.type == "cpu" or index % _CHECK_EVERY == 0) and not math.isfinite(float(self._sums["loss"])):
            self._refuse_nan()
        total: Tensor = loss.total
        return total

    def on_validation_epoch_start(self) -> None:
        """Takes stock of the training part of the epoch."""
        self.predictions, self._n_left_out, self._evaluator, self._spans = [], 0, None, None
        if self._looks_closer and self.network.mention is not None:
            self._spans = SpanScores(self.network.schema)
        if self.tuner.moves(self.current_epoch + 1):
            encode = encoder_of(self.network, self.validation, self.device)
            self._evaluator = ModelEvaluator(self.network, encode=encode)
        if self._n_documents:
            if not math.isfinite(float(self._sums["loss"])):
                self._refuse_nan()
            seconds = time.perf_counter() - self._started
            self.epoch_metrics = {name: float(value) / self._n_documents for name, value in self._sums.items()}
            self.epoch_metrics |= {"docs_per_s": self._n_documents / seconds, **self.loss.state()}
            self.epoch_metrics |= rates(self.trainer.optimizers[0])

    def validation_step(self, batch: EvaluationBatch, index: int) -> None:
        """Predictions of a few documents; where thresholds move, only what does not depend on them."""
        if self._evaluator is None:
            self.predictions += self.predict_batch(batch)
            return
        for scan in self._scans(batch):
            self._evaluator.add(scan)

    def predict_batch(self, batch: EvaluationBatch) -> Sequence[Prediction]:
        """Predictions at the thresholds in force."""
        predictions = []
        for scan in self._scans(batch):
            found = self.inference.coreference(scan, self.thresholds.mention)
            self._n_left_out += found.n_left_out
            relations = self.inference.relations(found, self.thresholds.coref)
            predictions.append(self.inference.prediction(relations, self.thresholds))
        return predictions

    def on_validation_epoch_end(self) -> None:
        """Moves the thresholds if it is their turn, and scores all documents."""
        if self._evaluator is not None:
            reading = self.tuner.tune(self.current_epoch + 1, self._evaluator.settle(self.thresholds))
            self._n_left_out = self._evaluator.n_mentions_left_out
            if self._looks_closer:
                every = range(self._evaluator.n_documents)
                self.predictions = [self._evaluator.prediction(d, self.thresholds) for d in every]
            self._evaluator = None
            self.epoch_metrics |= task_metrics(reading)
        else:
            scores = self.scorer.score(self.predictions).metrics()
            self.epoch_metrics |= {name: scores[name] for name in self.network.config.metrics}
        if self._spans is not None:
            self.tuner.trace.mentions = self._spans.scores()
            self._spans = None
        self.epoch_metrics |= threshold_metrics(self.thresholds)
        if self._n_left_out:
            self.epoch_metrics["mentions_left_out"] = float(self._n_left_out)

    @property
    def score(self) -> float:
        """The epoch's headline figure, percent."""
        return self.epoch_metrics.get(self.network.config.metric, math.nan)

    @property
    def _looks_closer(self) -> bool:
        return self.current_epoch + 1 == self.looks_closer_at

    def _scans(self, batch: EvaluationBatch) -> Iterator[Scan]:
        words = self.network.word_states(batch.text)
        for document, (start, end) in batch.slices():
            scan = self.inference.scan(document, words[start:end])
            # What the last step of an epoch ruined no loss has seen; without this it would pass as a score of 0.
            if not (np.isfinite(scan.scores).all() and torch.isfinite(scan.words).all()):
                self._refuse_nan("what the network says")
            if self._spans is not None:
                self._spans.add(scan, self.inference.most_mentions(scan))
            yield scan

    def _refuse_nan(self, what: str = "the loss") -> None:
        tasks = [n for n, v in self._sums.items() if n != "loss" and not math.isfinite(float(v))]
        of_tasks = f" ({', '.join(tasks)})" if tasks else ""
        raise ModelError(
            f"{what} must stay a finite number; in epoch {self.current_epoch + 1} it is not{of_tasks}",
            "the learning rate is probably too high for this configuration",
            failed=True,
        )
