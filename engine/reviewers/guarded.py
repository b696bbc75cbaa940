"""A reviewer that distrusts thin evidence.

Where the paper's rule always cuts to the top ten, this one asks where the optimum may lie, given all trials and their
noise (`engine.diagnostics.score_model`), and

- cuts a numeric dimension to where nearly all of those points and the best trials lie, with a margin; where the trials
  allow the optimum anywhere it cuts nothing;
- never cuts below a seventh of a range at once;
- widens a bound that the top crowd, and never cuts on that side;
- keeps both groups where there are two, and all of the top where a pair make up for each other;
- drops a category only after it was tried often enough to have shown itself.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from engine.diagnostics.boundary import widened_bound
from engine.diagnostics.sample import Sample, take_sample
from engine.diagnostics.score_model import score_model
from engine.review.findings import Finding
from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.statistics.chance import Floats, hypergeometric_none
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from engine.values import Value, as_number, same_value

LEFT_OUT = 0.02
"""Share of the likely optima that may lie beyond a cut on either side."""

N_KEPT = 3
"""Best trials that no cut excludes: the next stage is primed with as many (paper §3)."""

MARGIN = 0.05
"""Margin on either side, as a share of the scaled range: the fidelity may move the optimum a little."""

MIN_KEPT = 0.15
"""Share of the scaled range that a cut leaves at least: one sprint is never worth more than a factor of seven."""

MAX_KEPT = 0.85
"""A cut that leaves more than this is not worth making."""

ALPHA = 0.05
"""Chance of its absence from the top above which a category stays."""

MIN_TRIED = 5
"""Trials a category needs before it may be dropped."""


def guarded(
    space: Space,
    trials: Sequence[TrialRecord],
    findings: Sequence[Finding],
    *,
    settings: Mapping[str, Value],
    direction: Direction = Direction.MAXIMIZE,
    top_k: int = 10,
) -> tuple[Proposal, ...]:
    """Widen, cut or leave alone, dimension by dimension."""
    sample = take_sample(space, trials, settings=settings, direction=direction, top_k=top_k)
    model = score_model(sample)
    if model is None:
        return ()
    optima = model.optima
    tied = {name for f in findings if f.kind == "correlation" and f.severity == "warning" for name in f.dimensions}
    found = []
    for j, dimension in enumerate(sample.dimensions):
        own = [f for f in findings if f.dimension == dimension.name]
        if dimension.kind == "categorical":
            proposal = _drop_choices(sample, dimension, optima[:, j])
        else:
            proposal = _move_bounds(sample, dimension, optima[:, j], own, is_tied=dimension.name in tied)
        if proposal is not None:
            found.append(proposal)
    return tuple(found)


def _move_bounds(
    sample: Sample, dimension: Dimension, optima: Floats, own: Sequence[Finding], *, is_tied: bool
) -> Proposal | None:
    crowded = {side: text for side in ("low", "high") if (text := _crowded(side, own))}
    low, high = dimension.bounds
    reasons = []
    kept = _kept_range(sample, dimension, optima, own, n_kept=sample.n_top if is_tied else N_KEPT)
    if kept is not None:
        low = low if "low" in crowded else kept[0]
        high = high if "high" in crowded else kept[1]
        if (low, high) != dimension.bounds:
            reasons.append(
                f"in {1 - 2 * LEFT_OUT:.0%} of {len(optima)} functions that fit the {len(sample.trials)} trials "
                "the optimum lies here, plus a margin"
            )
    for side, text in crowded.items():
        wider = widened_bound(dimension, side)
        if wider is not None:
            low, high = (wider, high) if side == "low" else (low, wider)
            reasons.append(text)
    if (low, high) == dimension.bounds or low >= high:
        return None
    grows = dimension.to_unit(high) - dimension.to_unit(low) >= 1
    return Proposal(
        action="widen" if grows else "narrow", dimension=dimension.name, low=low, high=high, reason="; ".join(reasons)
    )


def _crowded(side: str, own: Sequence[Finding]) -> str:
    """Why the optimum seems to lie beyond a bound, as the boundary warning says it; empty without one."""
    warned = (f for f in own if f.kind == "boundary" and f.severity == "warning" and f.evidence.get("side") == side)
    return next((finding.text for finding in warned), "")


def _kept_range(
    sample: Sample, dimension: Dimension, optima: Floats, own: Sequence[Finding], *, n_kept: int
) -> tuple[float, float] | None:
    """Bounds around the likely optima, the best trials and both modes; None where they leave nearly everything."""
    kept = sample.top(dimension.name)[:n_kept]
    modes = [u for f in own if f.kind == "modality" for pair in f.evidence.get("modes", ()) for u in pair]
    ends = np.concatenate([np.quantile(optima, [LEFT_OUT, 1 - LEFT_OUT]), kept, np.array(modes)])
    left, right = float(ends.min()) - MARGIN, float(ends.max()) + MARGIN
    missing = max(0.0, MIN_KEPT - (right - left)) / 2
    left, right = max(0.0, left - missing), min(1.0, right + missing)
    if right - left > MAX_KEPT:
        return None
    low, high = dimension.bounds
    low = low if left <= 0.0 else as_number(dimension.from_unit(left))
    high = high if right >= 1.0 else as_number(dimension.from_unit(right))
    return (low, high) if low < high else None


def _drop_choices(sample: Sample, dimension: Dimension, optima: Floats) -> Proposal | None:
    top, everyone = sample.top(dimension.name), sample.all(dimension.name)
    dropped = []
    for choice in dimension.choices:
        at = dimension.to_unit(choice)
        n_tried = int((everyone == at).sum())
        absent = not (top == at).any() and float((optima == at).mean()) <= LEFT_OUT
        if absent and n_tried >= MIN_TRIED and hypergeometric_none(len(top), n_tried, len(everyone)) < ALPHA:
            dropped.append((choice, n_tried))
    if dimension.ordered:
        dropped = _at_the_ends(dimension, dropped)
    if not dropped or len(dropped) == len(dimension.choices):
        return None
    gone = [choice for choice, _ in dropped]
    named = ", ".join(f"{dimension.text(choice)} ({n} trials)" for choice, n in dropped)
    return Proposal(
        action="choices",
        dimension=dimension.name,
        choices=tuple(c for c in dimension.choices if not any(same_value(c, other) for other in gone)),
        reason=f"none of the top {len(top)} has {named}",
    )


def _at_the_ends(dimension: Dimension, dropped: Sequence[tuple[Value, int]]) -> list[tuple[Value, int]]:
    """Of the choices that might go, those before the first and after the last that stays: an order keeps no holes."""
    gone = {dimension.index(choice) for choice, _ in dropped}
    kept = [place for place in range(len(dimension.choices)) if place not in gone]
    return [one for one in dropped if kept and not kept[0] < dimension.index(one[0]) < kept[-1]]
