"""Tasks of the search benchmark: functions with a fidelity and known optima, and an MLP on scikit-learn's digits."""

import functools
import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.objectives.synthetic import FUNCTIONS
from engine.space.dimension import Dimension
from engine.space.space import Space

MAX_EPOCHS = 25
"""Epochs of a whole training in every task (paper §3)."""

NOISE = 0.3
"""Standard deviation of the synthetic score's noise at the lowest fidelity, in standard deviations of the function."""

Params = Mapping[str, float | int | str | bool]


@dataclass(frozen=True)
class SyntheticTask:
    """A function whose fidelity rises with epochs and data, noisier the lower it is.

    ``outside`` names a variable whose initial range leaves the optimum out, though its domain holds it: only a search
    that widens can find it.
    """

    name: str
    function: str
    outside: tuple[str, float, float] | None = None

    @property
    def space(self) -> Space:
        made = []
        for name, (low, high) in zip(FUNCTIONS[self.function].names, FUNCTIONS[self.function].bounds, strict=True):
            first = self.outside[1:] if self.outside and self.outside[0] == name else (low, high)
            made.append(Dimension(name=name, kind="float", low=first[0], high=first[1], domain=(low, high)))
        return Space(dimensions=tuple(made))

    @property
    def optima(self) -> list[dict[str, float]]:
        points = [FUNCTIONS[self.function].minimizer]
        if self.function == "branin":
            points += [(-math.pi, 12.275), (9.42478, 2.475)]
        return [dict(zip(FUNCTIONS[self.function].names, point, strict=True)) for point in points]

    def train(self, params: Params, *, train_parts: int, number: int, seed: int) -> Iterator[float]:
        rng = np.random.default_rng([seed, number, 7])
        share = 1.0 - 0.3 * (1.0 - 1.0 / train_parts)
        for epoch in range(1, MAX_EPOCHS + 1):
            z = epoch / MAX_EPOCHS * share
            yield -self._value(params, z) + NOISE * self._spread() * (1 - z) * float(rng.normal())

    def regret(self, params: Params, *, seed: int) -> float:  # noqa: ARG002 – digits needs it
        """How far the true value is above the optimum, in standard deviations of the function."""
        return (self._value(params, 1.0) - FUNCTIONS[self.function].minimum) / self._spread()

    def _value(self, params: Params, z: float) -> float:
        return FUNCTIONS[self.function].value([float(params[name]) for name in FUNCTIONS[self.function].names], z)

    @functools.cache  # noqa: B019 – tasks live as long as the process
    def _spread(self) -> float:
        rng = np.random.default_rng(0)
        bounds = np.array(FUNCTIONS[self.function].bounds)
        points = rng.uniform(bounds[:, 0], bounds[:, 1], size=(1000, len(bounds)))
        return float(np.std([FUNCTIONS[self.function].value(list(p), 1.0) for p in points]))


class DigitsTask:
    """An MLP on the digits of scikit-learn: 5 hyperparameters, macro F1; subset i of k is each k-th image from i on."""

    name = "digits"
    optima = ()  # unknown

    @property
    def space(self) -> Space:
        return Space(
            dimensions=(
                Dimension(name="lr", kind="float", low=1e-5, high=1e-1, log=True, domain=(1e-7, 1.0)),
                Dimension(name="l2", kind="float", low=1e-6, high=1.0, log=True, domain=(1e-9, 10.0)),
                Dimension(name="width", kind="int", low=8, high=128, log=True, domain=(1, 512)),
                Dimension(name="beta1", kind="float", low=0.5, high=0.99, domain=(0.0, 0.999)),
                Dimension(name="batch", kind="int", low=8, high=256, log=True, domain=(1, 512)),
            )
        )

    def train(self, params: Params, *, train_parts: int, number: int, seed: int) -> Iterator[float]:
        x, y = self._split(seed)
        val_parts = 3 if train_parts > 1 else 1
        part = slice(number % train_parts, None, train_parts), slice(number % val_parts, None, val_parts)
        model = self._model(params, seed * 1000 + number)
        x_train, y_train = x[0][part[0]], y[0][part[0]]
        x_val, y_val = x[1][part[1]], y[1][part[1]]
        for _ in range(MAX_EPOCHS):
            yield self._epoch(model, x_train, y_train, x_val, y_val)

    def regret(self, params: Params, *, seed: int) -> float:
        """1 − macro F1 on test images after a fresh training on all training images; mean of two seeds."""
        x, y = self._split(seed)
        errors = []
        for repeat in range(2):
            model = self._model(params, 10_000_000 + 10 * seed + repeat)
            score = 0.0
            for _ in range(MAX_EPOCHS):
                score = self._epoch(model, x[0], y[0], x[2], y[2])
            errors.append(1.0 - score)
        return float(np.mean(errors))

    def _epoch(self, model, x_train, y_train, x_val, y_val) -> float:  # type: ignore[no-untyped-def]
        from sklearn.metrics import f1_score

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                model.partial_fit(x_train, y_train, classes=np.arange(10))
                return float(f1_score(y_val, model.predict(x_val), average="macro"))
            except ValueError:  # weights that overflowed
                return 0.0

    def _model(self, params: Params, seed: int):  # type: ignore[no-untyped-def]
        from sklearn.neural_network import MLPClassifier

        return MLPClassifier(
            hidden_layer_sizes=(int(params["width"]),),
            learning_rate_init=float(params["lr"]),
            alpha=float(params["l2"]),
            beta_1=float(params["beta1"]),
            batch_size=int(params["batch"]),
            random_state=seed % 2**31,
        )

    @functools.lru_cache(maxsize=4)  # noqa: B019
    def _split(self, seed: int):  # type: ignore[no-untyped-def]
        """Half of the images to train, a quarter each to validate and to test; another split for every seed."""
        from sklearn.datasets import load_digits

        data = load_digits()
        order = np.random.default_rng(seed).permutation(len(data.target))
        ends = [len(order) // 2, len(order) * 3 // 4]
        parts = np.split(order, ends)
        return tuple(data.data[p] / 16.0 for p in parts), tuple(data.target[p] for p in parts)


TASKS = {
    task.name: task
    for task in (
        SyntheticTask("branin", "branin"),
        SyntheticTask("currin", "currin"),
        SyntheticTask("hartmann3", "hartmann3"),
        SyntheticTask("hartmann6", "hartmann6"),
        SyntheticTask("borehole", "borehole"),
        SyntheticTask("hartmann6-outside", "hartmann6", ("x5", 0.0, 0.5)),
        DigitsTask(),
    )
}
