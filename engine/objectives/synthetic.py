"""Test functions with known optima that behave like trainings: a fidelity, epochs, curves; no training at all.

Scores are negated values, so that more is better and the best possible regret is 0. ``data`` options: ``noise``
(standard deviation added to each epoch's score, seeded by the trial), ``sleep`` (seconds an epoch takes) and
``fail_above`` (raise when the first parameter's position passes it).
"""

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.objectives.protocol import Trial
from engine.values import as_number, refuse_unknown_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A function to minimize.

    Attributes:
        name: Its name.
        bounds: Range of each variable, in order; variables are called ``x0``, ``x1``, …
        value: Value at a point and a fidelity in [0, 1]; 1 is the true function.
        minimum: The true function's least value.
        minimizer: A point where it is reached.
    """

    name: str
    bounds: tuple[tuple[float, float], ...]
    value: Callable[[Sequence[float], float], float]
    minimum: float
    minimizer: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(f"x{index}" for index in range(len(self.bounds)))


ALPHA = (1.0, 1.2, 3.0, 3.2)
"""Weights of Hartmann's four valleys; the multi-fidelity form lowers them (Kandasamy et al. 2017, appendix)."""

HARTMANN3_A = ((3.0, 10, 30), (0.1, 10, 35), (3.0, 10, 30), (0.1, 10, 35))
HARTMANN3_P = ((0.3689, 0.1170, 0.2673), (0.4699, 0.4387, 0.7470), (0.1091, 0.8732, 0.5547), (0.0381, 0.5743, 0.8828))
HARTMANN6_A = (
    (10, 3, 17, 3.5, 1.7, 8),
    (0.05, 10, 17, 0.1, 8, 14),
    (3, 3.5, 1.7, 10, 17, 8),
    (17, 8, 0.05, 10, 0.1, 14),
)
HARTMANN6_P = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)


def _hartmann(a: Sequence[Sequence[float]], p: Sequence[Sequence[float]]) -> Callable[[Sequence[float], float], float]:
    def value(x: Sequence[float], z: float) -> float:
        total = 0.0
        for alpha, row, centre in zip(ALPHA, a, p, strict=True):
            inner = sum(w * (xj - pj) ** 2 for w, xj, pj in zip(row, x, centre, strict=True))
            total -= (alpha - 0.1 * (1.0 - z)) * math.exp(-inner)
        return total

    return value


def _branin(x: Sequence[float], z: float) -> float:
    """Branin; the fidelity shifts its coefficients (Kandasamy et al. 2017)."""
    b = 5.1 / (4 * math.pi**2) - 0.01 * (1 - z)
    c = 5 / math.pi - 0.1 * (1 - z)
    t = 1 / (8 * math.pi) + 0.05 * (1 - z)
    return (x[1] - b * x[0] ** 2 + c * x[0] - 6) ** 2 + 10 * (1 - t) * math.cos(x[0]) + 10


def _currin(x: Sequence[float], z: float) -> float:
    """Currin's exponential function, negated (it is maximized in the literature)."""
    damped = 1.0 if x[1] <= 0 else 1 - 0.1 * (1 - z) - math.exp(-1 / (2 * x[1]))
    x0 = x[0]
    return -damped * (2300 * x0**3 + 1900 * x0**2 + 2092 * x0 + 60) / (100 * x0**3 + 500 * x0**2 + 4 * x0 + 20)


def _borehole(x: Sequence[float], z: float) -> float:
    """Flow of water through a borehole, negated; the low fidelity is the usual cheap form (Xiong et al. 2013)."""
    rw, r, tu, hu, tl, hl, length, kw = x
    log = math.log(r / rw)
    high = 2 * math.pi * tu * (hu - hl) / (log * (1 + 2 * length * tu / (log * rw**2 * kw) + tu / tl))
    low = 5 * tu * (hu - hl) / (log * (1.5 + 2 * length * tu / (log * rw**2 * kw) + tu / tl))
    return -(z * high + (1 - z) * low)


