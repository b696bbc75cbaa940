"""A small forest of regression trees in numpy, for the functional ANOVA and for residuals.

Each tree is a list of boxes that tile [0, 1]^d, which is all the functional ANOVA needs.

Notations:
    n  trials.
    d  dimensions.
    L  leaves of a tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.progress import step
from engine.statistics.chance import Floats

N_TREES = 16
"""Trees: the shares of variance settle to about two points."""

MAX_ROWS = 400
"""Trials a tree sees at most; more sharpen little and cost time."""

MIN_LEAF = 4
"""Trials a leaf holds at least, so that one lucky trial makes no leaf."""

MAX_LEAVES = 32
"""Leaves a tree has at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """A piecewise constant function on the unit cube.

    Attributes:
        low: Lower corners of the boxes; shape (L, d).
        high: Upper corners; shape (L, d).
        value: Value in each box; shape (L,).
    """

    low: Floats
    high: Floats
    value: Floats

    def predict(self, x: Floats) -> Floats:
        """Values at x of shape (n, d); result (n,)."""
        inside = np.ones((len(x), len(self.value)), dtype=bool)
        for j in range(x.shape[1]):
            column = np.minimum(x[:, j], 1.0 - 1e-12)[:, None]
            inside &= (column >= self.low[:, j]) & (column < self.high[:, j])
        values: Floats = self.value[inside.argmax(axis=1)]
        return values


@dataclass(frozen=True, kw_only=True, slots=True)
class Forest:
    """Trees on bootstrap samples, and what they say of trials they did not see.

    Attributes:
        trees: The trees.
        unseen: Mean prediction for each trial by the trees that did not see it, NaN where all did; shape (n,).
        r2: Share of the variance that ``unseen`` explains; at or below 0 when the parameters explain nothing.
    """

    trees: Sequence[Tree]
    unseen: Floats
    r2: float


def grow_forest(x: Floats, y: Floats, *, seed: int = 0) -> Forest:
    """Grow the forest on x of shape (n, d) in [0, 1] and y of shape (n,)."""
    rng = np.random.default_rng(seed)
    trees, total, votes = [], np.zeros(len(y)), np.zeros(len(y))
    for grown in range(N_TREES):
        step("growing trees", grown, N_TREES)
        rows = rng.integers(len(y), size=min(len(y), MAX_ROWS))
        tree = grow_tree(x[rows], y[rows])
        trees.append(tree)
        out = np.setdiff1d(np.arange(len(y)), rows)
        # Trials beyond a few thousand judge the forest no better.
        out = out if len(out) <= MAX_ROWS else rng.choice(out, size=MAX_ROWS, replace=False)
        total[out] += tree.predict(x[out])
        votes[out] += 1
    unseen = np.divide(total, votes, out=np.full(len(y), np.nan), where=votes > 0)
    judged = votes > 0
    spread = float(((y[judged] - y[judged].mean()) ** 2).sum()) if judged.any() else 0.0
    r2 = 1.0 - float(((y - unseen)[judged] ** 2).sum()) / spread if spread > 0 else 0.0
    return Forest(trees=trees, unseen=unseen, r2=r2)


def grow_tree(x: Floats, y: Floats) -> Tree:
    """One regression tree, best split first, until `MAX_LEAVES`."""
    d = x.shape[1]
    whole = np.arange(len(y))
    leaves = [(whole, np.zeros(d), np.ones(d), _best_split(x, y))]
    while len(leaves) < MAX_LEAVES:
        at = max(range(len(leaves)), key=lambda i: leaves[i][3][0])
        gain, j, threshold = leaves[at][3]
        if gain <= 1e-12:
            break
        rows, low, high, _ = leaves.pop(at)
        for side in (x[rows, j] < threshold, x[rows, j] >= threshold):
            inside = rows[side]
            corner_low, corner_high = low.copy(), high.copy()
            if side[x[rows, j].argmin()]:
                corner_high[j] = threshold
            else:
                corner_low[j] = threshold
            leaves.append((inside, corner_low, corner_high, _best_split(x[inside], y[inside])))
    return Tree(
        low=np.array([leaf[1] for leaf in leaves]),
        high=np.array([leaf[2] for leaf in leaves]),
        value=np.array([y[leaf[0]].mean() for leaf in leaves]),
    )


def _best_split(x: Floats, y: Floats) -> tuple[float, int, float]:
    """Gain in squared error, dimension and threshold of the best split; gain 0 where none is allowed."""
    m = len(y)
    if m < 2 * MIN_LEAF:
        return 0.0, 0, 0.0
    order: NDArray[np.intp] = np.argsort(x, axis=0, kind="stable")
    sorted_x = np.take_along_axis(x, order, axis=0)
    left = np.cumsum((y - y.mean())[order], axis=0)[MIN_LEAF - 1 : m - MIN_LEAF]
    n_left = np.arange(MIN_LEAF, m - MIN_LEAF + 1, dtype=np.float64)[:, None]
    # With centred y the right sum is minus the left sum.
    gain = left**2 * (1.0 / n_left + 1.0 / (m - n_left))
    here, after = sorted_x[MIN_LEAF - 1 : m - MIN_LEAF], sorted_x[MIN_LEAF : m - MIN_LEAF + 1]
    gain[after - here <= 1e-12] = 0.0
    i, j = np.unravel_index(int(gain.argmax()), gain.shape)
    return float(gain[i, j]), int(j), float((here[i, j] + after[i, j]) / 2)
