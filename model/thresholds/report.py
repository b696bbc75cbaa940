"""What a calibration is asked and what it reports: options, the rows of its path, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from model.errors import ModelError
from model.evaluation.scores import ClassScore
from model.thresholds.exact import RelationRule
from model.thresholds.hill_climb import Tried
from model.thresholds.policy import CALIBRATION_DELTA
from model.thresholds.scores_at import Reading
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
    rule: RelationRule = field(default_factory=RelationRule)
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
        tried: Each of them with its micro F1, the current one first; not part of :meth:`to_dict`.
    """

    iteration: int
    what: str
    thresholds: ThresholdSet
    f1: float
    gain: float
    n_combinations: int
    tried: tuple[Tried, ...] = ()

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
