"""The calibration phase after training: up to 7 rounds on validation data, until nothing improves (B:94, Algorithm 2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from model.errors import ModelError
from model.evaluation.scores import ClassScore
from model.thresholds.epoch import make_step
from model.thresholds.evaluator import CachedEvaluator, Evaluator
from model.thresholds.exact import RelationRule, exact_global
from model.thresholds.exact_search import Visit, exact_search
from model.thresholds.hill_climb import Deltas, Step, climb
from model.thresholds.per_class import shrink
from model.thresholds.policy import CALIBRATION_DELTA, calibration_policy
from model.thresholds.reading import Reading, read
from model.thresholds.thresholds import ThresholdSet

CalibrationMethod = Literal["climb", "rotate", "exact", "fixed"]
"""``climb`` tries 27 combinations a round, ``rotate`` 3, ``exact`` searches with exact relation thresholds."""

METHODS: tuple[CalibrationMethod, ...] = ("climb", "rotate", "exact", "fixed")
"""All of them; ``fixed`` only reads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationOptions:
    """How to calibrate.

    Attributes:
        method: How thresholds move.
        epochs: Most rounds of ``climb`` and ``rotate``.
        delta: δ of a round.
        tolerance: A gain at or below this (percent points of micro F1) is no gain.
        rule: Whether relation thresholds are class-specific, with what shrinkage; how ``exact`` finds them.
        guard: With ``exact``: walk the climb too, so that the result is never below it.
        max_points: With ``exact``: most (mention, coref) points.
    """

    method: CalibrationMethod = "climb"
    epochs: int = 7
    delta: float = CALIBRATION_DELTA
    tolerance: float = 0.0
    rule: RelationRule = RelationRule()
    guard: bool = True
    max_points: int = 200

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ModelError(f"a calibration method is one of {', '.join(METHODS)}; given: {self.method!r}")
        if self.epochs < 1 or self.max_points < 1 or not self.tolerance >= 0:
            raise ModelError(
                "calibration needs epochs >= 1, max_points >= 1 and tolerance >= 0; "
                f"given: {self.epochs}, {self.max_points}, {self.tolerance}"
            )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PathRow:
    """One row of the path.

    Attributes:
        iteration: From 1; a round of a climb, or a point of an exact search.
        what: What moved or looked: ``mention ± 0.025``, ``line``, ``shrinkage`` …
        thresholds: The best so far.
        f1: Micro F1 at them, percent.
        gain: Percent points over the row before.
        n_combinations: Combinations scored in this row.
    """

    iteration: int
    what: str
    thresholds: ThresholdSet
    f1: float
    gain: float
    n_combinations: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "iteration": self.iteration,
            "what": self.what,
            "thresholds": self.thresholds.to_dict(),
            "f1": self.f1,
            "gain": self.gain,
            "n_combinations": self.n_combinations,
        }


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Calibration:
    """The result.

    Attributes:
        before: Scores of every task at the start.
        after: Scores of every task at the end.
        path: How it got there.
        stopped: ``no improvement``, ``limit``, ``interrupted`` or ``done``.
        n_points: (mention, coref) combinations computed.
    """

    before: Reading
    after: Reading
    path: tuple[PathRow, ...]
    stopped: str
    n_points: int

    @property
    def thresholds(self) -> ThresholdSet:
        """Thresholds to use from now on."""
        return self.after.thresholds

    def task_rows(self) -> list[dict[str, Any]]:
        """Before and after of each recorded task, percent."""
        return [_row("task", task, counts, self.after.tasks[task]) for task, counts in self.before.tasks.items()]

    def class_rows(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Before and after of each relation type that occurs, percent, most gold first.

        Args:
            names: The R relation types in the order of the heads.
        """
        rows = zip(names, self.before.classes, self.after.classes, strict=True)
        seen = [(n, b, a) for n, b, a in rows if b.gold or b.predicted or a.predicted]
        return [_row("relation", n, b, a) for n, b, a in sorted(seen, key=lambda row: -row[1].gold)]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "path": [row.to_dict() for row in self.path],
            "stopped": self.stopped,
            "n_points": self.n_points,
        }


class _Path:
    """Rows as they come, told to the caller."""

    def __init__(self, f1: float, on_row: Callable[[PathRow], bool] | None) -> None:
        self.rows: list[PathRow] = []
        self.f1 = f1
        self.on_row = on_row

    def add(self, what: str, thresholds: ThresholdSet, f1: float, n_combinations: int) -> bool:
        """True to go on."""
        row = PathRow(
            iteration=len(self.rows) + 1,
            what=what,
            thresholds=thresholds,
            f1=f1,
            gain=f1 - self.f1,
            n_combinations=n_combinations,
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
        return path.add(what, made.after, made.f1_after, made.n_combinations)

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
        path.add("shrinkage", thresholds, candidates.f1_at(shrunk), 1)
    return thresholds, result.stopped


def _search(
    evaluator: Evaluator, start: ThresholdSet, options: CalibrationOptions, path: _Path
) -> tuple[ThresholdSet, str]:
    told = True
    best = start

    def tell(visit: Visit) -> bool:
        nonlocal told, best
        best = visit.thresholds if visit.best else best
        told = path.add(visit.phase, best, visit.f1 if visit.best else path.f1, 1)
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


def _row(key: str, name: str, before: ClassScore, after: ClassScore) -> dict[str, Any]:
    return {
        key: name,
        "gold": before.gold,
        "precision_before": before.precision,
        "precision_after": after.precision,
        "recall_before": before.recall,
        "recall_after": after.recall,
        "f1_before": before.f1,
        "f1_after": after.f1,
        "gain": after.f1 - before.f1,
    }
