"""The best relation threshold, global or per class, exactly, for fixed mentions and clusters: by one sort.

Once mentions and clusters are fixed, a relation is a candidate with a score and a truth, so SCut applies.
Per class there are two aims. ``class`` gives each type the threshold of its own best F1 (eq. 18 without the ±δ).
``micro`` gives the vector of highest micro F1, which is another one: micro F1 is the ratio 2·TP / (predicted + gold) of
sums over types, so for F/2 = λ the best vector maximizes TP - λ·predicted type by type; raising λ to the ratio just
reached until it stops (Dinkelbach 1967, "On nonlinear fractional programming") ends at the global optimum in a few
rounds.

Legend: N candidates, R relation types.
"""

import itertools
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from model.thresholds.candidates import RelationCandidates, f_score
from model.thresholds.cuts import CutPoints, Placement, best_cuts, cut_points, place
from model.thresholds.evaluator import Evaluator
from model.thresholds.hill_climb import Deltas, Step, best_index, candidate_grid
from model.thresholds.per_class import shrink
from model.thresholds.thresholds import HIGHEST, Bounds, ThresholdSet

Aim = Literal["micro", "class"]
"""What class thresholds maximize: the micro F1 of all types, or each type's own F1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RelationRule:
    """How relation thresholds are found for fixed mentions and clusters.

    Attributes:
        per_class: One threshold a type instead of one for all.
        aim: What class thresholds maximize.
        shrinkage: Gold relations at which a class goes half way to the global threshold; 0 is exact.
        placement: Where between two scores a threshold is put.
    """

    per_class: bool = False
    aim: Aim = "micro"
    shrinkage: float = 0.0
    placement: Placement = "midpoint"


def exact_relation(candidates: RelationCandidates, rule: RelationRule, current: Any, lowest: float) -> Any:
    """The relation threshold by a rule: a number, or an array ``[R]``.

    Args:
        candidates: Scored relations.
        rule: How to find it.
        current: Kept where no threshold finds any gold (a number, or ``[R]``).
        lowest: No threshold below this (nor below the candidates' floor).
    """
    fallback = float(np.mean(current))
    overall = exact_global(candidates, current=fallback, lowest=lowest, placement=rule.placement)
    if not rule.per_class:
        return overall
    find = exact_micro if rule.aim == "micro" else exact_by_class
    vector = find(candidates, overall=overall, lowest=lowest, placement=rule.placement)
    return shrink(vector, overall, candidates.n_gold_per_class, rule.shrinkage) if rule.shrinkage else vector


def exact_global(
    candidates: RelationCandidates, *, current: float = 0.6, lowest: float = 0.0, placement: Placement = "midpoint"
) -> float:
    """The one threshold of highest micro F1; the highest among equals; ``current`` if none finds any gold."""
    lowest = max(lowest, candidates.floor)
    cuts = best_cuts(
        candidates.score,
        candidates.gold,
        np.zeros(len(candidates.score), dtype=np.int64),
        np.array([candidates.n_gold]),
        lowest=lowest,
        placement=placement,
    )
    threshold = float(cuts.threshold[0])
    return max(current, lowest) if np.isnan(threshold) else threshold


def exact_by_class(
    candidates: RelationCandidates, *, overall: float, lowest: float = 0.0, placement: Placement = "midpoint"
) -> Float[np.ndarray, " R"]:
    """For each type the threshold of its highest own F1; ``overall`` where no threshold finds any gold of the type."""
    lowest = max(lowest, candidates.floor)
    cuts = best_cuts(
        candidates.score,
        candidates.gold,
        candidates.relation_type,
        candidates.n_gold_per_class,
        lowest=lowest,
        placement=placement,
    )
    return np.where(np.isnan(cuts.threshold), max(overall, lowest), cuts.threshold)


def exact_micro(
    candidates: RelationCandidates, *, overall: float, lowest: float = 0.0, placement: Placement = "midpoint"
) -> Float[np.ndarray, " R"]:
    """The vector of highest micro F1 over all vectors of class thresholds.

    A type whose candidates only cost precision gets a threshold above its highest score; a type without candidates
    takes ``overall``.
    """
    lowest = max(lowest, candidates.floor)
    n_types, types = candidates.n_types, candidates.relation_type
    points = cut_points(candidates.score, candidates.gold, types, n_types, lowest)
    top = np.full(n_types, -np.inf, dtype=np.float32)
    np.maximum.at(top, types, candidates.score)
    chosen = _best_ratio(points, candidates.n_gold, droppable=top < np.float32(HIGHEST))
    cut = np.full(n_types, np.nan, dtype=np.float32)
    cut[points.group[chosen]] = points.score[chosen]
    result = place(cut, candidates.score, types, lowest, placement)
    # No threshold drops a saturated score; everything else of a type is dropped from just above its highest score.
    above = np.minimum(np.nextafter(top, np.float32(1)), np.float32(HIGHEST)).astype(np.float64)
    if placement == "midpoint":
        above = np.maximum(above, ((top.astype(np.float64) + HIGHEST) / 2).astype(np.float32))
    dropped = np.isnan(result)
    result[dropped] = np.where(np.isfinite(top), np.maximum(above, lowest), max(overall, lowest))[dropped]
    return result


def _best_ratio(points: CutPoints, n_gold: int, droppable: np.ndarray) -> np.ndarray:
    """Indexes of the cuts, at most one a type, that together have the highest micro F1 (Dinkelbach)."""
    ratio, best = -1.0, np.empty(0, dtype=np.int64)
    while True:
        value = points.hits - max(ratio, 0.0) / 200 * points.kept
        chosen = points.first_best(value)
        chosen = chosen[(value[chosen] > 0) | ~droppable[points.group[chosen]]]
        reached = float(f_score(points.hits[chosen].sum(), points.kept[chosen].sum(), n_gold))
        if not reached > ratio:
            return best
        ratio, best = reached, chosen


def exact_step(
    current: ThresholdSet,
    deltas: Deltas,
    evaluator: Evaluator,
    rule: RelationRule,
    *,
    bounds: Bounds | None = None,
    tolerance: float = 0.0,
) -> Step:
    """One step of ±δ over mention and coreference with the exact relation threshold at each combination.

    Args:
        current: Where to start.
        deltas: Which of mention and coreference vary; a relation δ is not needed and is ignored.
        evaluator: Where results come from.
        rule: How relation thresholds are found.
        bounds: Where thresholds may move; the evaluator's by default.
        tolerance: A gain at or below this (percent points) keeps the mention and coreference thresholds.
    """
    bounds = bounds or evaluator.bounds
    grid = candidate_grid(current, {name: d for name, d in deltas.items() if name != "relation"}, bounds)
    before = grid.at((0, 0, 0))
    found: dict[tuple[int, int], Any] = {}
    scores = np.empty((*grid.shape[:2], 1))
    f1_before = 0.0
    for i, j in itertools.product(range(len(grid.mention)), range(len(grid.coref))):
        candidates = evaluator.relation_candidates(grid.mention[i], grid.coref[j])
        found[i, j] = exact_relation(candidates, rule, before.relation, bounds.relation[0])
        scores[i, j, 0] = candidates.f1_at(found[i, j])
        if i == j == 0:
            f1_before = candidates.f1_at(before.relation)
    i, j, _ = best_index(scores, tolerance)
    # Only shrinkage or the aim "class" can make the found threshold worse here than the current one.
    gained = scores[i, j, 0] > f1_before
    after = ThresholdSet(mention=grid.mention[i], coref=grid.coref[j], relation=found[i, j]) if gained else before
    looked = [
        (ThresholdSet(mention=grid.mention[i], coref=grid.coref[j], relation=relation), float(scores[i, j, 0]))
        for (i, j), relation in found.items()
    ]
    return Step(
        before=before,
        after=after,
        f1_before=f1_before,
        f1_after=float(scores[i, j, 0]) if gained else f1_before,
        varied=dict(deltas),
        n_combinations=scores.size,
        tried=((before, f1_before), *looked),
    )
