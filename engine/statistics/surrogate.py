"""A small Gaussian process in numpy: what a sprint's trials say about the whole space, noise included.

Matérn 5/2 with one length a dimension, fitted by maximum a posteriori. Categories count as equal or different.

Notations:
    n  trials.
    m  candidates.
    d  dimensions.
    r  distance in lengths.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.statistics.chance import Floats

LENGTH = (math.log(0.5), 0.8)
"""Prior of a log length in u, mean and standard deviation: about half the range, within a factor of five."""

SIGNAL = (0.0, 1.0)
"""Prior of the log variance of the function, of standardized scores."""

NOISE = (math.log(0.1), 1.5)
"""Prior of the log variance of the noise: a tenth of all variance, but a hundredth or all of it are believable."""

JITTER = 1e-6
"""Added to variances so that matrices stay positive."""

MAX_STEPS, REFIT_STEPS = 60, 25
"""Steps of the optimizer: for the whole process, and for one that ignores a dimension, starting from the whole one."""

WORTH_REFITTING = 6.0
"""A smaller ratio is far from relevant; fitting again could only lower it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Surrogate:
    """A fitted process over standardized scores.

    Attributes:
        x: Trials; shape (n, d).
        weights: K⁻¹ y; shape (n,).
        root: Cholesky root of K with noise; shape (n, n).
        lengths: Shape (d,).
        signal: Variance of the function.
        noise: Variance of the noise.
        is_category: True where equality is all that counts; shape (d,).
        log_likelihood: Of the scores under the fitted process, priors left out.
        relevance: Twice the log-likelihood ratio against the process that ignores one dimension; shape (d,). Compared
            with a chi-squared variable of one degree of freedom: 10.8 is p = 0.001.
    """

    x: Floats
    weights: Floats
    root: Floats
    lengths: Floats
    signal: float
    noise: float
    is_category: NDArray[np.bool_]
    log_likelihood: float
    relevance: Floats

    def draws(self, candidates: Floats, n_draws: int, rng: np.random.Generator) -> Floats:
        """Functions drawn from the posterior, noise left out, at candidates (m, d); shape (n_draws, m)."""
        from scipy.linalg import solve_triangular

        across = self.signal * matern(_squares(candidates, self.x, self.lengths, self.is_category))
        within = self.signal * matern(_squares(candidates, candidates, self.lengths, self.is_category))
        half = solve_triangular(self.root, across.T, lower=True)
        spread = within - half.T @ half
        spread[np.diag_indices_from(spread)] += JITTER * 10
        mean = across @ self.weights
        root = np.linalg.cholesky(spread)
        result: Floats = mean + rng.standard_normal((n_draws, len(candidates))) @ root.T
        return result

    def mean(self, candidates: Floats) -> Floats:
        """Expected standardized score at candidates (m, d); shape (m,)."""
        result: Floats = self.covariance(candidates) @ self.weights
        return result

    def covariance(self, candidates: Floats) -> Floats:
        """Covariance of the function at candidates (m, d) with that at the trials; shape (m, n)."""
        result: Floats = self.signal * matern(_squares(candidates, self.x, self.lengths, self.is_category))
        return result

    def leave_one_out_r2(self, y: Floats) -> float:
        """Share of the variance of the scores y (n,) explained where each is predicted from all others; at most 1."""
        from scipy.linalg import cho_solve

        scaled = (y - y.mean()) / (float(y.std()) or 1.0)
        precision = np.diag(cho_solve((self.root, True), np.eye(len(self.x))))
        errors = self.weights / precision
        return float(1.0 - (errors**2).sum() / max((scaled**2).sum(), 1e-300))


def fit_surrogate(x: Floats, y: Floats, is_category: NDArray[np.bool_]) -> Surrogate:
    """Fit to trials x (n, d) in [0, 1] and scores y (n,), larger is better, any unit.

    The same trials are fitted once: a review reads them on several screens, and again when it is opened again.
    """
    shape = x.shape
    return _fitted(
        shape, x.astype(np.float64).tobytes(), y.astype(np.float64).tobytes(), is_category.astype(np.bool_).tobytes()
    )


@lru_cache(maxsize=8)
def _fitted(shape: tuple[int, int], x_bytes: bytes, y_bytes: bytes, category_bytes: bytes) -> Surrogate:
    from threadpoolctl import threadpool_limits

    x, y = np.frombuffer(x_bytes).reshape(shape), np.frombuffer(y_bytes)
    # Matrices this small are faster on one thread, and do not take cores from a training.
    with threadpool_limits(limits=1, user_api="blas"):
        return _fit(x, y, np.frombuffer(category_bytes, dtype=np.bool_))


def _fit(x: Floats, y: Floats, is_category: NDArray[np.bool_]) -> Surrogate:
    from scipy.linalg import cho_solve

    spread = float(y.std()) or 1.0
    scaled = (y - y.mean()) / spread
    n, d = x.shape
    first, second = _pairs(n)
    apart = x.T[:, first] - x.T[:, second]
    parts = np.where(is_category[:, None], 1.0 * (apart != 0.0), apart**2)
    theta, log_likelihood = _maximize(parts, scaled, _centre(d), max_steps=MAX_STEPS)
    relevance = np.array([2.0 * (log_likelihood - _without(j, theta, parts, scaled, log_likelihood)) for j in range(d)])
    lengths, signal, noise = np.exp(theta[:d]), math.exp(theta[d]), math.exp(theta[d + 1])
    kernel = signal * matern(_squares(x, x, lengths, is_category))
    root: Floats = np.linalg.cholesky(kernel + (noise + JITTER) * np.eye(n)).astype(np.float64)
    return Surrogate(
        x=x,
        weights=cho_solve((root, True), scaled),
        root=root,
        lengths=lengths,
        signal=signal,
        noise=noise,
        is_category=is_category,
        log_likelihood=log_likelihood,
        relevance=relevance,
    )


