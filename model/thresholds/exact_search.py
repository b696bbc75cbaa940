"""Search over mention and coreference thresholds with the exact relation threshold at each point.

First the start itself, where the exact relation threshold alone mostly gains more than a climb; then outward along one
threshold at a time over values placed by the scores (recall quantiles and SCut's cuts for mentions, merge scores for
coreference), until neither line improves; then a compass of eight neighbours whose step halves when none is better.
Every point costs one set of relation candidates and one sort; points are never computed twice.

With ``guard`` the paper's climb is walked as well from the same start. Each point it visits is scored with the exact
relation threshold, which is at least as good as any the climb tries there: so the search never ends below the climb.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from model.thresholds.evaluator import Evaluator
from model.thresholds.exact import RelationRule, exact_relation
from model.thresholds.hill_climb import Climb, Deltas, Step, candidate_grid, climb, climb_step, score_grid
from model.thresholds.per_class import class_step
from model.thresholds.policy import CALIBRATION_DELTA, calibration_policy
from model.thresholds.scut import BETAS, scut
from model.thresholds.thresholds import Bounds, ThresholdSet

Point = tuple[float, float]
"""(mention, coref) thresholds."""

Phase = Literal["start", "guard", "line", "compass"]
"""What looked at a point."""

RECALLS = (0.98, 0.95, 0.9, 0.8, 0.65, 0.5)
"""Recall of gold mentions at the mention thresholds tried: below half, no relation is left to find."""

PATIENCE = 2
"""Values without a gain after which a line is left in that direction."""

COMPASS_STEPS = (0.05, 0.025, 0.0125)
"""Steps of the compass: the paper's two δ, and half the smaller."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Visit:
    """One point looked at.

    Attributes:
        thresholds: Mention, coreference, and the relation threshold found there.
        f1: Micro F1 there, percent.
        phase: What looked at it.
        best: True if it was the best so far.
    """

    thresholds: ThresholdSet
    f1: float
    phase: Phase
    best: bool


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Search:
    """The result of a search.

    Attributes:
        thresholds: The best found.
        f1: Micro F1 there, percent.
        visits: Every point in order; the first has the thresholds at the start with the exact relation threshold.
        guard: The climb walked beside it, if asked for and not stopped before.
    """

    thresholds: ThresholdSet
    f1: float
    visits: tuple[Visit, ...]
    guard: Climb | None


class _Ledger:
    """Points looked at so far, and the best of them."""

    def __init__(
        self,
        evaluator: Evaluator,
        rule: RelationRule,
        start: ThresholdSet,
        max_points: int,
        on_visit: Callable[[Visit], bool] | None,
    ) -> None:
        self.inner = evaluator
        self.rule = rule
        self.start = start
        self.max_points = max_points
        self.on_visit = on_visit
        self.phase: Phase = "start"
        self.visits: list[Visit] = []
        self.values: dict[Point, float] = {}
        self.best_point: Point = (start.mention, start.coref)
        self.best: Visit | None = None
        self.stopped = False

    def look(self, mention: float, coref: float) -> float:
        """Micro F1 at a point with the best relation threshold there."""
        if (mention, coref) in self.values:
            return self.values[mention, coref]
        if self.stopped:
            return -np.inf
        candidates = self.inner.relation_candidates(mention, coref)
        relation = exact_relation(candidates, self.rule, self.start.relation, self.inner.bounds.relation[0])
        f1 = candidates.f1_at(relation)
        if not self.visits and candidates.f1_at(self.start.relation) >= f1:
            relation, f1 = self.start.relation, candidates.f1_at(self.start.relation)
        better = self.best is None or f1 > self.best.f1
        found = ThresholdSet(mention=mention, coref=coref, relation=relation)
        visit = Visit(thresholds=found, f1=f1, phase=self.phase, best=better)
        if better:
            self.best, self.best_point = visit, (mention, coref)
        self.visits.append(visit)
        self.values[mention, coref] = f1
        told_to_stop = self.on_visit is not None and not self.on_visit(visit)
        self.stopped = told_to_stop or len(self.visits) >= self.max_points
        return f1


