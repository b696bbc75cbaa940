"""What ``active_when`` conditions are judged by: the model's options and the fidelity's scheduler."""

from collections.abc import Mapping
from typing import Any

from engine.space.space import Space
from engine.trials.fidelity import Fidelity
from engine.values import UNSET, Value


def settings_for(space: Space, model: Mapping[str, Any], fidelity: Fidelity) -> dict[str, Value]:
    """Every plain option of the model, plus ``scheduler``; a flag nobody set, but a condition asks for, is off."""
    plain = {key: value for key, value in model.items() if isinstance(value, bool | int | float | str)}
    asked = {key for d in space for key, wanted in d.active_when.items() if isinstance(wanted, bool | list)}
    off: dict[str, Value] = {key: False for key in asked if key not in space.names}
    return off | plain | {"scheduler": fidelity.scheduler}


def usual_pct_start(space: Space) -> float | None:
    """Share of the schedule that is warmup where a trial is not at hand: frozen, or the middle; None without one."""
    if "pct_start" not in space.names:
        return None
    dimension = space["pct_start"]
    value = dimension.from_unit(0.5) if dimension.frozen is UNSET else dimension.frozen
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
