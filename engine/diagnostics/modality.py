"""Several optima: the top trials fall in two groups with tried but worse values between (B:44, B:78).

The widest gap between neighbouring top trials (at least three on either side), over the top's whole span, is compared
with that of uniform draws; uniform is the least favourable of all one-humped shapes, as in Hartigan's dip test, so the
test errs towards silence. A gap nobody tried proves nothing, so the trials inside it are counted as well.
"""

from functools import lru_cache

import numpy as np

from engine.diagnostics.cells import show
from engine.diagnostics.sample import Sample, count_values
from engine.review.findings import Finding
from engine.space.dimension import Dimension
from engine.statistics.chance import FAMILY_ALPHA, Floats, hypergeometric_none

MIN_SIDE = 3
"""Trials on either side of the gap: two may be one lucky pair of neighbours."""

MIN_GAP = 0.15
"""Smallest gap that matters, as a share of the scaled range: modes closer than this need no separate treatment."""

MIN_VALUES = 20
"""Whole numbers with fewer values have gaps by their nature."""

DRAWS = 20_000
"""Draws behind the null distribution; enough to resolve `FAMILY_ALPHA` shared by twelve dimensions."""


def modality(sample: Sample) -> tuple[Finding, ...]:
    """One warning for each dimension with two groups of top trials."""
    usable = [d for d in sample.numeric if count_values(d) >= MIN_VALUES]
    if not sample.can_compare or sample.n_top < 2 * MIN_SIDE + 1:
        return ()
    found = [f for d in usable if (f := _two_modes(sample, d, FAMILY_ALPHA / len(usable))) is not None]
    if found or not usable:
        return tuple(found)
    return (
        Finding(
            kind="modality",
            severity="ok",
            text=f"the top {sample.n_top} form one group in each of {len(usable)} dimensions",
            evidence={"n_dimensions": len(usable)},
            meaning="No sign of several separate optima.",
        ),
    )


def widest_gap(u: Floats) -> tuple[Floats, Floats, Floats]:
    """Share of the span that the widest inner gap takes, and its two ends; u of shape (rows, k), results (rows,)."""
    ordered = np.sort(u, axis=1)
    spans = np.maximum(ordered[:, -1] - ordered[:, 0], 1e-12)
    gaps = np.diff(ordered, axis=1)[:, MIN_SIDE - 1 : ordered.shape[1] - MIN_SIDE]
    at = gaps.argmax(axis=1)
    rows = np.arange(len(u))
    left = at + MIN_SIDE - 1
    return gaps[rows, at] / spans, ordered[rows, left], ordered[rows, left + 1]


@lru_cache(maxsize=32)
def _null(k: int) -> Floats:
    return widest_gap(np.random.default_rng(k).uniform(size=(DRAWS, k)))[0]


def _two_modes(sample: Sample, dimension: Dimension, alpha: float) -> Finding | None:
    top, everyone = sample.top(dimension.name), sample.all(dimension.name)
    k, total = len(top), len(everyone)
    if k < 2 * MIN_SIDE + 1:
        return None
    share, left, right = (float(x[0]) for x in widest_gap(top[None, :]))
    if right - left < MIN_GAP:
        return None
    null = _null(min(k, 100))
    p_gap = (1 + int((null >= share).sum())) / (len(null) + 1)
    between = int(((everyone > left) & (everyone < right)).sum())
    p_valley = hypergeometric_none(k, between, total)
    if p_gap >= alpha or p_valley >= 0.05:
        return None
    groups = top[top <= left], top[top >= right]
    return Finding(
        kind="modality",
        severity="warning",
        text=f"the top {k} fall in two groups in {dimension.name}: {len(groups[0])} in {show(dimension, groups[0])}, "
        f"{len(groups[1])} in {show(dimension, groups[1])}; none of the {between} trials between is among them",
        dimension=dimension.name,
        evidence={
            "modes": [[float(g.min()), float(g.max())] for g in groups],
            "sizes": [len(g) for g in groups],
            "n_between": between,
            "p_gap": p_gap,
            "p_valley": p_valley,
        },
        meaning="There may be two optima, often because two hyperparameters make up for each other.",
        advice="Keep both groups in the range, look at the pair correlations, or follow each in a sprint of its own.",
    )