FUNCTIONS: Mapping[str, Function] = {
    function.name: function
    for function in (
        Function(
            name="hartmann3",
            bounds=((0.0, 1.0),) * 3,
            value=_hartmann(HARTMANN3_A, HARTMANN3_P),
            minimum=-3.86278,
            minimizer=(0.114614, 0.555649, 0.852547),
        ),
        Function(
            name="hartmann6",
            bounds=((0.0, 1.0),) * 6,
            value=_hartmann(HARTMANN6_A, HARTMANN6_P),
            minimum=-3.32237,
            minimizer=(0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573),
        ),
        Function(
            name="branin",
            bounds=((-5.0, 10.0), (0.0, 15.0)),
            value=_branin,
            minimum=0.397887,
            minimizer=(math.pi, 2.275),
        ),
        Function(
            name="currin", bounds=((0.0, 1.0),) * 2, value=_currin, minimum=-13.798722, minimizer=(0.216667, 0.0228407)
        ),
        Function(
            name="borehole",
            bounds=(
                (0.05, 0.15), (100.0, 50_000.0), (63_070.0, 115_600.0), (990.0, 1110.0), (63.1, 116.0), (700.0, 820.0),
                (1120.0, 1680.0), (9855.0, 12_045.0),
            ),
            value=_borehole,
            minimum=-309.575588,
            minimizer=(0.15, 100.0, 115_600.0, 1110.0, 116.0, 700.0, 1120.0, 12_045.0),
        ),
    )
}  # fmt: skip
"""The suite; optima as published (Surjanovic & Bingham's library) and checked by a test."""


class Synthetic:
    """A function as an objective: ``model: {function: hartmann3}``; parameters ``x0`` … are the variables.

    A trial sees the fidelity rise towards what its share of the data allows: at epoch e of the schedule's M, with 1/k
    of the data, z = e/M · (1 - 0.3 (1 - 1/k)).
    """

    direction = "maximize"
    metric = "negated_value"

    def __init__(self, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> None:  # noqa: ARG002
        refuse_unknown_keys(model, ("function",), where="synthetic objective")
        refuse_unknown_keys(data, ("noise", "sleep", "fail_above"), where="synthetic objective's data")
        name = str(model.get("function", "hartmann3"))
        refuse_unknown_keys({name: None}, FUNCTIONS, where="synthetic function")
        self.function = FUNCTIONS[name]
        self._noise = float(data.get("noise", 0.0))
        self._sleep = float(data.get("sleep", 0.0))
        self._fail_above = float(data.get("fail_above", math.inf))

    def prepare(self) -> Mapping[str, Any]:
        """Facts for the manifest; there is nothing to load."""
        return {"function": self.function.name, "n_train": 600, "n_val": 300, "data_hash": self.function.name}

    def run(self, trial: Trial) -> float:
        """Report one score an epoch.

        Raises:
            EngineError: When a variable is missing, or the trial is told to fail.
        """
        missing = [name for name in self.function.names if name not in trial.params]
        if missing:
            raise EngineError(f"{self.function.name} needs {', '.join(self.function.names)}, got no {missing[0]}")
        x = [as_number(trial.params[name]) for name in self.function.names]
        low, high = self.function.bounds[0]
        if (x[0] - low) / (high - low) > self._fail_above:
            raise RuntimeError(f"x0 = {x[0]:g} is more than this objective can take")
        rng = random.Random(trial.seed)
        share = 1.0 - 0.3 * (1.0 - 1.0 / trial.train_subset[1])
        n_train = _n_train_epochs(trial)
        score = math.nan
        for epoch in range(1, n_train + trial.calibration_epochs + 1):
            phase = "train" if epoch <= n_train else "calibration"
            if not self._wait(trial, epoch):
                return score
            z = min(epoch, trial.max_epochs) / trial.max_epochs * share
            value = self.function.value(x, z)
            score = -value + rng.gauss(0.0, self._noise) if self._noise else -value
            if not trial.report(epoch, score, {"loss": value, "fidelity": z}, phase=phase):
                return score
        return score

    def _wait(self, trial: Trial, epoch: int) -> bool:
        """Let an epoch take its time, listening on the way."""
        until = time.monotonic() + self._sleep
        while (left := until - time.monotonic()) > 0:
            if not trial.progress(epoch, 1.0 - left / self._sleep):
                return False
            time.sleep(min(left, 0.02))
        return True


def _n_train_epochs(trial: Trial) -> int:
    from engine.trials.fidelity import warmup_epochs

    if trial.run_to == "epochs":
        return trial.epochs or 1
    if trial.run_to == "warmup":
        return warmup_epochs(as_number(trial.params.get("pct_start", 0.3)), trial.max_epochs)
    return trial.max_epochs
