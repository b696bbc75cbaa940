"""One trial of the engine as one training."""

import math
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path

from model.calibration.test_split_access import open_documents, record_opening
from model.checkpoint import initialize_from, read_card, save_checkpoint
from model.data.loaders import Documents
from model.data.subsets import partition
from model.errors import ModelError
from model.evaluation.scoring import score_documents
from model.hyperparameters import Hyperparameters
from model.inference.predict import predict
from model.network.joint import JointModel
from model.search.artifacts import write_artifacts
from model.search.protocol import Trial
from model.thresholds.thresholds import ThresholdSet
from model.training.train import Outcome, Run, epochs_to_run, train
from model.training.warm_training import Workbench


def run_trial(workbench: Workbench, trial: Trial) -> float:
    """Trains with a trial's parameters on its subsets; its listener is the trial itself."""
    hyperparameters = Hyperparameters.from_params(trial.params, workbench.config)
    training = _subset(workbench, "train", trial.train_subset)
    validation = _subset(workbench, "validation", trial.val_subset)
    epochs = epochs_to_run(
        trial.run_to,
        epochs=trial.epochs,
        max_epochs=trial.max_epochs,
        pct_start=hyperparameters["pct_start"],
    )
    model = workbench.fresh_model(trial.seed, hyperparameters)
    if trial.checkpoint is not None:
        initialize_from(Path(trial.checkpoint), model)
    trial.log(
        f"{len(training)} documents to train, {len(validation)} to validate, {epochs} of {trial.max_epochs} epochs"
    )
    outcome = train(
        model,
        training,
        validation,
        hyperparameters,
        Run(
            max_epochs=trial.max_epochs,
            epochs=epochs,
            scheduler=trial.scheduler,
            seed=trial.seed,
            device=trial.device,
            keep_checkpoint_at=trial.keep_checkpoint_at,
            calibration_epochs=trial.calibration_epochs,
            for_people=True,
        ),
        trial,
        thresholds=workbench.thresholds(),
        keep=partial(_keep, workbench, trial.run_dir),
    )
    if outcome.epochs and not outcome.stopped:
        write_artifacts(trial.run_dir, outcome, validation.plain, workbench.corpus.schema, workbench.config, trial.log)
    if outcome.epochs and trial.calibration_epochs and not outcome.stopped:
        _keep(workbench, trial.run_dir, outcome.best_epoch, outcome.metrics, outcome.thresholds, name="checkpoint-best")
        if trial.open_test:
            _open_test(workbench, trial, model, outcome)
    return outcome.score if outcome.epochs else math.nan


def _keep(
    workbench: Workbench,
    run_dir: Path,
    epoch: int,
    metrics: Mapping[str, float],
    thresholds: ThresholdSet,
    name: str = "",
) -> None:
    save_checkpoint(
        run_dir / (name or f"checkpoint-e{epoch}"),
        workbench.model,
        workbench.pretrained.tokenizer,
        thresholds=thresholds,
        metrics=metrics,
        data_hash=workbench.corpus.data_hash,
        origin=workbench.origin(),
        epoch=epoch,
    )


def _open_test(workbench: Workbench, trial: Trial, model: JointModel, outcome: Outcome) -> None:
    """Reads the test split once, with the calibrated thresholds: into the checkpoint's card, the store and the log."""
    if workbench.data.test is None:
        trial.log("the test split stays closed: the data options name no test file")
        return
    folder = trial.run_dir / "checkpoint-best"
    documents, opened = open_documents(read_card(folder), folder, None, open_test=True)
    predictions = predict(model, workbench.encode(documents), outcome.thresholds, device=trial.device)
    scores = score_documents(documents, predictions, model.schema).of(model.config.scored_tasks).metrics()
    f1 = {f"test_{name}": value for name, value in scores.items() if name.endswith("f1_micro")}
    if opened is not None:
        record_opening(folder, opened, f1)
        trial.opened_test(f1)
    trial.log("test split opened: " + ", ".join(f"{name} {value:.2f}" for name, value in f1.items()))


def _subset(workbench: Workbench, side: str, subset: tuple[int, int]) -> Documents:
    index, count = subset
    documents: Documents = getattr(workbench, side)
    if count == 1:
        return documents
    if not 0 <= index < count <= len(documents):
        raise ModelError(
            f"{side} subset {index} of {count} must exist; there are {len(documents)} documents",
            "lower the number of subsets in the fidelity",
        )
    return documents.subset(_rows(workbench, side, count)[index])


@lru_cache(maxsize=16)
def _rows(workbench: Workbench, side: str, count: int) -> list[list[int]]:
    documents: Documents = getattr(workbench, side)
    return [rows.tolist() for rows in partition(documents.plain, count, workbench.data.seed)]
