"""Hill climbing over any of the three thresholds: current, -δ and +δ of each, all combinations at once (eq. 11-15).

What the paper (B.1.2) leaves open: a tie keeps the current value; values are clipped to the bounds; a gain at or below
the tolerance is no gain; the climb ends when everything still planned was tried from here without a gain.

Legend: m, c, r values tried for mention, coreference, relation (1, 2 or 3 of each).
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from model.errors import ModelError
from model.thresholds.evaluator import Evaluator
from model.thresholds.thresholds import NAMES, Bounds, ThresholdName, ThresholdSet, same_relation

Deltas = Mapping[ThresholdName, float]
"""Which thresholds vary, and by how much; the others keep their current value (footnote 7)."""

Tried = tuple[ThresholdSet, float]
"""A combination and its micro F1, percent."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Grid:
    """Values to try; the first of each is the current one.

    Attributes:
        mention: 1 to 3 values.
        coref: 1 to 3 values.
        relation: 1 to 3 values, each a number or an array ``[R]``.
    """

    mention: tuple[float, ...]
    coref: tuple[float, ...]
    relation: tuple[Any, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many values of each."""
        return len(self.mention), len(self.coref), len(self.relation)

    def at(self, index: tuple[int, int, int]) -> ThresholdSet:
        """The combination at an index."""
        i, j, k = index
        return ThresholdSet(mention=self.mention[i], coref=self.coref[j], relation=self.relation[k])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Step:
    """One look around the current thresholds.

    Attributes:
        before: Where it started.
        after: Where it ended; equal to ``before`` unless the gain exceeds the tolerance.
        f1_before: Micro F1 at ``before``, percent.
        f1_after: Micro F1 at ``after``, percent.
        varied: Which thresholds varied, by how much; empty if none did.
        n_combinations: How many combinations were scored.
        tried: Each of them with its micro F1, the current one first.
    """

    before: ThresholdSet
    after: ThresholdSet
    f1_before: float
    f1_after: float
    varied: Mapping[ThresholdName, float]
    n_combinations: int
    tried: tuple[Tried, ...] = ()

    @property
    def improved(self) -> bool:
        """True if the step moved."""
        return self.after != self.before


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Climb:
    """A path of steps.

    Attributes:
        steps: In order; at least one.
        stopped: Why it ended: ``no improvement``, ``limit``, or ``interrupted`` by the caller.
    """

    steps: tuple[Step, ...]
    stopped: Literal["no improvement", "limit", "interrupted"]

    @property
    def thresholds(self) -> ThresholdSet:
        """Where it ended."""
        return self.steps[-1].after

    @property
    def f1(self) -> float:
        """Micro F1 there, percent."""
        return self.steps[-1].f1_after


def candidate_grid(current: ThresholdSet, deltas: Deltas, bounds: Bounds | None = None) -> Grid:
    """Current, current - δ and current + δ of each varied threshold, clipped to the bounds, repeats left out.

    Class-specific relation thresholds move together here; :mod:`model.thresholds.per_class` moves them apart.

    Raises:
        ModelError: If a name is not a threshold, or a δ is not above 0.
    """
    bounds = bounds or Bounds()
    for name, delta in deltas.items():
        if name not in NAMES or not delta > 0:
            raise ModelError(f"a step must name one of {', '.join(NAMES)} and a δ above 0; given: {name} {delta}")
    values: dict[str, tuple[Any, ...]] = {}
    for name in NAMES:
        here = bounds.clip(name, getattr(current, name))
        tried = [here]
        for shift in (-deltas[name], deltas[name]) if name in deltas else ():
            moved = bounds.clip(name, _tidy(here + shift))
            if not any(same_relation(moved, other) for other in tried):
                tried.append(moved)
        values[name] = tuple(tried)
    return Grid(**values)


def score_grid(evaluator: Evaluator, grid: Grid) -> Float[np.ndarray, "m c r"]:
    """Micro F1 (percent) of every combination: candidates once a (mention, coref), relation thresholds as a filter."""
    scores = np.empty(grid.shape)
    one_each = all(np.ndim(relation) == 0 for relation in grid.relation)
    for i, j in itertools.product(range(len(grid.mention)), range(len(grid.coref))):
        candidates = evaluator.relation_candidates(grid.mention[i], grid.coref[j])
        if one_each:
            scores[i, j] = candidates.f1_at_each(np.array(grid.relation))
        else:
            scores[i, j] = [candidates.f1_at(relation) for relation in grid.relation]
    return scores


def climb_step(
    current: ThresholdSet,
    deltas: Deltas,
    evaluate: Callable[[Grid], Float[np.ndarray, "m c r"]],
    *,
    bounds: Bounds | None = None,
    tolerance: float = 0.0,
) -> Step:
    """Score every combination around the current thresholds in one call, and go to the best (eq. 11-15).

    Args:
        current: Where to start; clipped to the bounds.
        deltas: Which thresholds vary, by how much. 1, 2, 3 of them give 3, 9, 27 combinations; none scores one.
        evaluate: Micro F1 of all combinations of a grid, ``[m, c, r]``; NaN counts as worst.
        bounds: Where thresholds may move.
        tolerance: A gain at or below this (percent points) keeps the current thresholds.

    Raises:
        ModelError: If ``evaluate`` returns another shape.
    """
    grid = candidate_grid(current, deltas, bounds)
    scores = np.asarray(evaluate(grid), dtype=np.float64)
    if scores.shape != grid.shape:
        raise ModelError(f"the evaluation must score all {grid.shape} combinations; given: shape {scores.shape}")
    best = best_index(scores, tolerance)
    return Step(
        before=grid.at((0, 0, 0)),
        after=grid.at(best),
        f1_before=float(scores[0, 0, 0]),
        f1_after=float(scores[best]),
        varied=dict(deltas),
        n_combinations=scores.size,
        tried=tuple((grid.at((i, j, k)), float(scores[i, j, k])) for i, j, k in np.ndindex(*grid.shape)),
    )


def best_index(scores: Float[np.ndarray, "m c r"], tolerance: float = 0.0) -> tuple[int, int, int]:
    """Index of the highest score; index (0, 0, 0) is the current one and wins unless beaten by more than the tolerance.

    Among equals the one that moves the fewest thresholds wins, then the first.
    """
    scores = np.nan_to_num(scores, nan=-np.inf)
    if not scores.max() > scores[0, 0, 0] + tolerance:
        return 0, 0, 0
    equals = np.argwhere(scores == scores.max())
    i, j, k = equals[np.argmin(np.count_nonzero(equals, axis=1))]
    return int(i), int(j), int(k)


def climb(
    start: ThresholdSet,
    plan: Callable[[int], Deltas],
    step: Callable[[ThresholdSet, Deltas], Step],
    *,
    limit: int,
    on_step: Callable[[int, Step], bool] | None = None,
) -> Climb:
    """Repeat steps until nothing improves or the limit is reached.

    Args:
        start: Where to start.
        plan: What iteration j (from 1) varies; a rotation names one threshold at a time.
        step: Makes one step, usually :func:`climb_step` with its evaluation bound.
        limit: Most iterations, at least 1.
        on_step: Told each iteration and its step; False interrupts.

    Raises:
        ModelError: If the limit is below 1.
    """
    if limit < 1:
        raise ModelError(f"a climb needs at least one iteration; given: limit {limit}")
    planned = [plan(j) for j in range(1, limit + 1)]
    steps: list[Step] = []
    tried: list[Deltas] = []
    for j, deltas in enumerate(planned, start=1):
        steps.append(step(steps[-1].after if steps else start, deltas))
        tried = [] if steps[-1].improved else [*tried, deltas]
        if on_step is not None and not on_step(j, steps[-1]):
            return Climb(steps=tuple(steps), stopped="interrupted")
        # A later step repeats known answers if a step that varied at least the same was tried from here in vain.
        if j < limit and all(_known(later, tried) for later in planned[j:]):
            return Climb(steps=tuple(steps), stopped="no improvement")
    exhausted = all(_known(deltas, tried) for deltas in planned)
    return Climb(steps=tuple(steps), stopped="no improvement" if exhausted else "limit")


def _known(deltas: Deltas, tried: list[Deltas]) -> bool:
    return any(deltas.items() <= earlier.items() for earlier in tried)


def _tidy(value: Any) -> Any:
    """Rounded to 9 decimals, so that 0.85 + 0.05 - 0.05 is 0.85 and equal values are recognized as equal."""
    return np.round(value, 9) if isinstance(value, np.ndarray) else round(value, 9)
