"""Class-specific relation thresholds by hill climbing (B.1.3, eq. 16-21), and shrinkage for rare classes.

Each class picks its own best of three values by its own F1, while the total micro F1 picks the mention and coreference
thresholds: 3 values a class, not 3^R combinations (paper B.1.3). Ours, where the paper is silent: a step is taken only
if the total rises, and moving all classes together stays a choice; else raising one class's F1 may lower the total.

Legend: R relation types; three shifts: 0, -δ, +δ.
"""

import itertools
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from model.errors import ModelError
from model.thresholds.candidates import RelationCandidates, f_score
from model.thresholds.evaluator import Evaluator
from model.thresholds.hill_climb import Deltas, Step, candidate_grid
from model.thresholds.thresholds import Bounds, ThresholdSet


def class_step(
    current: ThresholdSet,
    deltas: Deltas,
    evaluator: Evaluator,
    *,
    bounds: Bounds | None = None,
    tolerance: float = 0.0,
) -> Step:
    """One step in which every relation type moves on its own (eq. 16-21).

    Args:
        current: Where to start; one global relation threshold becomes one for each type.
        deltas: Which thresholds vary, by how much.
        evaluator: Where results come from.
        bounds: Where thresholds may move; the evaluator's by default.
        tolerance: A gain of total micro F1 at or below this (percent points) keeps the current thresholds.
    """
    bounds = bounds or evaluator.bounds
    first = evaluator.relation_candidates(bounds.clip("mention", current.mention), bounds.clip("coref", current.coref))
    current = current.replace(relation=current.relation_vector(first.n_types))
    grid = candidate_grid(current, deltas, bounds)
    scored: list[tuple[float, int, ThresholdSet]] = []
    for i, j in itertools.product(range(len(grid.mention)), range(len(grid.coref))):
        candidates = evaluator.relation_candidates(grid.mention[i], grid.coref[j])
        for k, relation in enumerate([*grid.relation, *pick_by_class(candidates, grid.relation)]):
            moved = (i > 0) + (j > 0) + (k > 0)
            there = ThresholdSet(mention=grid.mention[i], coref=grid.coref[j], relation=relation)
            scored.append((candidates.f1_at(relation), -moved, there))
    f1_before, _, before = scored[0]
    f1_best, _, best = max(scored, key=lambda row: row[:2])
    gained = f1_best > f1_before + tolerance
    return Step(
        before=before,
        after=best if gained else before,
        f1_before=f1_before,
        f1_after=f1_best if gained else f1_before,
        varied=dict(deltas),
        n_combinations=len(scored),
        tried=tuple((there, f1) for f1, _, there in scored),
    )


def pick_by_class(candidates: RelationCandidates, options: tuple[Any, ...]) -> list[Float[np.ndarray, " R"]]:
    """The vector that takes for each type the option of highest F1 of that type (eq. 18, 21); ties take the first.

    Args:
        candidates: Scored relations.
        options: Vectors ``[R]``; the first is the current one.

    Returns:
        One vector; none if there is only one option.
    """
    if len(options) < 2:
        return []
    counts = [candidates.hits_and_predictions(option) for option in options]
    f1 = np.stack([f_score(hits, predicted, candidates.n_gold_per_class) for hits, predicted in counts])
    chosen = np.argmax(f1, axis=0)
    return [np.stack(options)[chosen, np.arange(candidates.n_types)]]


def shrink(
    per_class: Float[np.ndarray, " R"], overall: float, n_gold_per_class: Int[np.ndarray, " R"], strength: float
) -> Float[np.ndarray, " R"]:
    """Class thresholds drawn toward the global one, the more the rarer the class.

    ``w·class + (1 - w)·global`` with ``w = n / (n + strength)``: with ``strength`` gold relations it goes half way.

    Args:
        per_class: Class thresholds.
        overall: The global threshold.
        n_gold_per_class: n, gold relations of each type in the data they were tuned on.
        strength: In gold relations; 0 changes only the classes without any, which take the global value.

    Raises:
        ModelError: If strength is negative.
    """
    if strength < 0:
        raise ModelError(f"shrinkage must be a number of relations, 0 or more; given: {strength}")
    n = n_gold_per_class.astype(np.float64)
    weight = np.divide(n, n + strength, out=np.zeros(len(n)), where=n > 0)
    return np.asarray(weight * per_class + (1 - weight) * overall)
