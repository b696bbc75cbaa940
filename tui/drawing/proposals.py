"""A proposed change of a dimension in words: what it would make, keep and lose, and values to propose."""

import math
from collections.abc import Mapping
from dataclasses import replace

from engine import api
from tui.drawing.format import plural
from tui.drawing.scale import range_text
from tui.drawing.styled_lines import Line, line, wrap

RISKY = 0.2
"""Chance of losing the best from which a cut is shown as a warning."""


def proposed(proposal: api.Proposal, current: api.Dimension) -> api.Dimension | None:
    """The dimension a proposal would make; None where it makes none that can exist."""
    try:
        if proposal.action == "freeze":
            return replace(current, frozen=proposal.value)
        if proposal.action == "unfreeze":
            return replace(current, frozen=api.UNSET)
        if proposal.action == "choices":
            return replace(current, choices=tuple(proposal.choices or ()), frozen=api.UNSET)
        low, high = current.bounds
        return replace(
            current,
            low=low if proposal.low is None else proposal.low,
            high=high if proposal.high is None else proposal.high,
            frozen=api.UNSET,
        )
    except api.EngineError:
        return None


def proposal_text(proposal: api.Proposal, current: api.Dimension) -> str:
    """What a proposal would make of the range."""
    if proposal.action == "freeze":
        return f"at {current.text(proposal.value)}"
    made = proposed(proposal, current)
    return "" if made is None else range_text(made).removesuffix(" log")


def effect_lines(effect: api.EditEffect, width: int, n_trials: int = 0) -> list[Line]:
    """The diff before it is kept: what stays, what goes.

    Args:
        effect: As the engine says it.
        width: Cells.
        n_trials: Complete trials of the sprint; where more than the effect counts, the others lie outside already.
    """
    if effect.error:
        return wrap(f"✗ {effect.error}", width, "error")
    fewer = n_trials > effect.n_before
    where = " in the current space remain" if fewer else " remain"
    text = f"{effect.n_kept} of {'the ' if fewer else ''}{plural(effect.n_before, 'trial')}{where}"
    lines = wrap(text, width, "good" if not effect.loses else "warning")
    if effect.loses:
        lines += wrap(f"Excludes {effect.loses.removeprefix('excludes ')}", width, "warning")
    elif effect.dropped:
        lines.append(line((f"Excludes {plural(len(effect.dropped), 'trial')}, none of the top", "muted")))
    if effect.cost is not None:
        lines += wrap(effect.cost.words, width, cost_ink(effect.cost))
    return lines


def cost_ink(cost: api.CutCost) -> str:
    """A risky cut is a warning."""
    return "warning" if cost.chance >= RISKY else "muted"


def best_value(one: api.DimensionReview) -> api.Value | api.Unset:
    """The value of the best trial; `UNSET` where none has one."""
    return one.top_values[0] if one.top_values else api.UNSET


def median_value(one: api.DimensionReview) -> api.Value | api.Unset:
    """The middle value of the top trials, on the dimension's own scale; the commonest category."""
    values = one.top_values
    if not values:
        return api.UNSET
    if one.dimension.kind == "categorical":
        counts = [one.top_counts[place] if place >= 0 else 0 for place in map(one.dimension.index, values)]
        return values[counts.index(max(counts))]
    ordered = sorted(api.as_number(value) for value in values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        median = ordered[middle]
    else:
        a, b = ordered[middle - 1], ordered[middle]
        median = math.sqrt(a) * math.sqrt(b) if one.dimension.log else a / 2 + b / 2
    return median if one.dimension.spacing is None else one.dimension.nearest(median)


def failed_params(review: api.Review) -> list[Mapping[str, api.Value]]:
    """Parameters of the trials that failed."""
    return [trial.params for trial in review.trials if trial.state == api.TrialState.FAILED]


def failed_values(review: api.Review, name: str) -> list[api.Value]:
    """Values of one dimension in the trials that failed."""
    return [params[name] for params in failed_params(review) if name in params]
