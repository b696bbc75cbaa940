"""Several optima: the likely optima fall in two groups (paper, sections 3 and 5).

Read from the model of the score, not from where the top trials lie: a sampler that returns to two regions makes two
groups of top trials on pure noise. A gap that nobody tried leaves the model uncertain there, so likely optima fall into
it and no second group is claimed.
"""

import numpy as np

from engine.diagnostics.cells import show
from engine.diagnostics.sample import Sample, count_values
from engine.diagnostics.score_model import ScoreModel, score_model
from engine.review.findings import Finding
from engine.space.dimension import Dimension
from engine.statistics.chance import Floats

MIN_SIDE = 0.2
"""Share of the likely optima that the smaller group must hold."""

MIN_TOP_EACH = 2
"""Top trials in either group: a region where no trial did well is a guess of the model."""

MIN_GAP = 0.15
"""Smallest gap that matters, as a share of the scaled range: modes closer than this need no separate treatment."""

STRAY = 0.05
"""Share of the likely optima that may lie inside the gap."""

MIN_VALUES = 20
"""Whole numbers with fewer values have gaps by their nature."""


def modality(sample: Sample) -> tuple[Finding, ...]:
    """One warning for each relevant dimension with two groups of likely optima."""
    model = score_model(sample)
    usable = [d for d in sample.numeric if count_values(d) >= MIN_VALUES]
    if model is None or not sample.can_compare or not usable:
        return ()
    found = [f for d in usable if model.is_relevant(d.name) and (f := _two_modes(sample, model, d)) is not None]
    if found:
        return tuple(found)
    return (
        Finding(
            kind="modality",
            severity="ok",
            text=f"The likely optima form one group in each of {len(usable)} dimensions",
            evidence={"n_dimensions": len(usable)},
            meaning="No sign of several separate optima.",
        ),
    )


def widest_gap(u: Floats) -> tuple[float, float] | None:
    """Ends of the widest stretch that leaves `MIN_SIDE` of u (n,) on either side and holds at most `STRAY` of it."""
    ordered = np.sort(u)
    n = len(ordered)
    side, stray = round(MIN_SIDE * n), int(STRAY * n)
    first = np.arange(side - 1, n - side - stray)
    if not len(first):
        return None
    widths = ordered[first + stray + 1] - ordered[first]
    at = first[int(widths.argmax())]
    return float(ordered[at]), float(ordered[at + stray + 1])


def _two_modes(sample: Sample, model: ScoreModel, dimension: Dimension) -> Finding | None:
    top, everyone = sample.top(dimension.name), sample.all(dimension.name)
    optima = model.optima_of(dimension.name)
    gap = widest_gap(optima)
    if gap is None or gap[1] - gap[0] < MIN_GAP:
        return None
    middle = (gap[0] + gap[1]) / 2
    groups = top[top < middle], top[top >= middle]
    if min(len(group) for group in groups) < MIN_TOP_EACH:
        return None
    shares = float((optima < middle).mean()), float((optima >= middle).mean())
    between = int(((everyone > gap[0]) & (everyone < gap[1])).sum())
    return Finding(
        kind="modality",
        severity="warning",
        text=f"{dimension.name} may have two optima: {shares[0]:.0%} of the likely optima lie in "
        f"{show(dimension, optima[optima < middle])}, {shares[1]:.0%} in {show(dimension, optima[optima >= middle])}",
        dimension=dimension.name,
        evidence={
            "modes": [[float(g.min()), float(g.max())] for g in groups],
            "sizes": [len(g) for g in groups],
            "shares": list(shares),
            "gap": list(gap),
            "n_between": between,
        },
        meaning="There may be two optima, often because two hyperparameters compensate each other.",
        advice="Keep both groups in the range, look at the pair correlations, or follow each in a sprint of its own.",
    )
