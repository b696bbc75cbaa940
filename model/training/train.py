"""Runs one training through Lightning, quietly, and tells a listener how it goes."""

import logging
import math
import signal
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment

from model.calibration.fit import BestEpoch, ThresholdTuner
from model.calibration.phase import calibration_phase
from model.config import ModelConfig
from model.data.loaders import Documents, EvaluationBatches, TrainingBatches
from model.data.prediction import Prediction
from model.data.sampling import DocumentSampler, SamplingOptions
from model.errors import ModelError
from model.evaluation.scoring import Scorer
from model.hyperparameters import Hyperparameters
from model.network.joint import JointModel
from model.optim.schedule import warmup_epochs
from model.thresholds.history import Trace
from model.thresholds.thresholds import ThresholdSet
from model.training.lightning_module import JointModule
from model.training.reporting import Listener, Reporting, StopNowError

_PRECISION: dict[str, Any] = {"32": "32-true", "bf16": "32-true", "fp16": "16-mixed"}
"""Lightning scales the loss for fp16; the network itself says what is computed in half."""

_GPU_EVALUATION_BATCH = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """How long to train and on what.

    Attributes:
        max_epochs: Length of the schedule.
        epochs: Epochs to run, at most ``max_epochs``.
        scheduler: Whether the learning rate follows its schedule.
        seed: Of the order, the samples and the dropout.
        device: ``cpu`` or ``cuda:N``.
        keep_checkpoint_at: Epochs after which ``keep`` is called.
        calibration_epochs: Rounds of calibration of the best epoch, at most; 0 for none.
        for_people: Keep what a person may want to look at: the last predictions, the last span scores.
    """

    max_epochs: int
    epochs: int
    scheduler: bool = True
    seed: int = 0
    device: str = "cpu"
    keep_checkpoint_at: tuple[int, ...] = ()
    calibration_epochs: int = 0
    for_people: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a training came to.

    Attributes:
        score: Of the last epoch that was validated, percent, or of the calibrated best one; NaN if none was.
        metrics: Of that epoch.
        thresholds: In force then; the network has the weights they belong to.
        epochs: Epochs completed.
        best_epoch: The epoch whose weights the network has.
        stopped: True if the listener stopped it.
        predictions: Of the validation documents at the score; only ``for_people``.
        trace: How the thresholds got there.
    """

    score: float
    metrics: Mapping[str, float]
    thresholds: ThresholdSet
    epochs: int
    best_epoch: int
    stopped: bool
    predictions: tuple[Prediction, ...] = ()
    trace: Trace = field(default_factory=Trace)


def epochs_to_run(run_to: str, *, epochs: int | None, max_epochs: int, pct_start: float) -> int:
    """How many epochs a trial trains: ``epochs``, ``warmup`` (to the end of the epoch where it ends) or ``all``."""
    if run_to == "warmup":
        return min(max_epochs, warmup_epochs(pct_start, max_epochs))
    if run_to == "epochs" and epochs is not None:
        return min(epochs, max_epochs)
    return max_epochs


def sampling_options(config: ModelConfig) -> SamplingOptions:
    """The negatives a configuration asks for."""
    return SamplingOptions(
        negative_mentions=config.negative_mentions,
        overlap_share=config.negative_overlap,
        negative_corefs=config.negative_corefs,
        negative_relations=config.negative_relations,
        max_words=config.max_words,
    )


def train(
    model: JointModel,
    training: Documents,
    validation: Documents,
    hyperparameters: Hyperparameters,
    run: Run,
    listener: Listener,
    *,
    thresholds: ThresholdSet,
    keep: Any = None,
) -> Outcome:
    """Trains ``model`` in place.

    Args:
        model: Initialized.
        training: Documents to learn from.
        validation: Documents to score each epoch.
        hyperparameters: Of this training.
        run: How long, on what.
        listener: Told about every batch and epoch.
        thresholds: In force at validation, where they begin if the configuration moves them.
        keep: Called with (epoch, metrics, thresholds) after each epoch of ``run.keep_checkpoint_at``.

    Raises:
        ModelError: If the loss is no longer a number, the precision does not suit the device, or no training document
            has a word.
    """
    config = model.config
    _refuse_what_cannot_train(config, run, training)
    model.learn_pieces(torch.from_numpy(np.concatenate([d.pieces for d in training.encoded])))
    sampler = DocumentSampler(training.plain, model.schema, sampling_options(config), run.seed)
    batches = TrainingBatches(training, sampler, batch_size=config.batch_size, seed=run.seed)
    module = JointModule(
        model,
        hyperparameters,
        shape=config.schedule if run.scheduler else "off",
        total_steps=run.max_epochs * math.ceil(len(batches) / config.accumulate),
        scorer=Scorer(validation.plain, model.schema),
        tuner=ThresholdTuner.of(config, thresholds),
        validation=validation,
        looks_closer_at=run.epochs if run.for_people else 0,
    )
    calibrates = run.calibration_epochs > 0 and "relation" in config.tasks
    batches.epoch = lambda: module.current_epoch
    on_gpu = run.device.startswith("cuda")
    best = BestEpoch() if calibrates else None
    reporting = Reporting(
        listener, len(batches), len(validation), config.batch_size, run.keep_checkpoint_at, keep, best
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = _trainer(config, run, reporting)
        torch.manual_seed(run.seed)
        stopped = False
        try:
            trainer.fit(module, batches, EvaluationBatches(validation, _GPU_EVALUATION_BATCH if on_gpu else 1))
        except StopNowError:
            stopped = True
        except SystemExit as leaving:
            # Lightning makes Ctrl+C a silent exit with status 1, and the process deaf to the next one.
            if not isinstance(leaving.__context__, KeyboardInterrupt):
                raise
            signal.signal(signal.SIGINT, signal.default_int_handler)
            raise KeyboardInterrupt from None
        finally:
            # Lightning leaves references to optimizer and loops behind; a warm worker must not keep them.
            module.trainer = None
    outcome = Outcome(
        score=reporting.score,
        metrics=reporting.metrics,
        thresholds=module.thresholds,
        epochs=reporting.epochs,
        best_epoch=reporting.epochs,
        stopped=stopped or reporting.stopped,
        predictions=tuple(module.predictions) if run.for_people else (),
        trace=module.tuner.trace,
    )
    if best is None or best.thresholds is None or outcome.stopped:
        return outcome
    if best.epoch != outcome.epochs:
        best.restore(model)
    phase = calibration_phase(
        model,
        validation,
        best.thresholds,
        listener,
        epochs=run.calibration_epochs,
        first_step=outcome.epochs + 1,
        batch_size=_GPU_EVALUATION_BATCH if on_gpu else 1,
        device=run.device,
    )
    outcome.trace.mentions = phase.mentions
    climbs = config.calibration != "exact"
    outcome.trace.add_calibration(phase.calibration, outcome.epochs + 1, climbs=climbs)
    return replace(
        outcome,
        score=phase.score,
        metrics={**outcome.metrics, **phase.metrics},
        thresholds=phase.thresholds,
        best_epoch=best.epoch,
        predictions=phase.predictions,
    )


def _refuse_what_cannot_train(config: ModelConfig, run: Run, training: Documents) -> None:
    if config.precision == "fp16" and not run.device.startswith("cuda"):
        raise ModelError("precision fp16 needs a GPU", "use bf16 or 32 on a CPU")
    if not any(document.n_words for document in training.plain):
        raise ModelError(f"training documents must hold words; none of the {len(training)} given does")


def _trainer(config: ModelConfig, run: Run, reporting: lightning.Callback) -> lightning.Trainer:
    for name in ("pytorch_lightning", "lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    on_gpu = run.device.startswith("cuda")
    return lightning.Trainer(
        accelerator="gpu" if on_gpu else "cpu",
        devices=[int(run.device.partition(":")[2] or 0)] if on_gpu else 1,
        max_epochs=run.epochs,
        accumulate_grad_batches=config.accumulate,
        precision=_PRECISION[config.precision],
        callbacks=[reporting],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        # One process trains a trial; in a SLURM job Lightning would look for its siblings and requeue on its own.
        plugins=[LightningEnvironment()],
        default_root_dir=Path.cwd(),
    )
