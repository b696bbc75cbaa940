"""What ``trimtab calibrate`` does: one search on documents with gold annotation, and a checkpoint with its result."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.boundary.output import Output
from model.calibration.cross_fitted_score import honest_figure
from model.calibration.documents import evaluator_over
from model.calibration.fit import task_metrics, threshold_metrics
from model.checkpoint import ENCODER, WEIGHTS, read_card, write_card
from model.config import ModelConfig
from model.data.document import Document
from model.errors import ModelError
from model.inference.preparation import prepare_documents
from model.network.joint import JointModel
from model.thresholds.cross_fit import CrossFit
from model.thresholds.exact import RelationRule
from model.thresholds.report import METHODS, Calibration, CalibrationOptions
from model.thresholds.search import calibrate
from model.thresholds.thresholds import ThresholdSet


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        method: ``climb``, ``rotate`` or ``exact``.
        per_class: One relation threshold a type.
        shrinkage: Gold relations at which a type goes half way to the global threshold.
        epochs: Most rounds of ``climb`` and ``rotate``.
        delta: δ of a round.
        cross_fit: Whether to tune on halves too.
        seed: Seed of the halves.
        memory: MiB.
    """

    method: str = "climb"
    per_class: bool = False
    shrinkage: float = 0.0
    epochs: int = 7
    delta: float = 0.025
    cross_fit: bool = False
    seed: int = 0
    memory: int = 1024

    @classmethod
    def of(cls, config: ModelConfig, **asked: Any) -> "Request":
        """A request; what is None is as the model configuration has it.

        Raises:
            ModelError: If the model finds no relations, by which thresholds are judged, or types are to be shrunk
                toward a global threshold that all of them have.
        """
        require_relations(config)
        own = {
            "method": config.calibration,
            "per_class": config.class_thresholds,
            "shrinkage": config.threshold_shrinkage,
        }
        request = cls(**{**own, **{name: value for name, value in asked.items() if value is not None}})
        if asked.get("shrinkage") and not request.per_class:
            raise ModelError(
                f"shrinkage is of class-specific thresholds; given: {request.shrinkage:g} without them",
                "add --per-class, or leave --shrinkage out",
            )
        return request

    def options(self) -> CalibrationOptions:
        """The same as the search takes it."""
        return CalibrationOptions(
            method=next(name for name in METHODS if name == self.method),
            epochs=self.epochs,
            delta=self.delta,
            rule=RelationRule(per_class=self.per_class, shrinkage=self.shrinkage),
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Result:
    """What came out.

    Attributes:
        request: What was asked.
        calibration: The path, before and after.
        honest: Cross-fitted figures, if asked for.
        names: The relation types.
        facts: Memory and counts of the evaluator.
        read_seconds: Reading the documents.
        search_seconds: Searching.
    """

    request: Request
    calibration: Calibration
    honest: CrossFit | None
    names: tuple[str, ...]
    facts: Mapping[str, float | int]
    read_seconds: float
    search_seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "method": self.request.method,
            "per_class": self.request.per_class,
            "shrinkage": self.request.shrinkage,
            "thresholds": self.calibration.thresholds.to_dict(),
            **self.calibration.to_dict(),
            "tasks": self.calibration.task_rows(),
            "classes": self.calibration.class_rows(self.names),
            "cross_fit": self.honest.to_dict() if self.honest else None,
            "read_seconds": self.read_seconds,
            "search_seconds": self.search_seconds,
            "facts": dict(self.facts),
        }


def require_relations(config: ModelConfig, documents: Sequence[Document] | None = None) -> None:
    """Raises a ModelError if a model finds no relations, or documents hold none: nothing says which threshold is good.

    Args:
        config: The model configuration.
        documents: To calibrate on; None if they are not known yet.
    """
    if "relation" not in config.tasks:
        raise ModelError(
            f"thresholds are judged by the relations they let through; the model type {config.type} finds none",
            "set threshold_mention or threshold_coref in the model options",
        )
    if documents is not None and not any(document.scored_relations for document in documents):
        raise ModelError(
            f"thresholds are judged by gold relations; the {len(documents)} documents given have none",
            "name a DATA file with labels",
        )


def run(
    model: JointModel,
    tokenizer: Any,
    card: Mapping[str, Any],
    documents: Sequence[Document],
    request: Request,
    *,
    device: str = "cpu",
    tell: Callable[[str], None] = lambda _: None,
) -> Result:
    """Calibrates a checkpoint.

    Args:
        model: Loaded.
        tokenizer: Of its encoder.
        card: Of the checkpoint; its thresholds are where the search starts.
        documents: With gold annotation; not those it was trained on.
        request: How.
        device: Where to run.
        tell: Told what happens, for a progress line.
    """
    require_relations(model.config, documents)
    start, options, n = ThresholdSet.from_dict(card["thresholds"]), request.options(), len(documents)
    began = time.perf_counter()
    evaluator = evaluator_over(
        model,
        prepare_documents(documents, tokenizer, model.encoder.config, model.config),
        start,
        device=device,
        memory=request.memory,
        progress=lambda done: tell(f"reading document {done} of {n}"),
    )
    cached, read = evaluator.cached(), time.perf_counter()

    def told(step: int, f1: float) -> bool:
        tell(f"{request.method}: step {step}, rel_nec F1 {f1:.2f}")
        return True

    found = calibrate(cached, start, options, on_row=lambda row: told(row.iteration, row.f1))
    searched = time.perf_counter()
    honest = None
    if request.cross_fit:
        tell("Tuning on halves")
        honest = honest_figure(cached, model.config, options, request.seed)
    return Result(
        request=request,
        calibration=found,
        honest=honest,
        names=model.schema.relation_types,
        facts=evaluator.facts(),
        read_seconds=read - began,
        search_seconds=searched - read,
    )


def save_calibrated(checkpoint: Path, target: Output, result: Result) -> None:
    """Writes a copy of a checkpoint with the thresholds found."""
    card = read_card(checkpoint)
    found = result.calibration
    card["thresholds"] = found.thresholds.to_dict()
    card["metrics"] |= {**task_metrics(found.after), **threshold_metrics(found.thresholds)}
    card["calibration"] = {
        "method": result.request.method,
        "per_class": result.request.per_class,
        "shrinkage": result.request.shrinkage,
        "f1_before": found.before.f1,
        "f1_after": found.after.f1,
        "cross_fit": result.honest.to_dict() if result.honest else None,
    }
    with target.folder() as folder:
        for name in (WEIGHTS, ENCODER):
            copy = shutil.copytree if (checkpoint / name).is_dir() else shutil.copyfile
            copy(checkpoint / name, folder / name)
        write_card(folder, card)
