"""What the surrogate of a sprint's scores says of one dimension and of two at once, in the score's own unit."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from engine.errors import EngineError
from engine.store.workspace import Workspace
from engine.values import Value

if TYPE_CHECKING:
    from engine.diagnostics.score_model import ScoreModel
    from engine.space.dimension import Dimension
    from engine.statistics.chance import Floats

N_POINTS = 32
"""Points of a curve: two for each cell of a narrow plot would cost more than they show."""

TRUSTED, DOUBTED = 0.5, 0.2
"""Shares of unseen scores explained: from the first on a shape may be read, below the second not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependence:
    """Expected score along one dimension.

    Attributes:
        name: Of the dimension.
        values: Where, in ascending order; every category, or evenly on the dimension's scale.
        mean: Expected score at each value.
        low: Lower end of the band that holds four of five functions the trials allow.
        high: Upper end.
        r2: Share of the variance of unseen scores that the surrogate explains; below 0 for none.
    """

    name: str
    values: tuple[Value, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    r2: float

    @property
    def verdict(self) -> str:
        """How far the shape is to be trusted, in a sentence."""
        return trust(self.r2)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreMap:
    """Expected score over two dimensions.

    Attributes:
        across: Name of the dimension drawn from left to right.
        upwards: Name of the other.
        means: Expected scores, one row for each step upwards, the lowest first; cells evenly on both scales.
        r2: As in `Dependence`.
    """

    across: str
    upwards: str
    means: tuple[tuple[float, ...], ...]
    r2: float

    @property
    def verdict(self) -> str:
        """How far the map is to be trusted, in a sentence."""
        return trust(self.r2)


def trust(r2: float) -> str:
    """How far shapes of a surrogate are to be trusted, by its leave-one-out R²."""
    explains = f"The model explains {max(r2, 0.0):.0%} of unseen scores"
    if r2 >= TRUSTED:
        return f"{explains}."
    if r2 >= DOUBTED:
        return f"{explains}; trust the trend, not details."
    return f"{explains}; do not trust shapes."


def dependence(ws: Workspace, ref: int | str, name: str) -> Dependence | None:
    """Expected score along one dimension of a sprint; None where too few trials allow no surrogate.

    Raises:
        EngineError: When there is no such sprint, or the dimension is not free in it.
    """
    import numpy as np

    from engine.diagnostics.dependence import band

    fitted, sign, dimensions = _fitted(ws, ref)
    dimension = _free(dimensions, name)
    if fitted is None:
        return None
    units = _grid(dimension, N_POINTS)
    found = band(fitted, name, np.array(units))
    ends = [_scores(fitted, sign, one) for one in (found.low, found.high)]
    low, high = ends if sign > 0 else ends[::-1]
    return Dependence(
        name=name,
        values=tuple(dimension.from_unit(u) for u in units),
        mean=_scores(fitted, sign, found.mean),
        low=low,
        high=high,
        r2=fitted.r2,
    )


def score_map(
    ws: Workspace, ref: int | str, across: str, upwards: str, *, columns: int = 24, rows: int = 12
) -> ScoreMap | None:
    """Expected score over two dimensions of a sprint; None where too few trials allow no surrogate.

    Args:
        ws: The workspace.
        ref: Id, label or short label.
        across: Name of the dimension from left to right.
        upwards: Name of the other.
        columns: Cells from left to right; a dimension of categories has one a category.
        rows: Cells upwards, likewise.

    Raises:
        EngineError: When there is no such sprint, or one of the dimensions is not free in it.
    """
    import numpy as np

    from engine.diagnostics.dependence import surface

    fitted, sign, dimensions = _fitted(ws, ref)
    pair = _free(dimensions, across), _free(dimensions, upwards)
    if fitted is None:
        return None
    grids = [np.array(_grid(one, n)) for one, n in zip(pair, (columns, rows), strict=True)]
    means = surface(fitted, across, upwards, *grids)
    return ScoreMap(
        across=across, upwards=upwards, means=tuple(_scores(fitted, sign, row) for row in means), r2=fitted.r2
    )


def _fitted(ws: Workspace, ref: int | str) -> "tuple[ScoreModel | None, float, tuple[Dimension, ...]]":
    from engine.api.lookup import sprint_row
    from engine.store.database import reading
    from engine.store.queries import trial_records
    from engine.trials.states import TrialState

    with reading(ws) as session:
        row = sprint_row(session, ref)
        sprint_id, direction = cast(int, row.id), row.direction
        scores = [
            t.score for t in trial_records(session, sprint_id) if t.state == TrialState.COMPLETE and t.score is not None
        ]
    model, dimensions = _model(ws, sprint_id, len(scores), sum(scores))
    return model, direction.sign, dimensions


@lru_cache(maxsize=2)
def _model(
    ws: Workspace, sprint_id: int, _n_scores: int, _sum_of_scores: float
) -> "tuple[ScoreModel | None, tuple[Dimension, ...]]":
    """The surrogate of a sprint as it stands: half a second and more, so that the next pair does not pay again."""
    from engine.api.lookup import sprint_row
    from engine.diagnostics.sample import take_sample
    from engine.diagnostics.score_model import score_model
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        row = sprint_row(session, sprint_id)
        space, trials = queries.space(session, row.space_id), queries.trial_records(session, sprint_id)
    sample = take_sample(space, trials, settings=row.settings, direction=row.direction)
    return score_model(sample), sample.dimensions


def _free(dimensions: "tuple[Dimension, ...]", name: str) -> "Dimension":
    found = next((one for one in dimensions if one.name == name), None)
    if found is None:
        raise EngineError(f"{name} is not free in this sprint", f"free: {', '.join(one.name for one in dimensions)}")
    return found


def _grid(dimension: "Dimension", n: int) -> list[float]:
    """Positions evenly from bound to bound; few allowed values are the grid."""
    if dimension.kind == "categorical":
        return [dimension.to_unit(choice) for choice in dimension.choices]
    if dimension.n_values <= n:
        return [dimension.to_unit(dimension.value_at(index)) for index in range(int(dimension.n_values))]
    return [index / (n - 1) for index in range(n)]


def _scores(model: "ScoreModel", sign: float, standardized: "Floats") -> tuple[float, ...]:
    return tuple(float(sign * (model.centre + model.scale * one)) for one in standardized)
