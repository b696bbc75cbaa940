"""An ordinary scikit-learn script: a small network on the digits data; three lines (marked) let trimtab steer it."""

import argparse
import json  # 1

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=1e-3)
parser.add_argument("--alpha", type=float, default=1e-4)
parser.add_argument("--width", type=int, default=32)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--fraction", type=float, default=1.0)  # 2
given = parser.parse_args()

x, y = load_digits(return_X_y=True)
x_train, x_val, y_train, y_val = train_test_split(x / 16, y, test_size=0.25, random_state=0, stratify=y)
n_used = int(len(x_train) * given.fraction)

network = MLPClassifier((given.width,), learning_rate_init=given.lr, alpha=given.alpha, random_state=given.seed)
for epoch in range(1, given.epochs + 1):
    order = np.random.default_rng([given.seed, epoch]).permutation(n_used)
    network.partial_fit(x_train[order], y_train[order], classes=np.unique(y))
    accuracy = network.score(x_val, y_val)
    print(f"epoch {epoch}: accuracy {accuracy:.3f}")
    print(json.dumps({"epoch": epoch, "score": 100 * accuracy, "loss": float(network.loss_)}))  # 3
