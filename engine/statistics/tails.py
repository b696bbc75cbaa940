"""Tail functions that the standard library lacks, by their textbook series and continued fractions.

`scipy.special` has them, but importing it costs an interface that shows a review 27 MB and a quarter of a second.
Checked against it to nine digits (tests/engine/diagnostics/test_tails.py). Formulas by their numbers in the NIST
handbook of mathematical functions (DLMF).
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""A vector or matrix of floats."""

MOST_TERMS = 500
"""Of a series or a continued fraction; both converge within about the root of their larger parameter."""

TINY = 1e-300
"""Stands for a zero denominator in Lentz' algorithm."""

ENOUGH = 1e-15
"""Relative change at which a sum or fraction has converged."""


def log_gamma(x: Floats) -> Floats:
    """Logarithm of the gamma function, elementwise; infinite at 0 and at negative whole numbers."""
    flat = [math.inf if v <= 0 and v == int(v) else math.lgamma(v) for v in np.ravel(x).tolist()]
    return np.array(flat, dtype=np.float64).reshape(np.shape(x))


def beta_share(a: float, b: float, x: Floats) -> Floats:
    """Regularized incomplete beta function I_x(a, b), elementwise in x; 0 at 0 and 1 at 1."""
    low = x < (a + 1.0) / (a + b + 2.0)
    result: Floats = np.where(low, _beta_fraction(a, b, x), 1.0 - _beta_fraction(b, a, 1.0 - x))
    return np.clip(result, 0.0, 1.0)


def _beta_fraction(a: float, b: float, x: Floats) -> Floats:
    """I_x(a, b) by the continued fraction 8.17.22, which converges fast for x below (a + 1) / (a + b + 2)."""
    with np.errstate(divide="ignore"):
        log_front = a * np.log(x) + b * np.log1p(-x)
    log_front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - math.log(a)
    c = np.ones_like(x)
    d = 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    total = d.copy()
    for m in range(1, MOST_TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0)),
        ):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            total *= d * c
        if np.all(np.abs(d * c - 1.0) < ENOUGH):
            break
    result: Floats = np.exp(log_front) * total
    return result


def gamma_tail(a: float, x: float) -> float:
    """Regularized upper incomplete gamma function Q(a, x) for a > 0 and x ≥ 0."""
    if x <= 0.0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:  # the series 8.11.4 of the lower function
        term = total = 1.0 / a
        for n in range(1, MOST_TERMS * 10):
            term *= x / (a + n)
            total += term
            if term < total * ENOUGH:
                break
        return 1.0 - front * total
    b = x + 1.0 - a  # the continued fraction 8.9.2
    c, d = 1.0 / TINY, 1.0 / b
    result = d
    for n in range(1, MOST_TERMS * 10):
        step = -n * (n - a)
        b += 2.0
        d = 1.0 / (step * d + b or TINY)
        c = b + step / c or TINY
        result *= d * c
        if abs(d * c - 1.0) < ENOUGH:
            break
    return front * result


def _away_from_zero(x: Floats) -> Floats:
    return np.where(np.abs(x) < TINY, TINY, x)
