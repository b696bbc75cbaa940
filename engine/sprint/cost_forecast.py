"""What a plan will cost: seconds from measured durations, with the basis as a sentence and a spread.

Notations:
    w  work of a trial, in training epochs over all data: train epochs / k_T + `VALIDATION` · (all epochs) / k_V.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.statistics.chance import Floats
from engine.trials.fidelity import Fidelity
from engine.trials.trial import TrialRecord

VALIDATION = 0.25
"""Work of validating on all validation data, in training epochs over all data: our assumption for a 4 : 1 split."""

APART = 1.5
"""Two fidelities must differ by this factor in work for a line through them to mean anything."""

DOUBT_SAME, DOUBT_FITTED, DOUBT_SCALED, DOUBT_FAR = 1.1, 1.25, 1.5, 2.5
"""Factors by which a forecast may be off beyond the trials' own spread: same fidelity measured; between or near
measured ones; scaled from one; scaled or extrapolated by more than `FAR`."""

FAR = 8.0
"""Ratio of work beyond which scaling is a guess."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Trials of one finished or running sprint.

    Attributes:
        label: Of the sprint.
        fidelity: Of all its trials.
        trials: Any states; those with a duration and at least one epoch count.
    """

    label: str
    fidelity: Fidelity
    trials: Sequence[TrialRecord]


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What a plan will take.

    Attributes:
        seconds: Expected wall-clock duration of the whole plan.
        low: Lower end of a 90 % spread, seconds.
        high: Upper end.
        seconds_per_trial: Expected duration of one trial.
        n_measured: Trials it rests on.
        basis: What it rests on, in one sentence.
    """

    seconds: float
    low: float
    high: float
    seconds_per_trial: float
    n_measured: int
    basis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    label: str
    fidelity: Fidelity
    work: Floats
    seconds: Floats


def forecast(
    fidelity: Fidelity,
    n_trials: int,
    measured: Sequence[Measured],
    *,
    slots: int = 1,
    share: float = 1.0,
    ended: float = 1.0,
    pct_start: float | None = None,
) -> Forecast | None:
    """Expected duration of a plan; None where nothing was measured yet.

    Args:
        fidelity: Of the plan.
        n_trials: Trials to run.
        measured: What ran before on the same machine and model, in any order.
        slots: Workers at once.
        share: Share of the training epochs that pruning leaves, in (0, 1]; see `engine.sprint.pruning_savings`.
        ended: Share of the trials it is expected to let run to their end, and so be calibrated.
        pct_start: Share of the schedule that is warmup, where the plan runs to its end.
    """
    groups = [g for one in measured if (g := _group(one)) is not None]
    if not groups or n_trials < 1:
        return None
    epochs = fidelity.n_epochs(pct_start) * share
    work = work_of(fidelity, epochs, fidelity.calibration_epochs * ended)
    same = [g for g in groups if _equal_cost(g.fidelity, fidelity)]
    if same:
        per_trial, doubt, basis, used = _from_same(same, work)
    else:
        per_trial, doubt, basis, used = _from_others(groups, work)
    spread = max(_relative_spread(g) for g in used)
    # The last wave takes as long as any, however many of its slots stay idle.
    waves = math.ceil(n_trials / slots)
    half = 1.645 * spread / math.sqrt(n_trials)
    seconds = per_trial * waves
    return Forecast(
        seconds=seconds,
        low=seconds / doubt * max(1.0 - half, 0.1),
        high=seconds * doubt * (1.0 + half),
        seconds_per_trial=per_trial,
        n_measured=sum(len(g.seconds) for g in used),
        basis=basis,
    )


def work_of(fidelity: Fidelity, train_epochs: float, calibration_epochs: float = 0.0) -> float:
    """Work of a trial in training epochs over all data."""
    validated = train_epochs + calibration_epochs
    return train_epochs / fidelity.train_parts + VALIDATION * validated / fidelity.val_parts


def _group(one: Measured) -> _Group | None:
    timed = [t for t in one.trials if t.seconds is not None and t.seconds > 0 and t.n_epochs > 0]
    timed = [t for t in timed if t.state.is_scored]
    if not timed:
        return None
    calibrated = [max(0, t.n_epochs - one.fidelity.max_epochs) for t in timed]
    work = [work_of(one.fidelity, t.n_epochs - c, c) for t, c in zip(timed, calibrated, strict=True)]
    return _Group(
        label=one.label,
        fidelity=one.fidelity,
        work=np.array(work),
        seconds=np.array([t.seconds for t in timed], dtype=np.float64),
    )


def _equal_cost(a: Fidelity, b: Fidelity) -> bool:
    return (a.train_parts, a.val_parts, a.max_epochs, a.run_to, a.epochs, a.calibration_epochs) == (
        b.train_parts, b.val_parts, b.max_epochs, b.run_to, b.epochs, b.calibration_epochs,
    )  # fmt: skip


def _from_same(same: Sequence[_Group], work: float) -> tuple[float, float, str, Sequence[_Group]]:
    """From trials at the plan's own fidelity: their mean, brought to the plan's epochs where pruning cut some short."""
    seconds, works = np.concatenate([g.seconds for g in same]), np.concatenate([g.work for g in same])
    per_trial = float(seconds.mean() / works.mean() * work)
    names = _and([g.label for g in same])
    return per_trial, DOUBT_SAME, f"mean of {len(seconds)} trials of {names} at the same fidelity", same


def _from_others(groups: Sequence[_Group], work: float) -> tuple[float, float, str, Sequence[_Group]]:
    """From other fidelities: a line through two or more, else in proportion to the work of the nearest."""
    levels = [float(g.work.mean()) for g in groups]
    if max(levels) >= APART * min(levels):
        works, seconds = np.concatenate([g.work for g in groups]), np.concatenate([g.seconds for g in groups])
        start, slope = _line(works, seconds)
        if slope > 0:
            far = not min(levels) / FAR <= work <= max(levels) * FAR
            names = _and([f"{g.label} ({g.fidelity.code})" for g in groups])
            basis = f"a line through {len(seconds)} trials of {names}: {start:.3g} s to start and {slope:.3g} s "
            return start + slope * work, DOUBT_FAR if far else DOUBT_FITTED, basis + "per epoch over all data", groups
    at = min(range(len(groups)), key=lambda i: abs(math.log(levels[i] / work)))
    nearest, ratio = groups[at], work / levels[at]
    far = not 1 / FAR <= ratio <= FAR
    basis = (
        f"mean of {len(nearest.seconds)} trials of {nearest.label} ({nearest.fidelity.code}), scaled by {ratio:.3g} "
        f"for the work in data and epochs{': a rough guess' if far else ''}"
    )
    return float(nearest.seconds.mean()) * ratio, DOUBT_FAR if far else DOUBT_SCALED, basis, [nearest]


def _line(work: Floats, seconds: Floats) -> tuple[float, float]:
    """Start-up seconds ≥ 0 and seconds per unit of work, by least squares in relative error."""
    weight = 1.0 / seconds
    slope, start = np.linalg.lstsq(np.stack([work * weight, weight], axis=1), np.ones(len(work)), rcond=None)[0]
    if start < 0:
        start, slope = 0.0, float((work / seconds).sum() / ((work / seconds) ** 2).sum())
    return float(start), float(slope)


def _relative_spread(group: _Group) -> float:
    """Standard deviation of the trials' seconds a unit of work, over its mean; 0.3 where one trial shows none."""
    rate = group.seconds / group.work
    return float(rate.std(ddof=1) / rate.mean()) if len(rate) > 1 else 0.3


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
