"""The calibration phase after training: rounds on validation data until nothing improves (paper B.3, Algorithm 2)."""

from collections.abc import Callable

from model.thresholds.epoch import make_step
from model.thresholds.evaluator import CachedEvaluator, Evaluator
from model.thresholds.exact import exact_global
from model.thresholds.exact_search import Visit, exact_search
from model.thresholds.hill_climb import Deltas, Step, Tried, climb
from model.thresholds.per_class import shrink
from model.thresholds.policy import calibration_policy
from model.thresholds.report import Calibration, CalibrationOptions, PathRow
from model.thresholds.scores_at import read
from model.thresholds.thresholds import ThresholdSet


class _Path:
    """Rows as they come, told to the caller."""

    def __init__(self, f1: float, on_row: Callable[[PathRow], bool] | None) -> None:
        self.rows: list[PathRow] = []
        self.f1 = f1
        self.on_row = on_row

    def add(self, what: str, thresholds: ThresholdSet, f1: float, tried: tuple[Tried, ...]) -> bool:
        """True to go on."""
        row = PathRow(
            iteration=len(self.rows) + 1,
            what=what,
            thresholds=thresholds,
            f1=f1,
            gain=f1 - self.f1,
            n_combinations=len(tried),
            tried=tried,
        )
        self.rows.append(row)
        self.f1 = f1
        return self.on_row is None or self.on_row(row)


def calibrate(
    evaluator: Evaluator,
    start: ThresholdSet,
    options: CalibrationOptions,
    *,
    on_row: Callable[[PathRow], bool] | None = None,
) -> Calibration:
    """Thresholds of highest ``rel_nec`` micro F1 found from a start; without shrinkage never worse than the start.

    Args:
        evaluator: Validation results; a :class:`CachedEvaluator` is put around it unless it is one.
        start: Where to start; clipped to the evaluator's bounds.
        options: How.
        on_row: Told every row of the path as it comes; False ends with the best so far.
    """
    cached = evaluator if isinstance(evaluator, CachedEvaluator) else CachedEvaluator(evaluator)
    computed_before = cached.n_computed
    start = cached.bounds.clip_all(start)
    before = read(cached, start)
    path = _Path(before.f1, on_row)
    thresholds, stopped = start, "done"
    if options.method == "exact":
        thresholds, stopped = _search(cached, start, options, path)
    elif options.method != "fixed":
        thresholds, stopped = _climb(cached, start, options, path)
    return Calibration(
        before=before,
        after=read(cached, thresholds),
        path=tuple(path.rows),
        stopped=stopped,
        n_points=cached.n_computed - computed_before,
    )


def _climb(
    evaluator: Evaluator, start: ThresholdSet, options: CalibrationOptions, path: _Path
) -> tuple[ThresholdSet, str]:
    policy = calibration_policy(rotate=options.method == "rotate", delta=options.delta)

    def step(current: ThresholdSet, deltas: Deltas) -> Step:
        return make_step(current, deltas, evaluator, rule=options.rule, tolerance=options.tolerance)

    def tell(_: int, made: Step) -> bool:
        what = f"{', '.join(made.varied)} ± {options.delta:g}"
        return path.add(what, made.after, made.f1_after, made.tried)

    result = climb(start, lambda j: policy.plan(j).deltas, step, limit=options.epochs, on_step=tell)
    thresholds = result.thresholds
    if options.rule.per_class and options.rule.shrinkage:
        candidates = evaluator.relation_candidates(thresholds.mention, thresholds.coref)
        vector = thresholds.relation_vector(candidates.n_types)
        overall = exact_global(
            candidates, current=float(vector.mean()), lowest=evaluator.bounds.relation[0], placement="midpoint"
        )
        shrunk = shrink(vector, overall, candidates.n_gold_per_class, options.rule.shrinkage)
        thresholds = thresholds.replace(relation=shrunk)
        f1 = candidates.f1_at(shrunk)
        path.add("shrinkage", thresholds, f1, ((thresholds, f1),))
    return thresholds, result.stopped


def _search(
    evaluator: Evaluator, start: ThresholdSet, options: CalibrationOptions, path: _Path
) -> tuple[ThresholdSet, str]:
    told = True
    best = start

    def tell(visit: Visit) -> bool:
        nonlocal told, best
        best = visit.thresholds if visit.best else best
        told = path.add(visit.phase, best, visit.f1 if visit.best else path.f1, ((visit.thresholds, visit.f1),))
        return told

    found = exact_search(
        evaluator,
        start,
        options.rule,
        tolerance=options.tolerance,
        guard=options.guard,
        guard_delta=options.delta,
        guard_limit=options.epochs,
        max_points=options.max_points,
        on_visit=tell,
    )
    if not told:
        return found.thresholds, "interrupted"
    return found.thresholds, "limit" if len(found.visits) >= options.max_points else "no improvement"
