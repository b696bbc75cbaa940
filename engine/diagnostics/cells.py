"""Cells of a dimension: where positions are counted, one cell a value for short integer ranges and categories."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.diagnostics.sample import count_values
from engine.space.dimension import Dimension
from engine.statistics.chance import Floats

N_CELLS = 10
"""Cells of a float: fine enough to see an unexplored tenth, coarse enough for a sprint of a hundred trials."""


def edges(dimension: Dimension, n_cells: int = N_CELLS) -> Floats:
    """Inner edges of the cells in u; shape (cells − 1,)."""
    n_values = count_values(dimension)
    if n_values > n_cells:
        return np.linspace(0.0, 1.0, n_cells + 1)[1:-1]
    is_category = dimension.kind == "categorical"
    values = dimension.choices if is_category else [dimension.value_at(place) for place in range(int(n_values))]
    at = np.array([dimension.to_unit(v) for v in values])
    return np.asarray((at[1:] + at[:-1]) / 2.0, dtype=np.float64)


def cell_of(dimension: Dimension, u: Floats, n_cells: int = N_CELLS) -> NDArray[np.intp]:
    """Index of the cell each position falls into; shape as u."""
    return np.searchsorted(edges(dimension, n_cells), u, side="right")


def counts(dimension: Dimension, u: Floats, n_cells: int = N_CELLS) -> NDArray[np.intp]:
    """How many positions fall into each cell; shape (cells,)."""
    inner = edges(dimension, n_cells)
    return np.bincount(np.searchsorted(inner, u, side="right"), minlength=len(inner) + 1)


def span(dimension: Dimension, u: Floats) -> tuple[Any, Any]:
    """Lowest and highest value of some positions, in the dimension's unit."""
    return dimension.from_unit(float(u.min())), dimension.from_unit(float(u.max()))


def show(dimension: Dimension, u: Floats) -> str:
    """The span of some positions as ``2e-05 … 8e-05``."""
    low, high = span(dimension, u)
    return f"{dimension.text(low, 3)} … {dimension.text(high, 3)}"
