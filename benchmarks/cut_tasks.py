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
    """A task to calibrate on."""
    rng = np.random.default_rng([seed, 11])
    family = list(CALIBRATING)[seed % len(CALIBRATING)]
    return _task(family, CALIBRATING[family], rng)


def held_out(seed: int) -> Task:
    """A task of functions that the calibration has not seen."""
    rng = np.random.default_rng([seed, 29])
    family = list(HELD_OUT)[seed % len(HELD_OUT)]
    return _task(family, HELD_OUT[family], rng)


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


def _griewank(d: int, rng: np.random.Generator) -> Function:
    at = rng.uniform(0.1, 0.9, d)

    def value(u: np.ndarray) -> np.ndarray:
        x = (u - at) * 12.0
        waves = np.cos(x / np.sqrt(np.arange(1, d + 1))).prod(axis=1)
        result: np.ndarray = waves - (x**2).sum(axis=1) / 40.0
        return result

    return value


def _styblinski_tang(d: int, rng: np.random.Generator) -> Function:
    """Two optima in each dimension, one better."""
    flip = rng.uniform(size=d) < 0.5

    def value(u: np.ndarray) -> np.ndarray:
        x = np.where(flip, 1.0 - u, u) * 10.0 - 5.0
        result: np.ndarray = -(x**4 - 16.0 * x**2 + 5.0 * x).sum(axis=1)
        return result

    return value


def _zakharov(d: int, rng: np.random.Generator) -> Function:
    at = rng.uniform(0.1, 0.9, d)

    def value(u: np.ndarray) -> np.ndarray:
        x = (u - at) * 4.0
        along = (0.5 * np.arange(1, d + 1) * x).sum(axis=1)
        result: np.ndarray = -np.log1p((x**2).sum(axis=1) + along**2 + along**4)
        return result

    return value


def _dixon_price(d: int, rng: np.random.Generator) -> Function:
    at = rng.uniform(-0.1, 0.1, d)

    def value(u: np.ndarray) -> np.ndarray:
        x = (u + at) * 6.0 - 3.0
        chain = (np.arange(2, d + 1) * (2.0 * x[:, 1:] ** 2 - x[:, :-1]) ** 2).sum(axis=1)
        result: np.ndarray = -np.log1p((x[:, 0] - 1.0) ** 2 + chain)
        return result

    return value


def _rates(d: int, rng: np.random.Generator) -> Function:
    """As a learning rate acts: the score rises slowly, then falls fast; the others shift where."""
    at, pull = rng.uniform(0.3, 0.8), rng.uniform(-0.3, 0.3, d)
    level = rng.uniform(0.1, 0.9, d)

    def value(u: np.ndarray) -> np.ndarray:
        x = u[:, 0] - at + (u[:, 1:] - 0.5) @ pull[1:]
        others = ((u[:, 1:] - level[1:]) ** 2).sum(axis=1)
        result: np.ndarray = -np.where(x < 0.0, 1.5 * np.abs(x) ** 1.2, 6.0 * np.abs(x) ** 1.5) - 0.5 * others
        return result

    return value


def _two_ridges(d: int, rng: np.random.Generator) -> Function:
    """Two lines on which dimensions make up for each other, one a little better."""
    weights = rng.choice([-1.0, 1.0], d) * rng.uniform(0.5, 1.5, d)
    low, high = np.minimum(weights, 0.0).sum(), np.maximum(weights, 0.0).sum()
    first, second = low + (high - low) * rng.uniform(0.15, 0.45), low + (high - low) * rng.uniform(0.55, 0.85)
    ahead, at = rng.uniform(0.1, 0.5), rng.uniform(0.2, 0.8, d)

    def value(u: np.ndarray) -> np.ndarray:
        along = u @ weights
        result: np.ndarray = (
            np.maximum(ahead - 4.0 * np.abs(along - first), -4.0 * np.abs(along - second))
            - 0.3 * ((u - at) ** 2).sum(axis=1)
        )  # fmt: skip
        return result

    return value


def _slanted_cliff(d: int, rng: np.random.Generator) -> Function:
    """The score rises towards a slanted edge, such as that of memory, beyond which it drops."""
    direction = rng.uniform(0.3, 1.5, d)
    edge = direction.sum() * rng.uniform(0.4, 0.8)

    def value(u: np.ndarray) -> np.ndarray:
        along = u @ direction
        result: np.ndarray = np.where(along <= edge, along - 0.5 * (u**2).sum(axis=1), -0.5 * direction.sum())
        return result

    return value


def _schwefel(d: int, rng: np.random.Generator) -> Function:
    """Many optima of which the best lies near a corner."""
    flip = rng.uniform(size=d) < 0.5

    def value(u: np.ndarray) -> np.ndarray:
        x = np.where(flip, 1.0 - u, u) * 500.0
        result: np.ndarray = (x * np.sin(np.sqrt(np.abs(x)))).sum(axis=1)
        return result

    return value


CALIBRATING: dict[str, Callable[[int, np.random.Generator], Function]] = {
    "smooth": _smooth,
    "bowl": _bowl,
    "bumps": _bumps,
    "valley": _valley,
    "ackley": _ackley,
    "levy": _levy,
    "rosenbrock": _rosenbrock,
    "michalewicz": _michalewicz,
    "ridge": _ridge,
    "cliff": _cliff,
}
"""The functions that the calibration is fitted to."""

HELD_OUT: dict[str, Callable[[int, np.random.Generator], Function]] = {
    "griewank": _griewank,
    "styblinski-tang": _styblinski_tang,
    "zakharov": _zakharov,
    "dixon-price": _dixon_price,
    "rates": _rates,
    "two ridges": _two_ridges,
    "slanted cliff": _slanted_cliff,
    "schwefel": _schwefel,
}
"""The functions held out: read once, after the calibration was fixed."""
