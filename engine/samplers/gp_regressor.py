"""The regressor that the gp sampler hands to scikit-optimize: its own, with what our spaces need.

- Three acquisition functions ask it for the same ten thousand points, which it predicts once.
- Where a dimension has steps or an order, the prediction anywhere in a value's cell is that of the value itself
  (Garrido-Merchán and Hernández-Lobato, "Dealing with categorical and integer-valued variables in Bayesian Optimization
  with Gaussian processes", 2020): a value that was tried is not proposed again for lying a little beside it.
"""

from collections.abc import Sequence
from typing import Any

from engine.space.dimension import Dimension

MANY_VALUES = 1000
"""Finer grids count as floats: next to their cells a GP's length is long anyway."""


def regressor(dimensions: Sequence[Dimension]) -> type:
    """The class of the regressor over these dimensions, each a column, categories as many as they have choices."""
    import numpy as np
    from skopt.learning import GaussianProcessRegressor

    grids: list[tuple[int, Any, Any]] = []
    column = 0
    for dimension in dimensions:
        if dimension.is_ordered and dimension.n_values <= MANY_VALUES:
            grids.append((column, *_cells(dimension)))
        n_choices = len(dimension.choices)
        column += 1 if dimension.is_ordered or n_choices <= 2 else n_choices  # scikit-optimize holds two in one column

    def centred(x: Any) -> Any:
        """Points moved to the middle of their cells."""
        moved = np.array(x, dtype=float)
        for at, centres, boundaries in grids:
            moved[:, at] = centres[np.searchsorted(boundaries, moved[:, at], side="right")]
        return moved

    class Regressor(GaussianProcessRegressor):  # type: ignore[misc]
        kept: tuple[Any, Any] | None = None

        def fit(self, X: Any, y: Any) -> Any:  # noqa: N803 - the name of both libraries
            self.kept = None
            return super().fit(X, y)

        def predict(self, X: Any, return_std: bool = False, **more: Any) -> Any:  # noqa: N803
            if not return_std or any(more.values()) or len(X) == 1:
                found = super().predict(centred(X) if grids else X, return_std=return_std, **more)
                return self._flat(found) if grids and any(more.values()) else found
            if self.kept is None or self.kept[0] is not X:
                self.kept = X, super().predict(centred(X) if grids else X, return_std=True)
            return self.kept[1]

        def _flat(self, found: Any) -> Any:
            """Predictions whose gradients, the last ones, are 0 along the columns of cells."""
            mean, std, *gradients = found
            for gradient in gradients:
                gradient[[at for at, _, _ in grids]] = 0.0
            return (mean, std, *gradients)

    return Regressor


def _cells(dimension: Dimension) -> tuple[Any, Any]:
    """Middles of the cells of a dimension's values as shares, and the boundaries between them."""
    import numpy as np

    n = int(dimension.n_values)
    if dimension.kind == "categorical":
        return (np.arange(n) + 0.5) / n, np.arange(1, n) / n
    values = [dimension.value_at(place) for place in range(n)]
    between = [(values[place] + values[place + 1]) / 2 for place in range(n - 1)]
    return np.array([dimension.to_share(v) for v in values]), np.array([dimension.to_share(v) for v in between])
