"""The pruners by name, with their options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError
from engine.pruners.halving import make_halving
from engine.pruners.hyperband import make_hyperband
from engine.pruners.median import Median
from engine.pruners.patience import Patience
from engine.pruners.pruner import Pruner
from engine.values import refuse_unknown_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class PrunerInfo:
    """A pruner as the plan screen shows it.

    Attributes:
        name: As it is written in plans.
        summary: What it does, in one sentence.
        options: Defaults by name.
    """

    name: str
    summary: str
    options: Mapping[str, Any]


PRUNERS: Mapping[str, PrunerInfo] = {
    info.name: info
    for info in (
        PrunerInfo(name="none", summary="Every trial runs to its end", options={}),
        PrunerInfo(
            name="hyperband",
            summary="Several ladders of rungs; at each rung the best 1/eta of a ladder's trials go on",
            options={"min_resource": 1, "max_resource": 32, "reduction_factor": 3},
        ),
        PrunerInfo(
            name="halving",
            summary="One ladder of rungs for all trials; at each the best 1/eta go on",
            options={"min_resource": 1, "reduction_factor": 3},
        ),
        PrunerInfo(
            name="median",
            summary="Stops a trial whose best is below the median of the others at the same epoch",
            options={"n_startup_trials": 5, "n_warmup_steps": 0, "interval": 1},
        ),
        PrunerInfo(
            name="patience",
            summary="Stops a trial that has not improved for some epochs",
            options={"patience": 5, "min_delta": 0.0},
        ),
    )
}
"""Every pruner."""


def pruner_info(name: str) -> PrunerInfo:
    """The pruner of that name.

    Raises:
        EngineError: Naming the nearest known one.
    """
    refuse_unknown_keys({name: None}, PRUNERS, where="pruner")
    return PRUNERS[name]


def complete_pruner_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with the defaults filled in.

    Raises:
        EngineError: For an unknown pruner or option, or one of the wrong kind.
    """
    known = pruner_info(name).options
    refuse_unknown_keys(options, known, where=f"pruner {name}")
    for key, given in options.items():
        allowed = (int, float) if isinstance(known[key], float) else (int,)
        if isinstance(given, bool) or not isinstance(given, allowed):
            raise EngineError(f"pruner {name}: {key} must be like {known[key]!r}, got {given!r}")
    return {**known, **options}


def load_pruner(name: str, options: Mapping[str, Any], *, study_key: str, sign: float) -> Pruner | None:
    """The pruner, ready to judge; None for the one that never prunes.

    Args:
        name: In the registry.
        options: Its options; missing ones take their defaults.
        study_key: Frozen with the sprint.
        sign: 1 where a greater score is better, else -1.

    Raises:
        EngineError: For an unknown pruner or option, or one out of its range.
    """
    complete = complete_pruner_options(name, options)
    match name:
        case "hyperband":
            return make_hyperband(complete, sign, study_key)
        case "halving":
            return make_halving(complete, sign)
        case "median":
            return Median(sign=sign, **complete)
        case "patience":
            return Patience(sign=sign, **complete)
    return None