def exact_search(
    evaluator: Evaluator,
    start: ThresholdSet,
    rule: RelationRule,
    *,
    n_coref: int = 8,
    max_points: int = 200,
    tolerance: float = 0.0,
    guard: bool = True,
    guard_delta: float = CALIBRATION_DELTA,
    guard_limit: int = 7,
    on_visit: Callable[[Visit], bool] | None = None,
) -> Search:
    """The best thresholds found from a start; never worse than the start, nor (guarded) than the paper's climb from it.

    Args:
        evaluator: Where results come from; give it a cache, as the climb and the search share points.
        start: Where to start.
        rule: How relation thresholds are found. With shrinkage or the aim ``class`` the two guarantees do not hold.
        n_coref: Coreference values tried along a line.
        max_points: Most points looked at, at least 1; a limit reached before the guard's end voids its guarantee.
        tolerance: A line or compass round that gains no more than this (percent points) ends its phase.
        guard: True to walk the climb too; without it the search asks for fewer points and, as a rule, still ends above.
        guard_delta: The climb's δ.
        guard_limit: The climb's most iterations.
        on_visit: Told every new point; False ends the search with the best so far.
    """
    start = evaluator.bounds.clip_all(start)
    ledger = _Ledger(evaluator, rule, start, max_points, on_visit)
    ledger.look(start.mention, start.coref)
    ledger.phase = "line"
    _lines(ledger, n_coref, tolerance)
    walked = None
    if guard and not ledger.stopped:
        ledger.phase = "guard"
        walked = _walk(ledger, start, guard_delta, guard_limit)
    ledger.phase = "compass"
    _compass(ledger, tolerance)
    assert ledger.best is not None
    found = ledger.best
    return Search(thresholds=found.thresholds, f1=found.f1, visits=tuple(ledger.visits), guard=walked)


def mention_values(evaluator: Evaluator, bounds: Bounds) -> tuple[float, ...]:
    """Mention thresholds worth trying: SCut's for F1 to F4, and those of the :data:`RECALLS`."""
    mentions = evaluator.mention_scores()
    gold = np.sort(mentions.score[mentions.gold])
    values = [scut(mentions, beta=beta, lowest=bounds.mention[0]).threshold for beta in BETAS]
    if len(gold):
        values += [float(gold[int(len(gold) * (1 - recall))]) for recall in RECALLS]
    return tuple(sorted({bounds.clip("mention", value) for value in values}))


def coref_values(evaluator: Evaluator, bounds: Bounds, mention: float, n: int) -> tuple[float, ...]:
    """Coreference thresholds worth trying: half by quantiles of the merge scores, half evenly spaced."""
    scores = np.asarray(evaluator.coref_scores(mention), dtype=np.float64)
    scores = scores[(scores >= bounds.coref[0]) & (scores <= bounds.coref[1])]
    values = list(np.linspace(0, 1, n - n // 2 + 2)[1:-1])
    if len(scores):
        values += list(np.quantile(scores, np.linspace(0, 1, n // 2 + 2)[1:-1]))
    return tuple(sorted({bounds.clip("coref", float(np.float32(value))) for value in values}))


def _walk(ledger: _Ledger, start: ThresholdSet, delta: float, limit: int) -> Climb:
    """The paper's climb, every point it asks for looked at exactly too."""
    evaluator, policy = ledger.inner, calibration_policy(delta=delta)

    def step(current: ThresholdSet, deltas: Deltas) -> Step:
        if ledger.rule.per_class:
            made = class_step(current, deltas, evaluator)
        else:
            made = climb_step(current, deltas, lambda grid: score_grid(evaluator, grid), bounds=evaluator.bounds)
        grid = candidate_grid(current, deltas, evaluator.bounds)
        for mention, coref in itertools.product(grid.mention, grid.coref):
            ledger.look(mention, coref)
        return made

    return climb(start, lambda j: policy.plan(j).deltas, step, limit=limit, on_step=lambda *_: not ledger.stopped)


def _lines(ledger: _Ledger, n_coref: int, tolerance: float) -> None:
    """Along mention, then along coreference, until neither improves."""
    bounds = ledger.inner.bounds
    mentions = mention_values(ledger.inner, bounds)
    while True:
        before = ledger.values[ledger.best_point]
        mention, coref = ledger.best_point
        _outward(mentions, mention, partial(ledger.look, coref=coref))
        mention, coref = ledger.best_point
        corefs = coref_values(ledger.inner, bounds, mention, n_coref)
        _outward(corefs, coref, partial(ledger.look, mention))
        if not ledger.values[ledger.best_point] > before + tolerance:
            return


def _outward(values: Sequence[float], middle: float, look: Callable[[float], float]) -> None:
    """Looks at the values below the middle, nearest first, then at those above, each way until nothing is gained."""
    at_middle = look(middle)
    below = [value for value in reversed(values) if value < middle]
    above = [value for value in values if value > middle]
    for way in (below, above):
        best, idle = at_middle, 0
        for value in way:
            f1 = look(value)
            best, idle = max(best, f1), 0 if f1 > best else idle + 1
            if idle == PATIENCE:
                break


def _compass(ledger: _Ledger, tolerance: float) -> None:
    """The eight neighbours of the best point, with steps that halve when none is better."""
    bounds = ledger.inner.bounds
    for size in COMPASS_STEPS:
        while True:
            mention, coref = ledger.best_point
            before = ledger.values[mention, coref]
            for down, across in itertools.product((0.0, -size, size), repeat=2):
                ledger.look(
                    bounds.clip("mention", round(mention + down, 9)), bounds.clip("coref", round(coref + across, 9))
                )
            if not ledger.values[ledger.best_point] > before + tolerance:
                break
