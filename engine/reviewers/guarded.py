"""A reviewer that distrusts thin evidence.

Where the paper's rule always cuts to the top ten, this one

- looks at more than ten trials where the scores are noisy: all that the noise cannot tell from the tenth;
- cuts a dimension only where chance does not explain that the good trials keep to a part of it;
- leaves a margin that grows with the gaps between the good trials, and never cuts below a quarter of a range at once;
- widens a bound that the top crowd, and never cuts on that side;
- keeps both groups where there are two, and both of a pair that make up for each other;
- drops a category only after it was tried often enough to have shown itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.diagnostics.chance import hypergeometric_none
from engine.diagnostics.concentration import concentration_of
from engine.diagnostics.importance import forest_of
from engine.diagnostics.sample import Sample, take_sample
from engine.dimensions import Dimension
from engine.findings import Finding, Proposal
from engine.records import Value
from engine.space import Space
from engine.trial import Direction, TrialRecord

MAX_GOOD = 0.25
"""Share of all trials that may count as good at most; beyond a quarter nothing would ever be cut."""

ALPHA = 0.02
"""Chance of so concentrated good trials above which a dimension is left alone."""

MIN_KEPT = 0.25
"""Share of the scaled range that a cut leaves at least: one sprint is never worth more than a factor of four."""

MAX_KEPT = 0.9
"""A cut that leaves more than this is not worth making."""

MIN_MARGIN = 0.05
"""Margin on either side, as a share of the scaled range, however dense the good trials lie."""

GAPS = 2.0
"""Margin in mean gaps between good trials: the true edge lies about one gap beyond the outermost."""

MIN_TRIED = 5
"""Trials a category needs before it may be dropped."""


def guarded(
    space: Space,
    trials: Sequence[TrialRecord],
    findings: Sequence[Finding],
    *,
    settings: Mapping[str, Value],
    direction: Direction = "maximize",
    top_k: int = 10,
) -> tuple[Proposal, ...]:
    """Widen, cut or leave alone, dimension by dimension."""
    sample = take_sample(space, trials, settings=settings, direction=direction, top_k=top_k)
    if not sample.trials:
        return ()
    good = replace(sample, n_top=count_good(sample))
    tied = {name for f in findings if f.kind == "correlation" and f.severity == "warning" for name in f.dimensions}
    found = []
    for dimension in sample.dimensions:
        own = [f for f in findings if f.dimension == dimension.name and f.severity == "warning"]
        if dimension.kind == "categorical":
            proposal = _drop_choices(good, dimension)
        else:
            proposal = _move_bounds(good, dimension, own, is_tied=dimension.name in tied)
        if proposal is not None:
            found.append(proposal)
    return tuple(found)


def count_good(sample: Sample) -> int:
    """How many trials count as good: the top, and those that the noise cannot tell from the last of them."""
    n = len(sample.trials)
    last = sample.goodness[sample.n_top - 1]
    near = int((sample.goodness >= last - noise_level(sample) / 2).sum())
    return int(min(max(sample.n_top, near), max(sample.n_top, MAX_GOOD * n)))


def noise_level(sample: Sample) -> float:
    """Standard deviation of what the parameters do not explain among the better half; 0 with too few trials to say."""
    grown = forest_of(sample)
    if grown is None:
        return 0.0
    forest, rows = grown
    left = (sample.goodness[rows] - forest.unseen)[rows < len(sample.trials) / 2]
    left = left[~np.isnan(left)]
    # The forest's own error is in there too; the middle half of the residuals, scaled as for a normal law, holds least.
    return float(np.subtract(*np.quantile(left, [0.75, 0.25])) / 1.349) if len(left) >= 8 else 0.0


def _move_bounds(good: Sample, dimension: Dimension, own: Sequence[Finding], *, is_tied: bool) -> Proposal | None:
    low, high = dimension.bounds
    reasons = []
    crowded = {str(f.evidence["side"]): f for f in own if f.kind == "boundary" and f.proposal is not None}
    kept = None if is_tied else _kept_range(good, dimension)
    if kept is not None:
        n = len(good.top(dimension.name))
        low = dimension.bounds[0] if "low" in crowded else kept[0]
        high = dimension.bounds[1] if "high" in crowded else kept[1]
        modes = ", both groups of them" if any(f.kind == "modality" for f in own) else ""
        if (low, high) != dimension.bounds:
            reasons.append(f"the {n} good trials{modes} keep to this part by more than chance")
    for side, finding in crowded.items():
        assert finding.proposal is not None
        low = finding.proposal.low if side == "low" and finding.proposal.low is not None else low
        high = finding.proposal.high if side == "high" and finding.proposal.high is not None else high
        reasons.append(finding.text)
    if (low, high) == dimension.bounds or low >= high:
        return None
    wider = dimension.to_unit(high) - dimension.to_unit(low) >= 1
    return Proposal(
        action="widen" if wider else "narrow",
        dimension=dimension.name,
        low=low,
        high=high,
        reason="; ".join(reasons),
    )


def _kept_range(good: Sample, dimension: Dimension) -> tuple[float, float] | None:
    """Bounds around the good trials with their margin, or None where the evidence for a cut is thin."""
    u = good.top(dimension.name)
    measured = concentration_of(good, dimension)
    if measured is None or measured.p >= ALPHA:
        return None
    left, right = float(u.min()), float(u.max())
    margin = max(MIN_MARGIN, GAPS * (right - left) / max(len(u) - 1, 1))
    missing = max(0.0, MIN_KEPT - (right - left + 2 * margin)) / 2
    left, right = max(0.0, left - margin - missing), min(1.0, right + margin + missing)
    if right - left > MAX_KEPT:
        return None
    bounds = dimension.bounds
    low = bounds[0] if left <= 0.0 else float(dimension.from_unit(left))
    high = bounds[1] if right >= 1.0 else float(dimension.from_unit(right))
    return (low, high) if low < high else None


def _drop_choices(good: Sample, dimension: Dimension) -> Proposal | None:
    top, everyone = good.top(dimension.name), good.all(dimension.name)
    dropped = []
    for choice in dimension.choices:
        at = dimension.to_unit(choice)
        n_tried = int((everyone == at).sum())
        unseen = not (top == at).any()
        p = hypergeometric_none(len(top), n_tried, len(everyone))
        if unseen and n_tried >= MIN_TRIED and p < ALPHA:
            dropped.append((choice, n_tried))
    if not dropped or len(dropped) == len(dimension.choices):
        return None
    gone = [choice for choice, _ in dropped]
    named = ", ".join(f"{choice} ({n} trials)" for choice, n in dropped)
    return Proposal(
        action="choices",
        dimension=dimension.name,
        choices=tuple(c for c in dimension.choices if c not in gone),
        reason=f"none of the {len(top)} good trials has {named}",
    )
