"""Functions for the benchmark of cuts: random ones to calibrate on, known ones that were held out.

Each is a function of the unit cube, larger is better, of any number of dimensions, some of which may not matter. A
sprint sees it with noise and, where the task is shifted, at a fidelity whose optimum lies elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Task:
    """A function and how a sprint sees it.

    ``noise`` is in standard deviations of the function; ``shift`` is how far the optimum of the cheap fidelity lies
    from the true one in each dimension, standard deviation in u.
    """

    family: str
    d: int
    function: Function
    noise: float
    shift: np.ndarray

    def true(self, u: np.ndarray) -> np.ndarray:
        """True values at points (m, d), in standard deviations; shape (m,)."""
        return self.function(u) / self.spread

    def seen(self, u: np.ndarray, rng: np.random.Generator) -> float:
        """A score at one point (d,)."""
        moved = np.clip(u + self.shift, 0.0, 1.0)
        return float(self.true(moved[None, :])[0] + self.noise * rng.normal())

    @property
    def spread(self) -> float:
        rng = np.random.default_rng(0)
        return float(self.function(rng.uniform(size=(500, self.d))).std()) or 1.0

    def best(self, low: np.ndarray, high: np.ndarray, start: np.ndarray | None = None) -> tuple[float, np.ndarray]:
        """Best true value in a box and where, by random search and steps that shrink; from a known point if given."""
        rng = np.random.default_rng(1)
        points = low + rng.uniform(size=(2000, self.d)) * (high - low)
        if start is not None:
            points = np.concatenate([points, np.clip(start, low, high)[None, :]])
        values = self.true(points)
        step = 0.15
        for _ in range(14):
            leaders = points[np.argsort(-values)[:20]]
            noise = step * rng.standard_normal((200, self.d)) * (rng.uniform(size=(200, self.d)) < 0.5)
            near = np.clip(np.repeat(leaders, 10, axis=0) + noise * (high - low), low, high)
            points, values = np.concatenate([leaders, near]), np.concatenate([self.true(leaders), self.true(near)])
            step *= 0.65
        at = int(values.argmax())
        return float(values[at]), points[at]


def simulated(seed: int) -> Task:
    """A random task to calibrate on."""
    rng = np.random.default_rng([seed, 11])
    family = ("smooth", "bowl", "bumps", "valley")[seed % 4]
    return _task(family, {"smooth": _smooth, "bowl": _bowl, "bumps": _bumps, "valley": _valley}[family], rng)


def held_out(seed: int) -> Task:
    """A task of functions that the calibration has not seen."""
    rng = np.random.default_rng([seed, 13])
    family = list(KNOWN)[seed % len(KNOWN)]
    return _task(family, KNOWN[family], rng)


def _task(family: str, make: Callable[[int, np.random.Generator], Function], rng: np.random.Generator) -> Task:
    relevant = int(rng.integers(1, 7))
    d = relevant + int(rng.integers(0, 5))
    if d < 2:
        d = 2
    columns = rng.permutation(d)[:relevant]
    core = make(relevant, rng)
    noise = float(np.exp(rng.uniform(np.log(0.05), np.log(1.0))))
    shift = 0.05 * rng.standard_normal(d) if rng.uniform() < 0.4 else np.zeros(d)
    return Task(family, d, lambda u: core(u[:, columns]), noise, shift)


def _smooth(d: int, rng: np.random.Generator) -> Function:
    """A draw from a squared-exponential process, written with random cosines."""
    lengths = np.exp(rng.uniform(np.log(0.25), np.log(1.5), d))
    frequencies = rng.standard_normal((d, 200)) / lengths[:, None]
    phases, weights = rng.uniform(0, 2 * np.pi, 200), rng.standard_normal(200)
    return lambda u: np.cos(u @ frequencies + phases) @ weights


def _bowl(d: int, rng: np.random.Generator) -> Function:
    """A power of the distance from an optimum, turned, now and then beyond the range."""
    at = rng.uniform(-0.1, 1.1, d)
    turn, _ = np.linalg.qr(rng.standard_normal((d, d)))
    turn = turn if rng.uniform() < 0.5 else np.eye(d)
    weights, power = np.exp(rng.uniform(-1.5, 1.5, d)), rng.uniform(0.8, 2.5)
    return lambda u: -(np.abs((u - at) @ turn) ** power * weights).sum(axis=1)


def _bumps(d: int, rng: np.random.Generator) -> Function:
    n = int(rng.integers(2, 6))
    at, widths = rng.uniform(size=(n, d)), rng.uniform(0.15, 0.6, (n, d))
    heights = rng.uniform(0.5, 1.5, n)
    return lambda u: (heights * np.exp(-0.5 * (((u[:, None, :] - at) / widths) ** 2).sum(axis=2))).max(axis=1)


def _valley(d: int, rng: np.random.Generator) -> Function:
    """Good along a curved line, with a slope towards one end of it."""
    bend, level = rng.uniform(-1.0, 1.0, d), rng.uniform(0.2, 0.8, d)
    slope = rng.uniform(0.1, 1.0)

    def value(u: np.ndarray) -> np.ndarray:
        along = u[:, 0]
        away = u[:, 1:] - (level[1:] + bend[1:] * (along[:, None] - 0.5))
        result: np.ndarray = slope * along - (np.abs(away) ** 1.5).sum(axis=1) - 0.3 * (along - level[0]) ** 2
        return result

    return value


def _ackley(d: int, rng: np.random.Generator) -> Function:
    at = rng.uniform(0.15, 0.85, d)

    def value(u: np.ndarray) -> np.ndarray:
        x = (u - at) * 8.0
        result: np.ndarray = 20.0 * np.exp(-0.2 * np.sqrt((x**2).mean(axis=1))) + np.exp(
            np.cos(2 * np.pi * x).mean(axis=1)
        )
        return result

    return value


def _levy(d: int, rng: np.random.Generator) -> Function:
    at = rng.uniform(0.15, 0.85, d)

    def value(u: np.ndarray) -> np.ndarray:
        w = 1.0 + (u - at) * 10.0 / 4.0
        middle = ((w[:, :-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:, :-1] + 1) ** 2)).sum(axis=1)
        last = (w[:, -1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[:, -1]) ** 2)
        result: np.ndarray = -(np.sin(np.pi * w[:, 0]) ** 2 + middle + last)
        return result

    return value


def _rosenbrock(d: int, rng: np.random.Generator) -> Function:
    at = rng.uniform(-0.15, 0.15, d)

    def value(u: np.ndarray) -> np.ndarray:
        x = (u + at) * 4.0 - 2.0
        last = (1 - x[:, -1]) ** 2 if d == 1 else 0.0
        result: np.ndarray = -np.log1p(
            (100 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1 - x[:, :-1]) ** 2).sum(axis=1) + last
        )
        return result

    return value


def _michalewicz(d: int, rng: np.random.Generator) -> Function:
    flip = rng.uniform(size=d) < 0.5

    def value(u: np.ndarray) -> np.ndarray:
        x = np.where(flip, 1.0 - u, u) * np.pi
        result: np.ndarray = (np.sin(x) * np.abs(np.sin(np.arange(1, d + 1) * x**2 / np.pi)) ** 4).sum(axis=1)
        return result

    return value


def _ridge(d: int, rng: np.random.Generator) -> Function:
    """Two dimensions make up for each other; the others have a gentle optimum."""
    weights, at = rng.uniform(0.5, 1.5, d), rng.uniform(0.2, 0.8, d)
    level = float(weights @ at)
    return lambda u: -np.abs(u @ weights - level) * 3.0 - 0.3 * ((u - at) ** 2).sum(axis=1)


def _cliff(d: int, rng: np.random.Generator) -> Function:
    """The score rises towards a line beyond which training diverges."""
    edge, direction = rng.uniform(0.4, 0.9, d), rng.uniform(0.5, 1.5, d)

    def value(u: np.ndarray) -> np.ndarray:
        result: np.ndarray = np.where(u[:, 0] <= edge[0], u @ direction - (u**2).sum(axis=1), -2.0)
        return result

    return value


KNOWN: dict[str, Callable[[int, np.random.Generator], Function]] = {
    "ackley": _ackley,
    "levy": _levy,
    "rosenbrock": _rosenbrock,
    "michalewicz": _michalewicz,
    "ridge": _ridge,
    "cliff": _cliff,
}
"""The functions held out."""
