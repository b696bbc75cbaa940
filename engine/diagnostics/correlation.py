"""Pair correlation: two hyperparameters that compensate each other (paper, sections 3 and 5).

Spearman's rho of a pair over the likely optima of the score model. Where a ridge of good pairs runs through the space,
the functions that the trials allow have their best points all along it, so both positions spread and move together. The
top trials of a sampler that learns are correlated by the path it took, and are no evidence.
"""

from itertools import combinations

import numpy as np

from engine.diagnostics.sample import Sample, count_values
from engine.diagnostics.score_model import score_model
from engine.review.findings import Finding
from engine.statistics.chance import Floats, average_ranks

MIN_RHO = 0.6
"""Weaker correlations leave ranges that may be narrowed one by one."""

MIN_SPREAD = 0.25
"""The middle nine tenths of the likely optima must cover this share of both ranges, or narrowing loses nothing."""


def correlation(sample: Sample) -> tuple[Finding, ...]:
    """One warning for each correlated pair of relevant dimensions, strongest first."""
    model = score_model(sample)
    dimensions = [d for d in sample.numeric if count_values(d) >= 5 and not np.isnan(sample.units[d.name]).any()]
    if model is None or len(dimensions) < 2:
        return ()
    wide = [
        d.name
        for d in dimensions
        if model.is_relevant(d.name) and float(np.ptp(np.quantile(model.optima_of(d.name), [0.05, 0.95]))) >= MIN_SPREAD
    ]
    n = len(sample.trials)
    rhos = {
        (a, b): float(rank_correlations(np.stack([model.optima_of(a), model.optima_of(b)], axis=1))[0, 1])
        for a, b in combinations(wide, 2)
    }
    strongest = sorted((pair for pair, rho in rhos.items() if abs(rho) >= MIN_RHO), key=lambda pair: -abs(rhos[pair]))
    found = [_finding(a, b, rhos[a, b], n) for a, b in strongest]
    if found:
        return tuple(found)
    return (
        Finding(
            kind="correlation",
            severity="ok",
            text=f"No two of {len(dimensions)} dimensions compensate each other",
            evidence={"n": n, "largest_rho": max((abs(rho) for rho in rhos.values()), default=0.0)},
            meaning="No sign of redundant hyperparameters.",
        ),
    )


def _finding(a: str, b: str, rho: float, n: int) -> Finding:
    how = "move together" if rho > 0 else "move against each other"
    return Finding(
        kind="correlation",
        severity="warning",
        text=f"Among the likely optima {a} and {b} {how} (rank correlation {rho:+.2f})",
        dimension=a,
        dimensions=(a, b),
        evidence={"rho": rho, "n": n},
        meaning="One compensates the other: many pairs are equally good, and each range alone looks wide.",
        advice=f"Freeze one of {a} and {b}, or tie them by a constraint. "
        "Narrowing both by their own ranges would cut good pairs.",
    )


def rank_correlations(u: Floats) -> Floats:
    """Spearman's rho of every pair of columns; 0 where a column is constant; u of shape (n, d), result (d, d)."""
    ranks = np.stack([average_ranks(column) for column in u.T])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1))
    scaled = np.divide(centred, lengths[:, None], out=np.zeros_like(centred), where=lengths[:, None] > 0)
    result: Floats = scaled @ scaled.T
    return result
