"""Functional ANOVA: the share of the score's variance over the space that each dimension explains alone.

Hutter, Hoos, Leyton-Brown: "An Efficient Approach for Assessing Hyperparameter Importance" (2014), exact marginals of a
forest's boxes, single dimensions only. Own numpy.

Notations:
    L  leaves of a tree.
    S  segments between the breakpoints of one dimension.
"""

import numpy as np

from engine.statistics.chance import Floats
from engine.statistics.forest import Forest, Tree


def fanova(forest: Forest, n_dimensions: int) -> Floats:
    """Main-effect share of variance of each dimension, in [0, 1]; what is missing to 1 is interactions; shape (d,)."""
    parts = np.zeros(n_dimensions)
    whole = 0.0
    for tree in forest.trees:
        variance, main = tree_variances(tree)
        parts += main
        whole += variance
    return parts / whole if whole > 1e-300 else parts


def tree_variances(tree: Tree) -> tuple[float, Floats]:
    """Variance of the tree's function over the unit cube, and the variance of each dimension's marginal; (), (d,)."""
    widths = tree.high - tree.low
    volume = widths.prod(axis=1)
    mean = float(tree.value @ volume)
    variance = float(((tree.value - mean) ** 2) @ volume)
    main = np.zeros(widths.shape[1])
    for j in range(widths.shape[1]):
        breaks = np.unique(np.concatenate([tree.low[:, j], tree.high[:, j]]))
        middle = (breaks[1:] + breaks[:-1]) / 2
        covers = (tree.low[:, j, None] <= middle) & (middle < tree.high[:, j, None])
        marginal = (tree.value * volume / widths[:, j]) @ covers
        main[j] = float(((marginal - mean) ** 2) @ np.diff(breaks))
    return variance, main
