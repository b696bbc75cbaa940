"""Pair correlation among the top trials: two hyperparameters that make up for each other (B:44, B:78, A:F24).

Spearman's rho over the best quarter of the trials (at least the top, at most 40): ten trials would show only
near-perfect pairs once fifteen pairs are tested. Corrected over all pairs by Holm's rule, and compared with the
correlation among all trials, which a sampler can bring about by itself.
"""

import numpy as np

from engine.diagnostics.sample import Sample, count_values
from engine.review.findings import Finding
from engine.statistics.chance import FAMILY_ALPHA, Floats, average_ranks, spearman_p

MAX_TRIALS = 40
"""Best trials at most: further down the list good and bad trials mix."""

MIN_TRIALS = 8
"""Fewer trials never pass the correction."""

MIN_EXCESS = 0.2
"""How much stronger than among all trials the correlation must be to be the scores' doing, not the sampler's."""


def correlation(sample: Sample) -> tuple[Finding, ...]:
    """One warning for each correlated pair among the best trials, strongest first."""
    dimensions = [d for d in sample.numeric if count_values(d) >= 5 and not np.isnan(sample.units[d.name]).any()]
    n_total = len(sample.trials)
    n = min(max(sample.n_top, min(n_total // 4, MAX_TRIALS)), n_total)
    if len(dimensions) < 2 or n < MIN_TRIALS:
        return ()
    u = np.stack([sample.units[d.name] for d in dimensions], axis=1)
    rho, rho_all = rank_correlations(u[:n]), rank_correlations(u)
    first, second = np.triu_indices(len(dimensions), k=1)
    p = spearman_p(rho[first, second], n)
    found = []
    for place, at in enumerate(np.argsort(p, kind="stable")):
        if p[at] * (len(p) - place) >= FAMILY_ALPHA:
            break
        i, j = int(first[at]), int(second[at])
        if abs(rho[i, j]) < abs(rho_all[i, j]) + MIN_EXCESS and n < n_total:
            continue
        a, b = dimensions[i].name, dimensions[j].name
        how = "together" if rho[i, j] > 0 else "against each other"
        found.append(
            Finding(
                kind="correlation",
                severity="warning",
                text=f"among the best {n} trials {a} and {b} go {how} (rank correlation {rho[i, j]:+.2f})",
                dimension=a,
                dimensions=(a, b),
                evidence={"rho": float(rho[i, j]), "rho_all": float(rho_all[i, j]), "n": n, "p": float(p[at])},
                meaning="One makes up for the other: many pairs are equally good, and each range alone looks wide.",
                advice=f"Freeze one of {a} and {b}, or tie them by a constraint; "
                "narrowing both by their own ranges would cut good pairs.",
            )
        )
    if found:
        return tuple(found)
    return (
        Finding(
            kind="correlation",
            severity="ok",
            text=f"no two of {len(dimensions)} dimensions go together among the best {n} trials",
            evidence={"n": n, "n_pairs": len(p), "largest_rho": float(np.abs(rho[first, second]).max())},
            meaning="No sign of redundant hyperparameters.",
        ),
    )


def rank_correlations(u: Floats) -> Floats:
    """Spearman's rho of every pair of columns; 0 where a column is constant; u of shape (n, d), result (d, d)."""
    ranks = np.stack([average_ranks(column) for column in u.T])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1))
    scaled = np.divide(centred, lengths[:, None], out=np.zeros_like(centred), where=lengths[:, None] > 0)
    result: Floats = scaled @ scaled.T
    return result
