"""Covariance matrix adaptation (Hansen, "The CMA Evolution Strategy: A Tutorial", 2016) as a function of the trials.

Notations (those of the tutorial, in the unit cube of the dimensions):
    m      mean of the cloud, [d].         sigma  its step size.        C      its covariance's shape, [d, d].
    p_c    evolution path of C, [d].       p_s    that of sigma, [d].
    lam    trials a generation.            mu     the better half that moves the mean; w their weights.

The state is the cloud, its paths and the numbers of the trials that the present generation has been asked for. A
generation ends when lam of its trials have finished; failed ones count for nothing. Trials asked for meanwhile belong
to it too, so parallel workers never wait; only its best lam count. Points that are likely to fail are drawn again.
Of earlier trials that inform only, the best one inside the bounds may be where the cloud begins, and failed ones tell
where not to draw; they are of no generation, for the cloud did not ask for them.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine.samplers.problem import Answer, Problem
from engine.samplers.random import ask as ask_random

MAX_RESAMPLES = 100
"""Draws from the cloud before a point outside the cube is moved to its border."""


def ask(problem: Problem, *, number: int, seed: int, state: Mapping[str, Any]) -> Answer:
    """Draw from the cloud, after moving it when its generation is complete."""
    if problem.index < problem.n_random:
        return ask_random(problem, number=number, seed=seed, state=state)
    import numpy as np

    sigma, n_dimensions = float(problem.options["sigma"]), len(problem.dimensions)
    lam = int(problem.options["population"]) or 4 + int(3 * math.log(n_dimensions))
    cloud = _Cloud.resume(state, n_dimensions) or _Cloud.begin(problem, sigma)
    losses = {one.number: one.loss for one in problem.observed if one.loss is not None}
    pending = {one.number for one in problem.pending}
    finished = [member for member in cloud.members if member not in pending]
    if len(finished) >= lam:
        units = {one.number: _shares(problem, one.params) for one in problem.observed}
        ordered = sorted((member for member in finished if member in losses), key=lambda member: losses[member])
        if len(ordered) >= 2:
            cloud.move(np.array([units[member] for member in ordered[:lam]]), lam)
        cloud.members = []
    rng = np.random.default_rng(seed)
    drawn = [cloud.draw(rng) for _ in range(1 if problem.success is None else MAX_RESAMPLES)]
    points = [{d.name: d.from_share(float(u)) for d, u in zip(problem.dimensions, one, strict=True)} for one in drawn]
    params = points[problem.likely(points).index(True)]
    cloud.members.append(number)
    return Answer(params=params, state=cloud.to_state())


def _shares(problem: Problem, params: Mapping[str, Any]) -> list[float]:
    return [min(max(d.to_share(params[d.name]), 0.0), 1.0) for d in problem.dimensions]


class _Cloud:
    """The Gaussian and its paths."""

    def __init__(self, mean: Any, sigma: float, shape: Any, path_c: Any, path_s: Any, members: Sequence[int]) -> None:
        self.mean, self.sigma, self.shape = mean, sigma, shape
        self.path_c, self.path_s, self.members = path_c, path_s, list(members)

    @classmethod
    def begin(cls, problem: Problem, sigma: float) -> "_Cloud":
        """Around the best trial so far, or the middle of the space."""
        import numpy as np

        d = len(problem.dimensions)
        best = min(problem.observed, key=lambda one: one.loss or 0.0, default=None)
        mean = np.full(d, 0.5) if best is None else np.array(_shares(problem, best.params))
        return cls(mean, sigma, np.eye(d), np.zeros(d), np.zeros(d), ())

    @classmethod
    def resume(cls, state: Mapping[str, Any], d: int) -> "_Cloud | None":
        """From a kept state; None where there is none or it has another width."""
        import numpy as np

        if len(state.get("mean", ())) != d:
            return None
        arrays = [np.asarray(state[key], dtype=float) for key in ("mean", "shape", "path_c", "path_s")]
        return cls(arrays[0], float(state["sigma"]), arrays[1], arrays[2], arrays[3], state["members"])

    def to_state(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "mean": [float(x) for x in self.mean],
            "sigma": float(self.sigma),
            "shape": [[float(x) for x in row] for row in self.shape],
            "path_c": [float(x) for x in self.path_c],
            "path_s": [float(x) for x in self.path_s],
            "members": self.members,
        }

    def draw(self, rng: Any) -> Any:
        """A point of the cube."""
        import numpy as np

        root = np.linalg.cholesky(self.shape + 1e-12 * np.eye(len(self.mean)))
        point = self.mean
        for _ in range(MAX_RESAMPLES):
            point = self.mean + self.sigma * root @ rng.standard_normal(len(self.mean))
            if ((point >= 0) & (point <= 1)).all():
                return point
        return np.clip(point, 0.0, 1.0)

    def move(self, ordered: Any, lam: int) -> None:
        """Equations 41-47 of the tutorial, with the members best first."""
        import numpy as np

        d = len(self.mean)
        mu = min(lam // 2, len(ordered))
        weights = np.log(lam / 2 + 0.5) - np.log(np.arange(1, mu + 1))
        weights = np.maximum(weights, 1e-12) / np.maximum(weights, 1e-12).sum()
        mu_eff = 1 / (weights**2).sum()
        c_s = (mu_eff + 2) / (d + mu_eff + 5)
        damp = 1 + 2 * max(0.0, math.sqrt((mu_eff - 1) / (d + 1)) - 1) + c_s
        c_c = (4 + mu_eff / d) / (d + 4 + 2 * mu_eff / d)
        c_1 = 2 / ((d + 1.3) ** 2 + mu_eff)
        c_mu = min(1 - c_1, 2 * (mu_eff - 2 + 1 / mu_eff) / ((d + 2) ** 2 + mu_eff))
        steps = (ordered[:mu] - self.mean) / self.sigma
        step = weights @ steps
        values, vectors = np.linalg.eigh(self.shape)
        inverse_root = vectors @ np.diag(1 / np.sqrt(np.maximum(values, 1e-20))) @ vectors.T
        expected = math.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d**2))
        self.mean = np.clip(self.mean + self.sigma * step, 0.0, 1.0)
        self.path_s = (1 - c_s) * self.path_s + math.sqrt(c_s * (2 - c_s) * mu_eff) * inverse_root @ step
        norm = float(np.linalg.norm(self.path_s))
        stalled = norm / math.sqrt(1 - (1 - c_s) ** 2) >= (1.4 + 2 / (d + 1)) * expected
        h = 0.0 if stalled else 1.0
        self.path_c = (1 - c_c) * self.path_c + h * math.sqrt(c_c * (2 - c_c) * mu_eff) * step
        rank_one = np.outer(self.path_c, self.path_c) + (1 - h) * c_c * (2 - c_c) * self.shape
        rank_mu = (weights[:, None] * steps).T @ steps
        self.shape = (1 - c_1 - c_mu) * self.shape + c_1 * rank_one + c_mu * rank_mu
        self.sigma = min(max(self.sigma * math.exp(c_s / damp * (norm / expected - 1)), 1e-8), 1.0)
