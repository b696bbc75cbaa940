"""The paper's trimming rule (paper §3): the range of the top trials plus a margin, per dimension.

- log dimensions: lowest top value / 1.5 to highest × 1.5;
- linear floats: ± 0.01 in the dimension's own unit when its range is at most 1, else ± 1 % of the range;
- integers: ± 1, steps ± 1 step; integers on a log scale: / and × 1.5, rounded outwards;
- categories: those seen among the top trials; where they are in an order, all from the first to the last of those.

What the paper leaves open, decided here: a margin may pass the sprint's old bound, but never the ``domain``; where a
dimension has no domain its old bounds are the only limits known, so it is clipped to them. Where all top trials share
one value the margin makes the range. Frozen and inactive dimensions are left alone. Trials that tie with the k-th
belong to the top; where that makes the top more than half of the trials, nothing is proposed.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.space.space import Space, describe_range
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, all_alike, count_top, ranked
from engine.values import Value, as_number, same_value

LOG_FACTOR = 1.5
"""Margin of log dimensions, paper §3."""

LINEAR_MARGIN = 0.01
"""Margin of linear dimensions whose range is at most 1, in their own unit, paper §3; a share of the range otherwise."""


def propose_trims(
    space: Space,
    trials: Sequence[TrialRecord],
    settings: Mapping[str, Value],
    direction: Direction = Direction.MAXIMIZE,
    *,
    top_k: int = 10,
    log_factor: float = LOG_FACTOR,
    linear_margin: float = LINEAR_MARGIN,
) -> tuple[Proposal, ...]:
    """A proposal for every free, active dimension whose range the rule would change.

    Args:
        space: The space the sprint searched.
        trials: The sprint's trials.
        settings: What ``active_when`` is judged by.
        direction: Which way the score is better.
        top_k: How many of the best trials count.
        log_factor: Margin of log dimensions, at least 1 (1 is the bounding box).
        linear_margin: Margin of linear dimensions, at least 0 (0 is the bounding box, for integers too).
    """
    best_first = ranked(trials, direction)
    n_top = count_top([trial.score or 0.0 for trial in best_first], top_k)
    # Where most trials tie with the k-th, the top is those that came first.
    tied = n_top > max(top_k, len(best_first) // 2)
    top = () if tied or all_alike(best_first) else best_first[:n_top]
    proposals = []
    for dimension in space.free(settings):
        values = [t.params[dimension.name] for t in top if dimension.name in t.params]
        if not values:
            continue
        proposal = (
            _kept_choices(dimension, values, len(top))
            if dimension.kind == "categorical"
            else _trimmed_range(dimension, values, log_factor, linear_margin)
        )
        if proposal is not None:
            proposals.append(proposal)
    return tuple(proposals)


def trimmed_bounds(
    dimension: Dimension, values: Sequence[float], log_factor: float = LOG_FACTOR, linear_margin: float = LINEAR_MARGIN
) -> tuple[float, float]:
    """The rule's range for a numeric dimension: top values plus margin, inside the domain (or the old bounds)."""
    low, high = min(values), max(values)
    if dimension.log:
        low, high = low / log_factor, high * log_factor
    elif dimension.spacing is not None:
        margin = dimension.spacing if linear_margin > 0 else 0.0
        low, high = low - margin, high + margin
    else:
        width = dimension.bounds[1] - dimension.bounds[0]
        margin = linear_margin if width <= 1 else linear_margin * width
        low, high = low - margin, high + margin
    low, high = dimension.on_grid(low, high, outwards=True)
    least, greatest = dimension.domain or dimension.bounds
    return max(low, least), min(high, greatest)


def _trimmed_range(
    dimension: Dimension, values: Sequence[Value], log_factor: float, linear_margin: float
) -> Proposal | None:
    numbers = [as_number(value) for value in values]
    low, high = trimmed_bounds(dimension, numbers, log_factor, linear_margin)
    seen = f"Top-{len(numbers)} range {dimension.text(min(numbers))} … {dimension.text(max(numbers))}"
    if low >= high:
        value: Value = int(low) if dimension.kind == "int" else low
        return Proposal(
            action="freeze",
            dimension=dimension.name,
            value=value,
            reason=f"All of the top {len(numbers)} have this value",
        )
    if (low, high) == dimension.bounds:
        return None
    inside = dimension.bounds[0] <= low and high <= dimension.bounds[1]
    narrower = dimension.to_unit(high) - dimension.to_unit(low) < 1
    action: Literal["narrow", "widen"] = "narrow" if inside or narrower else "widen"
    margin = f"padded ×{log_factor:g}" if dimension.log else "padded"
    reason = f"{seen} {margin}{_beyond(dimension, low, high)}"
    return Proposal(action=action, dimension=dimension.name, low=low, high=high, reason=reason)


def _beyond(dimension: Dimension, low: float, high: float) -> str:
    """Which current bounds the proposal passes: one that narrows on the whole may."""
    below, above = dimension.bounds
    passed = [f"the lower bound {dimension.text(below)}"] if low < below else []
    passed += [f"the upper bound {dimension.text(above)}"] if high > above else []
    return f"; exceeds {' and '.join(passed)}" if passed else ""


def _kept_choices(dimension: Dimension, values: Sequence[Value], n_top: int) -> Proposal | None:
    seen = [place for place, choice in enumerate(dimension.choices) if any(same_value(choice, v) for v in values)]
    if dimension.ordered and seen:
        seen = list(range(seen[0], seen[-1] + 1))  # a gap within an order is chance, not evidence
    kept = tuple(dimension.choices[place] for place in seen)
    if not kept or len(kept) == len(dimension.choices):
        return None
    gone = len(dimension.choices) - len(kept)
    reason = f"{gone} of {len(dimension.choices)} choices ({describe_range(dimension)}) not among the top {n_top}"
    return Proposal(action="choices", dimension=dimension.name, choices=kept, reason=reason)
