"""One-cycle schedule fitted to the best learning rates of the checkpoints (paper A.2): peak, its place, final decay."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.review.trajectories import MIN_CHECKPOINTS, NOISE_P, CheckpointSprint, top_values
from engine.statistics.chance import Floats, kruskal_wallis
from engine.trials.states import Direction

N_RESAMPLES = 500
"""Bootstrap resamples of the top trials at each checkpoint."""

OUTER = (0.05, 0.2)
"""Least and largest outer share of the searched range, on its own scale, in which a peak is not one that was seen."""

CROWDED = 0.75
"""Of evenly drawn trials whose score rises up to the bound the top k of n fill the outer k / n, and their median lies
in the middle of it; where they end before the bound, it lies beyond this share of k / n."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A suggested value with its spread.

    Attributes:
        value: Suggested value.
        low: Lower end of the 80 % bootstrap spread.
        high: Upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleSuggestion:
    """A one-cycle schedule read off the course of the learning rate.

    Attributes:
        max_lr: Peak rate.
        pct_start: Share of the schedule before the peak, in [0, 1].
        final_decay: Rate at the last checkpoint over the peak, in (0, 1].
        refusal: Why no schedule follows: the peak was not seen. Empty where it was.
        warnings: Why it should be taken with care; empty when nothing speaks against it.
    """

    max_lr: Estimate
    pct_start: Estimate
    final_decay: Estimate
    refusal: str
    warnings: tuple[str, ...]


def suggest_schedule(
    sprints: Sequence[CheckpointSprint],
    *,
    max_epochs: int,
    rate: str = "lr",
    direction: Direction = Direction.MAXIMIZE,
    top_k: int = 10,
    seed: int = 0,
) -> ScheduleSuggestion | None:
    """Fit peak, place of the peak and final decay to the course of the learning rate.

    The peak's place is where a parabola through the highest point and its neighbours turns (in log rate); the spread
    comes from resampling the top trials of every checkpoint.

    Args:
        sprints: As for `trajectories`.
        max_epochs: Length of the schedule, epochs.
        rate: The learning rate's dimension.
        direction: Which way the score is better.
        top_k: Top trials of each sprint that count.
        seed: Of the resampling.

    Returns:
        None with fewer than three checkpoints that have top trials.
    """
    found = top_values(rate, sorted(sprints, key=lambda s: s.epoch), direction, top_k)
    if len(found) < MIN_CHECKPOINTS:
        return None
    epochs = np.array(sorted(found))
    logs = [np.log(found[e]) for e in epochs]
    rng = np.random.default_rng(seed)
    fitted = np.array([_peak(epochs, np.array([np.median(v) for v in logs]))])
    resampled = np.array(
        [_peak(epochs, np.array([np.median(rng.choice(v, size=len(v))) for v in logs])) for _ in range(N_RESAMPLES)]
    )
    place, height, last = fitted[0]
    spread = np.quantile(resampled, [0.1, 0.9], axis=0)
    decay = np.quantile(np.minimum(0.0, resampled[:, 2] - resampled[:, 1]), [0.1, 0.9])
    return ScheduleSuggestion(
        max_lr=Estimate(value=math.exp(height), low=math.exp(spread[0, 1]), high=math.exp(spread[1, 1])),
        pct_start=Estimate(
            value=min(1.0, place / max_epochs),
            low=min(1.0, spread[0, 0] / max_epochs),
            high=min(1.0, spread[1, 0] / max_epochs),
        ),
        final_decay=Estimate(value=math.exp(min(0.0, last - height)), low=math.exp(decay[0]), high=math.exp(decay[1])),
        refusal=_refusal(sprints, rate, epochs, place, math.exp(height), top_k),
        warnings=_warnings(epochs, logs, spread, max_epochs),
    )


def _peak(epochs: Floats, heights: Floats) -> tuple[float, float, float]:
    """Epoch and log rate of the peak, and the log rate at the last checkpoint."""
    at = int(heights.argmax())
    if 0 < at < len(epochs) - 1:
        a, b, c = np.polyfit(epochs[at - 1 : at + 2] - epochs[at], heights[at - 1 : at + 2], 2)
        if a < 0:
            shift = float(np.clip(-b / (2 * a), epochs[at - 1] - epochs[at], epochs[at + 1] - epochs[at]))
            return float(epochs[at]) + shift, float(a * shift**2 + b * shift + c), float(heights[-1])
    return float(epochs[at]), float(heights[at]), float(heights[-1])


def _refusal(
    sprints: Sequence[CheckpointSprint], rate: str, epochs: Floats, place: float, height: float, top_k: int
) -> str:
    if place in (epochs[0], epochs[-1]):
        which = "first" if place == epochs[0] else "last"
        return f"the highest rate is at the {which} checkpoint; the peak may lie beyond"
    searched = [sprint for sprint in sprints if rate in sprint.space.names]
    if not searched:
        return ""
    nearest = min(searched, key=lambda sprint: abs(sprint.epoch - place))
    outer = min(max(OUTER[0], CROWDED * top_k / max(len(nearest.trials), 1)), OUTER[1])
    if nearest.space[rate].to_unit(height) >= 1.0 - outer:
        return "the best rates are at the upper bound that was searched; the peak may lie beyond"
    return ""


def _warnings(epochs: Floats, logs: Sequence[Floats], spread: Floats, max_epochs: int) -> tuple[str, ...]:
    found = []
    p, _ = kruskal_wallis(list(logs))
    if p >= NOISE_P:
        found.append(f"the rates at the {len(epochs)} checkpoints differ no more than chance (p = {p:.2g}): noise")
    if spread[1, 0] - spread[0, 0] > max_epochs / 3:
        found.append("the place of the peak moves over a third of the schedule when the top trials are redrawn")
    if spread[1, 1] - spread[0, 1] > math.log(4):
        found.append("the peak rate varies more than fourfold when the top trials are redrawn")
    if epochs[-1] < max_epochs / 2:
        found.append(f"the last checkpoint is at epoch {epochs[-1]:g} of {max_epochs}: the final decay is not covered")
    return tuple(found)
