"""How likely chance alone would show what was seen: the few tail probabilities the diagnostics share.

Notations:
    k  top trials that have a property.
    n  top trials.
    m  trials that have the property.
    total  trials in all.
"""

import numpy as np
from numpy.typing import NDArray

from engine.statistics.tails import beta_share, gamma_tail, log_gamma

Floats = NDArray[np.float64]
"""A vector or matrix of floats."""

FAMILY_ALPHA = 0.01
"""Chance of one false warning a diagnostic, over all it tests in a sprint; a handful of diagnostics stay under 10 %."""


def binomial_tail(k: int, n: int, p: float) -> float:
    """P(X ≥ k) for X ~ Binomial(n, p)."""
    if k <= 0 or k > n:
        return float(k <= 0)
    return float(beta_share(k, n - k + 1.0, np.array([p]))[0])


def hypergeometric_tail(k: int, n: int, m: int, total: int) -> float:
    """P(X ≥ k) when n of ``total`` trials are drawn without replacement and m of them have the property."""
    if k <= max(0, n + m - total):
        return 1.0
    x = np.arange(k, min(n, m) + 1, dtype=np.float64)
    if not x.size:
        return 0.0
    log_p = log_choose(m, x) + log_choose(total - m, n - x) - log_choose(total, n)
    return float(min(1.0, np.exp(log_p).sum()))


def hypergeometric_none(n: int, m: int, total: int) -> float:
    """P(X = 0): that none of n drawn trials is among the m of ``total`` that have the property."""
    if n + m > total:
        return 0.0
    return float(np.exp(log_choose(total - m, float(n)) - log_choose(total, float(n))))


def log_choose(n: float, k: Floats | float) -> Floats:
    """Logarithm of the binomial coefficient, elementwise in k."""
    chosen = np.asarray(k, dtype=np.float64)
    top: Floats = log_gamma(np.array(n + 1.0))
    result: Floats = top - log_gamma(chosen + 1.0) - log_gamma(n - chosen + 1.0)
    return result


def chi2_tail(statistic: float, degrees: int) -> float:
    """P(X ≥ statistic) for a chi-squared variable."""
    return gamma_tail(degrees / 2.0, max(statistic, 0.0) / 2.0)


def average_ranks(values: Floats) -> Floats:
    """Ranks from 1 with ties averaged; values of shape (n,)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2.0)[inverse]
    return ranks


def kruskal_wallis(groups: list[Floats]) -> tuple[float, float]:
    """P and the share of rank variance between the groups (eta squared), ties corrected."""
    values = np.concatenate(groups)
    n = len(values)
    ranks = average_ranks(values)
    spread = float(((ranks - ranks.mean()) ** 2).sum())
    if spread == 0.0:
        return 1.0, 0.0
    ends = np.cumsum([len(g) for g in groups])[:-1]
    between = sum(len(part) * (part.mean() - ranks.mean()) ** 2 for part in np.split(ranks, ends))
    return chi2_tail((n - 1) * between / spread, len(groups) - 1), float(between / spread)
