"""The regressor that the gp sampler hands to scikit-optimize: its own, with what our spaces need.

- Three acquisition functions ask it for the same ten thousand points, which it predicts once.
- Where trials are likely to fail (`engine.samplers.success`) it predicts a bad score and is sure of it, so that none of
  the acquisition functions goes there; what failed is not told to the process, for it has no score.
- Where a dimension has steps or an order, the prediction anywhere in a value's cell is that of the value itself
  (Garrido-Merchán and Hernández-Lobato, "Dealing with categorical and integer-valued variables in Bayesian Optimization
  with Gaussian processes", 2020): a value that was tried is not proposed again for lying a little beside it.
"""

from collections.abc import Sequence
from typing import Any

from engine.samplers.success import LEAST_CHANCE, SHARE_OF_BEST, Success
from engine.space.dimension import Dimension

BAD = 4.0
"""Standardized loss that is predicted where a trial is likely to fail."""

SURE = 1e-6
"""Standard deviation of that prediction."""

MANY_VALUES = 1000
"""Finer grids count as floats: next to their cells a GP's length is long anyway."""


def regressor(
    dimensions: Sequence[Dimension],
    success: Success | None = None,
    least_chance: float = LEAST_CHANCE,
    outside: tuple[Any, Any] | None = None,
) -> type:
    """The class of the regressor over these dimensions, each a column, categories as many as they have choices.

    Args:
        dimensions: Of the problem.
        success: The chance of success over them, by which predictions get worse; None where nothing has failed.
        least_chance: Chance below which a point is predicted to be bad.
        outside: Earlier points beyond the bounds as scikit-optimize would transform them, and their standardized
            losses; the process is fitted to them as well.
    """
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
        needed = least_chance

        def fit(self, X: Any, y: Any) -> Any:  # noqa: N803 - the name of both libraries
            self.kept = None
            if outside is not None:
                X, y = np.concatenate([outside[0], X]), np.concatenate([outside[1], y])  # noqa: N806
            return super().fit(X, y)

        def predict(self, X: Any, return_std: bool = False, **more: Any) -> Any:  # noqa: N803
            if not return_std or any(more.values()) or len(X) == 1:
                found = super().predict(centred(X) if grids else X, return_std=return_std, **more)
                found = self._flat(found) if grids and any(more.values()) else found
                return self._wary(X, found) if success is not None and return_std else found
            if self.kept is None or self.kept[0] is not X:
                found = super().predict(centred(X) if grids else X, return_std=True)
                self.kept = X, found if success is None else self._wary(X, found)
            return self.kept[1]

        def _wary(self, X: Any, found: Any) -> Any:  # noqa: N803
            """Predictions that are bad, and sure, where trials are likely to fail."""
            assert success is not None
            mean, std, *gradients = found
            chances = success.chance(_encoded(dimensions, centred(X) if grids else np.asarray(X, dtype=float)))
            if len(chances) > 1:  # the candidates; what is polished afterwards is held to the same
                self.needed = min(least_chance, SHARE_OF_BEST * float(chances.max()))
            fails = chances < self.needed
            short = (self.needed - chances) / self.needed
            return (np.where(fails, BAD * (1.0 + short), mean), np.where(fails, SURE, std), *gradients)

        def _flat(self, found: Any) -> Any:
            """Predictions whose gradients, the last ones, are 0 along the columns of cells."""
            mean, std, *gradients = found
            for gradient in gradients:
                gradient[[at for at, _, _ in grids]] = 0.0
            return (mean, std, *gradients)

    return Regressor


def _encoded(dimensions: Sequence[Dimension], points: Any) -> Any:
    """Points as scikit-optimize transforms them as `engine.samplers.success.encode` has them.

    It keeps two choices in one column and several in the order of their names, which are numbers as text.
    """
    import numpy as np

    columns = []
    at = 0
    for dimension in dimensions:
        n = len(dimension.choices)
        if dimension.is_ordered:
            columns.append(points[:, at])
        elif n <= 2:
            columns += [1.0 - points[:, at], points[:, at]] if n == 2 else [np.ones(len(points))]
        else:
            there = sorted(map(str, range(n)))
            columns += [points[:, at + there.index(str(place))] for place in range(n)]
        at += 1 if dimension.is_ordered or n <= 2 else n
    return np.stack(columns, axis=1)


def _cells(dimension: Dimension) -> tuple[Any, Any]:
    """Middles of the cells of a dimension's values as shares, and the boundaries between them."""
    import numpy as np

    n = int(dimension.n_values)
    if dimension.kind == "categorical":
        return (np.arange(n) + 0.5) / n, np.arange(1, n) / n
    values = [dimension.value_at(place) for place in range(n)]
    between = [(values[place] + values[place + 1]) / 2 for place in range(n - 1)]
    return np.array([dimension.to_share(v) for v in values]), np.array([dimension.to_share(v) for v in between])
