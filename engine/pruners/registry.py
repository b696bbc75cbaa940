"""The pruners by name, with their options; importing this loads none of them.

A package adds one with an entry point in the group ``trimtab.pruners`` that names a `PrunerInfo`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from engine.errors import EngineError
from engine.pruners.pruner import MakePruner, Pruner
from engine.registries.registry import Registry, record_of, resolve
from engine.values import refuse_unknown_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class PrunerInfo:
    """A pruner as the plan screen shows it.

    Attributes:
        name: As it is written in plans.
        summary: What it does, in one sentence.
        options: Defaults by name.
        make: ``module:function`` that makes it from complete options; empty for the one that never prunes.
        short: Which trials it stops, in at most 14 cells, for the plan form.
    """

    name: str
    summary: str
    options: Mapping[str, Any]
    make: str
    short: str = ""


_BUILT_IN: Mapping[str, PrunerInfo] = {
    info.name: info
    for info in (
        PrunerInfo(name="none", summary="Every trial runs to its end", options={}, make="", short="run all trials"),
        PrunerInfo(
            name="hyperband",
            summary="Several brackets of rungs; at each rung the best 1/eta of a bracket's trials are promoted",
            options={"min_resource": 1, "max_resource": 32, "reduction_factor": 3},
            make="engine.pruners.hyperband:make_hyperband",
            short="brackets",
        ),
        PrunerInfo(
            name="halving",
            summary="One bracket of rungs for all trials; at each rung the best 1/eta are promoted",
            options={"min_resource": 1, "reduction_factor": 3},
            make="engine.pruners.halving:make_halving",
            short="one bracket",
        ),
        PrunerInfo(
            name="median",
            summary="Stops a trial whose best is below the median of the others at the same epoch",
            options={"n_startup_trials": 5, "n_warmup_steps": 0, "interval": 1},
            make="engine.pruners.median:make_median",
            short="below median",
        ),
        PrunerInfo(
            name="patience",
            summary="Stops a trial that has not improved for some epochs",
            options={"patience": 5, "min_delta": 0.0},
            make="engine.pruners.patience:make_patience",
            short="no gain",
        ),
    )
}

PRUNERS = Registry(kind="pruner", group="trimtab.pruners", built_in=_BUILT_IN, adapt=record_of("pruner", PrunerInfo))
"""Every pruner."""


def pruner_info(name: str) -> PrunerInfo:
    """The pruner of that name.

    Raises:
        EngineError: Naming the nearest known one.
    """
    return PRUNERS.named(name)


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
    make = pruner_info(name).make
    return cast(MakePruner, resolve(make))(complete, sign=sign, study_key=study_key) if make else None
