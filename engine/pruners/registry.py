"""The pruners by name, with their options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.errors import EngineError
from engine.records import refuse_unknown_keys

Gains = Mapping[int, Mapping[int, float]]
"""Training scores by trial number and step, turned so that more is better; NaN where a report had none."""


class Pruner(Protocol):
    """Judges running trials; pure, its options fixed when it is made.

    Attributes:
        needs_curves: Whether it must see every step, not just the present one.
    """

    needs_curves: bool

    def decides_at(self, step: int) -> bool:
        """Whether a trial can be pruned at that step at all."""
        ...

    def reason_to_prune(self, gains: Gains, number: int, step: int) -> str:
        """Why the trial is pruned, in one sentence; empty lets it go on."""
        ...


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
    info.name: info for info in (PrunerInfo(name="none", summary="Every trial runs to its end", options={}),)
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
        default = known[key]
        if isinstance(given, bool) != isinstance(default, bool) or not isinstance(given, int | float | str):
            raise EngineError(f"pruner {name}: {key} must be like {default!r}, got {given!r}")
    return {**known, **options}


def load_pruner(name: str, options: Mapping[str, Any], *, study_key: str, max_epochs: int) -> Pruner | None:  # noqa: ARG001
    """The pruner; None for the one that never prunes."""
    complete_pruner_options(name, options)
    return None
