"""The digits example as a Python class: one process trains trial after trial, a tenth of a second each.

A thread file names it with ``objective: digits:Digits``; the folder of the thread file is where it is looked for. What
trimtab asks of such a class is said in ``engine/objectives/protocol.py``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier


class Digits:
    """A small network that reads handwritten digits.

    Args:
        model: ``solver``, ``adam`` or ``sgd``; ``batch_size``, images a step.
        data: ``validation_share`` of the images; ``noise``, standard deviation added to the grey values (0..1) of the
            training images.
        base_dir: Folder of the thread file; nothing is read from it.
    """

    metric = "accuracy"
    direction = "maximize"
    declaration: ClassVar[Mapping[str, Any]] = {"unit": "image", "units": "images"}

    def __init__(self, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> None:  # noqa: ARG002
        self.solver = str(model.get("solver", "adam"))
        self.batch_size = int(model.get("batch_size", 32))
        self.share = float(data.get("validation_share", 0.25))
        self.noise = float(data.get("noise", 0.0))

    def prepare(self) -> Mapping[str, Any]:
        """Loads and splits the images once."""
        x, y = load_digits(return_X_y=True)
        split = train_test_split(x / 16, y, test_size=self.share, random_state=0, stratify=y)
        self.x, self.x_val, self.y, self.y_val = split
        return {"n_train": len(self.x), "n_val": len(self.x_val)}

    def run(self, trial: Any) -> float:
        """Trains one configuration, an epoch at a time."""
        given = trial.params
        train = np.arange(trial.train_subset[0], len(self.x), trial.train_subset[1])
        held_out = np.arange(trial.val_subset[0], len(self.x_val), trial.val_subset[1])
        n_epochs, warm = epochs_to_run(trial), given.get("pct_start", 0.3) * trial.max_epochs
        network = MLPClassifier(
            (int(given["width"]),),
            solver=self.solver,
            activation=given.get("activation", "relu"),
            alpha=given["alpha"],
            batch_size=min(self.batch_size, len(train)),
            momentum=given.get("momentum", 0.9),
            learning_rate_init=given["lr"] * (one_cycle(0, warm, trial.max_epochs) if trial.scheduler else 1),
            random_state=trial.seed % 2**31,
        )
        draw = np.random.default_rng(trial.seed)
        score = float("nan")
        for epoch in range(1, n_epochs + 1):
            if trial.scheduler and epoch > 1:  # the first epoch's optimizer is made with its rate
                rate = given["lr"] * one_cycle(epoch - 1, warm, trial.max_epochs)
                network._optimizer.learning_rate_init = network._optimizer.learning_rate = rate
            order = draw.permutation(train)
            noisy = self.x[order] + draw.normal(0, self.noise, (len(order), self.x.shape[1]))
            network.partial_fit(noisy, self.y[order], classes=np.unique(self.y))
            score = 100 * float(network.score(self.x_val[held_out], self.y_val[held_out]))
            metrics = {"loss": float(network.loss_), "train_accuracy": 100 * float(network.score(noisy, self.y[order]))}
            if not trial.report(epoch, score, metrics):
                break
        return score


def epochs_to_run(trial: Any) -> int:
    """How many epochs the sprint's fidelity asks for."""
    if trial.run_to == "epochs":
        return int(trial.epochs)
    if trial.run_to == "warmup":
        return max(1, int(np.ceil(round(trial.params.get("pct_start", 0.3) * trial.max_epochs, 9))))
    return int(trial.max_epochs)


def one_cycle(done: int, warm: float, n_epochs: int) -> float:
    """The share of the highest rate after ``done`` epochs: up to it in ``warm`` epochs, then down, both in a cosine."""
    if done < warm:
        return 0.04 + 0.96 * (1 - np.cos(np.pi * done / warm)) / 2
    return max(1e-3, (1 + np.cos(np.pi * (done - warm) / max(n_epochs - warm, 1))) / 2)