def _without(j: int, theta: Floats, parts: Floats, y: Floats, whole: float) -> float:
    """Log likelihood of the process that ignores dimension j; the others' lengths are fitted again where it matters.

    Without that step the ratio is only too large, so a dimension that shows nothing even then is not fitted again.
    """
    keep = np.delete(np.arange(len(parts)), j)
    start = np.delete(theta, j)
    _, likelihood = _maximize(parts[keep], y, start, max_steps=0)
    if 2.0 * (whole - likelihood) < WORTH_REFITTING:
        return likelihood
    return _maximize(parts[keep], y, start, max_steps=REFIT_STEPS)[1]


def _maximize(parts: Floats, y: Floats, start: Floats, *, max_steps: int) -> tuple[Floats, float]:
    """Maximum a posteriori of the logarithms of lengths, signal and noise, and the log likelihood there."""
    from scipy.optimize import minimize

    d, theta = len(parts), start
    if max_steps:
        limits = [(-4.0, 3.0)] * d + [(-5.0, 3.0), (-9.0, 1.0)]
        options = {"maxiter": max_steps}
        theta = minimize(_loss, start, args=(parts, y), jac=True, method="L-BFGS-B", options=options, bounds=limits).x
    away = (theta - _centre(d)) / _width(d)
    return theta, 0.5 * float(away @ away) - _loss(theta, parts, y)[0]


def _centre(d: int) -> Floats:
    """Means of the priors; the more dimensions, the longer each length."""
    return np.array([LENGTH[0] + 0.25 * math.log(max(d, 1))] * d + [SIGNAL[0], NOISE[0]])


def _width(d: int) -> Floats:
    return np.array([LENGTH[1]] * d + [SIGNAL[1], NOISE[1]])


def matern(squared: Floats) -> Floats:
    """Matérn 5/2 of squared distances in lengths."""
    r = np.sqrt(5.0 * np.maximum(squared, 0.0))
    result: Floats = (1.0 + r + r**2 / 3.0) * np.exp(-r)
    return result


def _squares(a: Floats, b: Floats, lengths: Floats, is_category: NDArray[np.bool_]) -> Floats:
    total = np.zeros((len(a), len(b)))
    for j, length in enumerate(lengths):
        apart = a[:, j, None] - b[None, :, j]
        total += (1.0 * (apart != 0.0) if is_category[j] else apart**2) / length**2
    return total


def _loss(theta: Floats, parts: Floats, y: Floats) -> tuple[float, Floats]:
    """Negative log posterior of the log lengths, log signal and log noise, and its gradient.

    Args:
        theta: Logarithms; shape (d + 2,).
        parts: Squared distances of pairs i > j of trials, row by row, in one dimension each; shape (d, n (n - 1) / 2).
        y: Scores, standardized; shape (n,).
    """
    from scipy.linalg.lapack import dpotrf, dpotri

    d, n = len(parts), len(y)
    pairs = _pairs(n)
    inverse = np.exp(-2.0 * theta[:d])
    signal, noise = math.exp(theta[d]), math.exp(theta[d + 1])
    r = np.sqrt(5.0 * (inverse @ parts))
    decay = signal * np.exp(-r)
    kernel = (1.0 + r + r**2 / 3.0) * decay
    root = np.zeros((n, n), order="F")
    root[pairs] = kernel
    root[np.diag_indices(n)] = signal + noise + JITTER
    root, failed = dpotrf(root, lower=1, clean=0, overwrite_a=1)
    if failed:
        return 1e10, np.zeros_like(theta)
    determinant = float(np.log(np.diag(root)).sum())
    precision, _ = dpotri(root, lower=1, overwrite_c=1)
    apart, own = precision[pairs], np.diag(precision)
    weights = own * y + np.bincount(pairs[0], apart * y[pairs[1]], n) + np.bincount(pairs[1], apart * y[pairs[0]], n)
    outer = apart - weights[pairs[0]] * weights[pairs[1]]
    trace = float(own.sum() - weights @ weights)
    # dk/d(log length_j) = signal · 5/3 · (1 + r) e^-r · parts_j / length_j²; each pair counts twice
    gradient = np.empty_like(theta)
    gradient[:d] = (parts @ (outer * (5.0 / 3.0 * (1.0 + r) * decay))) * inverse
    gradient[d] = float(outer @ kernel) + 0.5 * signal * trace
    gradient[d + 1] = 0.5 * noise * trace
    width = _width(d)
    away = (theta - _centre(d)) / width
    loss = 0.5 * float(y @ weights) + determinant + 0.5 * float(away @ away)
    return loss, gradient + away / width


@lru_cache(maxsize=8)
def _pairs(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pairs i > j, row by row."""
    return np.tril_indices(n, -1)
