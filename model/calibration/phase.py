"""The calibration phase after training (paper B.3, Algorithm 2): thresholds for the best epoch's weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from model.calibration.documents import evaluator_over
from model.calibration.fit import relation_rule, task_metrics, threshold_metrics
from model.config import ModelConfig
from model.data.loaders import Documents
from model.data.prediction import Prediction
from model.network.joint import JointModel
from model.thresholds.candidates import MentionScores
from model.thresholds.report import METHODS, Calibration, CalibrationOptions, PathRow
from model.thresholds.scores_at import read
from model.thresholds.search import calibrate
from model.thresholds.thresholds import ThresholdSet


@runtime_checkable
class Reports(Protocol):
    """Whoever is told; an engine's trial is one."""

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        """A calibration epoch ended; False stops."""
        ...

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        """Somewhere in the phase; False stops."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Phase:
    """What the phase came to.

    Attributes:
        thresholds: To use from now on.
        score: At them, percent.
        metrics: Every task's F1 and the thresholds.
        calibration: The path.
        predictions: Of every document at the thresholds.
        mentions: Every candidate span of the documents.
    """

    thresholds: ThresholdSet
    score: float
    metrics: dict[str, float]
    calibration: Calibration
    predictions: tuple[Prediction, ...]
    mentions: MentionScores


def calibration_options(config: ModelConfig, epochs: int) -> CalibrationOptions:
    """The options of a model configuration for a phase of so many epochs."""
    method = next(name for name in METHODS if name == config.calibration)
    return CalibrationOptions(method=method, epochs=epochs, rule=relation_rule(config))


def calibration_phase(
    model: JointModel,
    validation: Documents,
    start: ThresholdSet,
    listener: Reports,
    *,
    epochs: int,
    first_step: int,
    batch_size: int = 1,
    device: str = "cpu",
) -> Phase:
    """Calibrates a trained network, reporting each round with the phase ``calibration``.

    The encoder reads the documents once in all. A round of a climb is an epoch; an exact search reports once, when it
    is done. A round does not lower rel_nec, so a listener has no reason to prune: False only says that a person stopped
    it. A score of another task may fall by it.

    Args:
        model: With the weights of the best epoch.
        validation: With pieces and gold annotation.
        start: Thresholds of the best epoch.
        listener: Told of every epoch.
        epochs: Rounds at most.
        first_step: Number of the first calibration epoch; those of training came before.
        batch_size: Documents the encoder reads at once.
        device: Where the model is.
    """
    metric, n = model.config.metric, len(validation)

    def read_so_far(done: int) -> None:
        listener.progress(first_step, 0.8 * done / n, "reading for calibration")

    documents = evaluator_over(model, validation, start, batch_size=batch_size, device=device, progress=read_so_far)
    evaluator = documents.cached()
    options = calibration_options(model.config, epochs)

    def tell(row: PathRow) -> bool:
        if options.method == "exact":
            return listener.progress(first_step, 0.8 + 0.2 * row.iteration / options.max_points, "calibration")
        metrics = {**task_metrics(read(evaluator, row.thresholds)), **threshold_metrics(row.thresholds)}
        return listener.report(first_step + row.iteration - 1, metrics[metric], metrics, phase="calibration")

    found = calibrate(evaluator, start, options, on_row=tell)
    metrics = {**task_metrics(found.after), **threshold_metrics(found.thresholds)}
    if options.method == "exact":
        listener.report(first_step, metrics[metric], metrics, phase="calibration")
    return Phase(
        thresholds=found.thresholds,
        score=metrics[metric],
        metrics=metrics,
        calibration=found,
        predictions=tuple(documents.prediction(d, found.thresholds) for d in range(n)),
        mentions=evaluator.mention_scores(),
    )
