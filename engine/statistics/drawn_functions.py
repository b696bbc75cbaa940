"""Whole functions drawn from a fitted Gaussian process, which can be asked for their value at any point.

`Surrogate.draws` draws values at points that are known beforehand. Where the points depend on what was drawn, such as
the best point of each function inside a box, the function itself is needed. It is a draw from the prior, written with
random cosines, plus the correction that makes it agree with the trials.

Wilson et al. 2020, Efficiently sampling functions from Gaussian process posteriors, equation 8.

Notations:
    n  trials.
    m  points.
    q  coordinates: one a numeric dimension, one a value of a category.
    F  cosines.
    S  functions drawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.statistics.chance import Floats
from engine.statistics.surrogate import JITTER, Surrogate

N_COSINES = 512
"""Cosines of a draw from the prior: its covariance is right to about 4 %."""

DEGREES = 5.0
"""Degrees of freedom of the frequencies: twice the smoothness of Matérn 5/2."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DrawnFunctions:
    """Functions that the trials allow.

    Attributes:
        surrogate: The process they are drawn from.
        values_seen: Values of every category among the trials, by column; empty for numbers.
        frequencies: Shape (q, F).
        phases: Shape (F,).
        amplitudes: Shape (F, S).
        corrections: What makes each function agree with the trials; shape (n, S).
    """

    surrogate: Surrogate
    values_seen: tuple[Floats, ...]
    frequencies: Floats
    phases: Floats
    amplitudes: Floats
    corrections: Floats

    def at(self, points: Floats) -> Floats:
        """Standardized values at points (m, d), noise left out; shape (S, m)."""
        coordinates = _coordinates(points, self.values_seen, self.surrogate.lengths)
        prior = np.cos(coordinates @ self.frequencies + self.phases) @ self.amplitudes
        result: Floats = (prior + self.surrogate.covariance(points) @ self.corrections).T
        return result


def draw_functions(surrogate: Surrogate, n_draws: int, rng: np.random.Generator) -> DrawnFunctions:
    """Draw functions from a fitted process."""
    from scipy.linalg import cho_solve

    x = surrogate.x
    seen = tuple(np.unique(x[:, j]) if surrogate.is_category[j] else np.empty(0) for j in range(x.shape[1]))
    at_trials = _coordinates(x, seen, surrogate.lengths)
    q = at_trials.shape[1]
    radius = np.sqrt(DEGREES / rng.chisquare(DEGREES, N_COSINES))
    frequencies = rng.standard_normal((q, N_COSINES)) * radius
    phases = rng.uniform(0.0, 2.0 * np.pi, N_COSINES)
    amplitudes = rng.standard_normal((N_COSINES, n_draws)) * np.sqrt(2.0 * surrogate.signal / N_COSINES)
    prior = np.cos(at_trials @ frequencies + phases) @ amplitudes
    noise = np.sqrt(surrogate.noise + JITTER) * rng.standard_normal((len(x), n_draws))
    corrections = surrogate.weights[:, None] - cho_solve((surrogate.root, True), prior + noise)
    return DrawnFunctions(
        surrogate=surrogate,
        values_seen=seen,
        frequencies=frequencies,
        phases=phases,
        amplitudes=amplitudes,
        corrections=corrections,
    )


def _coordinates(points: Floats, seen: tuple[Floats, ...], lengths: Floats) -> Floats:
    """Points in lengths, a category as one coordinate a value: two different values lie one length apart."""
    columns: list[NDArray[np.float64]] = []
    for j, values in enumerate(seen):
        if len(values):
            columns.append((points[:, j, None] == values) / (np.sqrt(2.0) * lengths[j]))
        else:
            columns.append(points[:, j, None] / lengths[j])
    return np.concatenate(columns, axis=1)
