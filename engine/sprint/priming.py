"""Which earlier trials may enter a new sprint, and how (paper §3, A.2).

- cold: parameters only; scores are computed anew, so fidelity and space may differ. Points outside the new space are
  dropped with the reason; a dimension that the new space holds frozen takes its frozen value, one that was inactive
  before takes the middle of its range, and both are said.
- warm: scores are taken over, so model configuration, checkpoint, metric and fidelity must be identical; a changed
  space needs a person's word, and points outside it are dropped.
- extend: adds trials to a sprint only while nothing about it changed.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import EngineError
from engine.space.space import Space
from engine.sprint.plan import Prime
from engine.trials.fidelity import Fidelity
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, ranked
from engine.values import UNSET, Value, value_key, value_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Regime:
    """What decides whether scores of two sprints can be compared.

    Attributes:
        objective: ``module:Class``.
        model: Model options.
        data: Data options.
        checkpoint: What trials start from; None for the pretrained state.
        metric: Name of the score.
        fidelity: Data and epochs.
        space: The space searched.
    """

    objective: str
    model: Mapping[str, Any]
    data: Mapping[str, Any]
    checkpoint: str | None
    metric: str
    fidelity: Fidelity
    space: Space


@dataclass(frozen=True, kw_only=True, slots=True)
class Primed:
    """Earlier trials sorted by whether they may enter.

    Attributes:
        fitting: Trials that enter, best first, with the parameters they will have.
        dropped: (number, reason) of the others.
        adjusted: Sentences on parameters that were changed or added, with the trials' numbers.
    """

    fitting: tuple[TrialRecord, ...] = ()
    dropped: tuple[tuple[int, str], ...] = ()
    adjusted: tuple[str, ...] = field(default=())


def refusals(old: Regime, new: Regime, *, allow_changed_space: bool = False) -> tuple[str, ...]:
    """Why scores of ``old`` must not enter a sprint with ``new``; each names the field that differs."""
    reasons = []
    for name in ("objective", "checkpoint", "metric"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            reasons.append(f"{name} differs: {before!r} there, {after!r} here")
    for part in ("model", "data"):
        before, after = getattr(old, part), getattr(new, part)
        reasons += [
            f"{part}.{key} differs: {before.get(key)!r} there, {after.get(key)!r} here"
            for key in sorted({*before, *after})
            if before.get(key) != after.get(key)
        ]
    before, after = old.fidelity.to_dict(), new.fidelity.to_dict()
    reasons += [
        f"fidelity.{key} differs: {before[key]!r} there, {after[key]!r} here"
        for key in before
        if before[key] != after[key]
    ]
    if old.space != new.space and not allow_changed_space:
        changed = [d.name for d in new.space if d.name not in old.space.names or old.space[d.name] != d]
        changed += [d.name for d in old.space if d.name not in new.space.names]
        what = ", ".join(changed) or "its constraints"
        reasons.append(f"the space differs ({what}): scores may be reused only when a person confirms it")
    return tuple(reasons)


def prime(
    trials: Sequence[TrialRecord],
    space: Space,
    settings: Mapping[str, Value],
    direction: Direction = Direction.MAXIMIZE,
    *,
    how: Prime = "cold",
    top_n: int = 0,
) -> Primed:
    """The best ``top_n`` earlier trials that fit a space (0 means all), the rest of those looked at with reasons.

    Trials are looked at best first until ``top_n`` fit, so a dropped one is replaced by the next best.
    """
    if how == "none":
        return Primed()
    fitting: list[TrialRecord] = []
    dropped: list[tuple[int, str]] = []
    changed: dict[str, list[int]] = {}
    entered: dict[tuple[tuple[str, Hashable], ...], int] = {}
    for trial in ranked(trials, direction):
        if top_n and len(fitting) == top_n:
            break
        params, changes = fitted(trial.params, space, settings, complete=how == "cold")
        if reasons := space.misfits(params, settings):
            dropped.append((trial.number, "; ".join(reasons)))
            continue
        configuration = tuple(sorted((name, value_key(value)) for name, value in params.items()))
        if how == "cold" and configuration in entered:
            dropped.append((trial.number, f"the same configuration as #{entered[configuration]}"))
            continue
        entered[configuration] = trial.number
        for change in changes:
            changed.setdefault(change, []).append(trial.number)
        fitting.append(_with_params(trial, params))
    adjusted = (f"{', '.join(f'#{n}' for n in numbers)}: {change}" for change, numbers in changed.items())
    return Primed(fitting=tuple(fitting), dropped=tuple(dropped), adjusted=tuple(adjusted))


def fitted(
    params: Mapping[str, Value], space: Space, settings: Mapping[str, Value], *, complete: bool
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Parameters without what the space does not know or hold active.

    Args:
        params: An earlier trial's.
        space: The new space.
        settings: What ``active_when`` is judged by.
        complete: Give frozen dimensions their value, and newly active ones the middle of their range.

    Returns:
        The parameters and, in words, every value that was changed or added.
    """
    kept: dict[str, Value] = {}
    changes = []
    known = space.with_earlier_values(params, settings)
    for dimension in space.active(settings):
        name = dimension.name
        if name in known and (dimension.contains(known[name]) or not (complete and dimension.is_frozen)):
            kept[name] = known[name]
            if name not in params:
                changes.append(f"{name} is {_short(known[name])}, which it was before it joined the thread")
        elif complete and dimension.frozen is not UNSET:
            kept[name] = dimension.frozen
            if name in params:
                changes.append(f"{name} becomes {_short(dimension.frozen)}, where it is frozen now")
        elif complete:
            kept[name] = dimension.from_unit(0.5)
            changes.append(f"{name} becomes {_short(kept[name])}, the middle of its range; it was not active before")
    active = {name: value for name, value in kept.items() if space.is_active(name, kept, settings)}
    return active, tuple(change for change in changes if change.partition(" ")[0] in active)


def check_manual(params: Mapping[str, Value], space: Space, settings: Mapping[str, Value]) -> dict[str, Value]:
    """A hand-typed configuration completed by frozen values.

    Raises:
        EngineError: When it names an unknown dimension, leaves one out, or lies outside the space.
    """
    for name in params:
        space[name]
    frozen = {d.name: d.frozen for d in space.active(settings) if d.frozen is not UNSET}
    complete, _ = fitted({**frozen, **params}, space, settings, complete=False)
    if reasons := space.misfits(complete, settings):
        raise EngineError(f"a hand-typed trial must lie inside the space: {'; '.join(reasons)}")
    return complete


def _with_params(trial: TrialRecord, params: dict[str, Value]) -> TrialRecord:
    return TrialRecord(
        number=trial.number,
        state=trial.state,
        source=trial.source,
        params=params,
        score=trial.score,
        seed=trial.seed,
        fold=trial.fold,
        seconds=trial.seconds,
        n_epochs=trial.n_epochs,
    )


def _short(value: Value) -> str:
    return value_text(value)
