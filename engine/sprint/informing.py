"""Earlier trials that inform a sprint's model without being trials of it.

A box limits what is proposed, not what is known. Where the sprint that another one is primed from has the same regime
(objective, model, data, checkpoint, metric and fidelity; another subset of that fidelity is the same), its other trials
were scored alike: those beyond the best that enter, outside the trimmed space, against a new constraint, or failed. A
trial at another value of what is frozen now, without what was added, or with a category that is gone tells of another
function and is not used.
"""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from engine.samplers.suggest import REACH
from engine.space.dimension import Dimension
from engine.space.space import Space, describe_range
from engine.sprint.priming import fitted
from engine.trials.states import Direction, TrialState
from engine.trials.trial import TrialRecord, ranked
from engine.values import UNSET, Value, same_value, value_text

MOST = 200
"""Trials that inform at most, unless a plan says otherwise: the cost of a suggestion grows with them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Informing:
    """Earlier trials sorted by whether they inform.

    Attributes:
        trials: Those that do, in order of number, with the parameters that the sprint's space knows.
        unusable: (number, reason) of the others.
    """

    trials: tuple[TrialRecord, ...] = ()
    unusable: tuple[tuple[int, str], ...] = ()


def informing(
    trials: Sequence[TrialRecord],
    space: Space,
    settings: Mapping[str, Value],
    *,
    taken: Set[int],
    outside: bool,
    direction: Direction = Direction.MAXIMIZE,
    limit: int = MOST,
) -> Informing:
    """Which trials of an earlier sprint of the same regime inform a sprint's model.

    Args:
        trials: Of the earlier sprint; those without an end or a score say nothing and are left out silently.
        space: The new space.
        settings: What ``active_when`` is judged by.
        taken: Numbers of those that enter the sprint.
        outside: Whether the sampler reads numbers beyond the bounds.
        direction: Which way the score is better.
        limit: Trials that inform at most: failed ones, then the best.
    """
    used, unusable = [], []
    for trial in sorted(trials, key=lambda one: one.number):
        failed = trial.state == TrialState.FAILED
        scored = trial.state == TrialState.COMPLETE and trial.score is not None and math.isfinite(trial.score)
        if trial.number in taken or not (scored or failed):
            continue
        params, _ = fitted(trial.params, space, settings, complete=False)
        reasons = _differences(params, space, settings, outside=outside and not failed)
        if reasons:
            unusable.append((trial.number, "; ".join(reasons)))
        else:
            used.append(replace(trial, params=params))
    best = [trial for trial in used if trial.state == TrialState.FAILED] + ranked(used, direction)
    kept = {trial.number for trial in best[:limit]}
    unusable += [(trial.number, f"beyond the {limit} that inform at most") for trial in best[limit:]]
    return Informing(trials=tuple(trial for trial in used if trial.number in kept), unusable=tuple(sorted(unusable)))


def _differences(
    params: Mapping[str, Value], space: Space, settings: Mapping[str, Value], *, outside: bool
) -> list[str]:
    """Why a trial tells of another function than the sprint searches; empty where it tells of the same."""
    reasons = []
    for dimension in space.active(settings):
        name = dimension.name
        if name not in params:
            if space.is_active(name, params, settings):
                reasons.append(f"{name} is missing")
            continue
        value = params[name]
        if dimension.frozen is not UNSET:
            differs = not same_value(value, dimension.frozen)
        else:
            differs = not dimension.contains(value) and not (outside and _is_near(dimension, value))
        if differs:
            reasons.append(f"{name} = {value_text(value)} is outside {describe_range(dimension)}")
    return reasons


def _is_near(dimension: Dimension, value: Value) -> bool:
    """Whether a number lies so few widths of the range beyond its bounds that samplers which read it use it."""
    if dimension.kind == "categorical" or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (not dimension.log or value > 0) and -REACH <= dimension.to_unit(value) <= 1.0 + REACH
