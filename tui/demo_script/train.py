"""A plain training script that knows nothing of trimtab: which of three spiral arms does a point lie on?

python train.py --lr 0.1 --momentum 0.9 --width 16 --weight-decay 1e-4 --epochs 20
"""

import argparse
import sys

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

N_TRAIN, N_VAL, N_ARMS = 900, 600, 3


def points(n: int, draw: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """Points in the plane and the arm of each."""
    arm = draw.integers(N_ARMS, size=n)
    way = np.sqrt(draw.uniform(0.02, 1.0, size=n))
    angle = 9.0 * way + 2 * np.pi * arm / N_ARMS + 0.2 * draw.standard_normal(n)
    return np.stack([way * np.cos(angle), way * np.sin(angle)], axis=1) * 2.0, arm


def main() -> None:
    """Train and print a line an epoch; a network that broke ends with what went wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--weight-decay", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()

    draw = np.random.default_rng(given.seed)
    x, y = points(N_TRAIN, np.random.default_rng(7))
    x_val, y_val = points(N_VAL, np.random.default_rng(8))
    shapes = ((2, given.width), (given.width, given.width), (given.width, N_ARMS))
    weights = [draw.standard_normal(shape) / np.sqrt(shape[0]) for shape in shapes]
    biases = [np.zeros(shape[1]) for shape in shapes]
    parts = [*weights, *biases]
    speeds = [np.zeros_like(part) for part in parts]

    def hidden(inputs: Floats) -> list[Floats]:
        layers = [inputs]
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            layers.append(np.maximum(layers[-1] @ weight + bias, 0.0))
        return layers

    for epoch in range(1, given.epochs + 1):
        total = 0.0
        for batch in np.array_split(draw.permutation(N_TRAIN), N_TRAIN // 30):
            layers = hidden(x[batch])
            logits = layers[-1] @ weights[-1] + biases[-1]
            logits -= logits.max(axis=1, keepdims=True)
            share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            total -= float(np.log(share[np.arange(len(batch)), y[batch]] + 1e-12).sum())
            error = (share - np.eye(N_ARMS)[y[batch]]) / len(batch)
            for at in reversed(range(3)):
                slopes = layers[at].T @ error + given.weight_decay * weights[at], error.sum(axis=0)
                error = (error @ weights[at].T) * (layers[at] > 0)
                for place, slope in zip((at, at + 3), slopes, strict=True):
                    speeds[place] *= given.momentum
                    speeds[place] -= given.lr * slope
                    parts[place] += speeds[place]
        largest = max(float(np.abs(weight).max()) for weight in weights)
        if not largest < 20:  # also where it is nan
            sys.exit(f"error: weights grew to {largest:.0f} in epoch {epoch}: training diverged, lower --lr")
        last = hidden(x_val)[-1]
        if not last.any():
            sys.exit(f"error: all hidden units are dead in epoch {epoch}: lower --lr or --momentum")
        right = 100 * ((last @ weights[-1] + biases[-1]).argmax(axis=1) == y_val).mean()
        print(f"epoch {epoch:2d}/{given.epochs}  loss {total / N_TRAIN:.4f}  val_acc {right:.2f}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
