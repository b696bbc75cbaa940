"""What a trial's thresholds did, as any objective may leave it in ``thresholds.json``."""

from dataclasses import dataclass
from pathlib import Path

from engine.artifacts.reader import Fields, read_artifact

SCHEMA = 1
"""Newest version that is understood."""

Triple = tuple[float, float, float]
"""Mention, coreference, relation threshold; of class thresholds the mean."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutBest:
    """Where one F-beta is highest.

    Attributes:
        beta: Weight of recall.
        threshold: The mention threshold.
        f: F-beta there, percent.
        kept: Candidates kept there.
        right: Gold mentions among them.
    """

    beta: float
    threshold: float
    f: float
    kept: int
    right: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CutCurve:
    """F-beta over the mention threshold, all candidate spans of the validation documents.

    Attributes:
        used: Whether SCut set the threshold in this trial.
        beta: Which F-beta it maximized, or would.
        in_force: The mention threshold at the end.
        lowest: SCut may choose no lower one.
        discard: Score of the lowest gold candidate; those below cannot help. None where gold has no candidate.
        n_candidates: Candidate spans.
        n_gold: Gold mentions, those that are no candidate included.
        best: Of each F-beta.
        betas: Which F-beta the points have.
        points: (threshold, F-beta of each of ``betas`` in percent), ascending.
    """

    used: bool
    beta: float
    in_force: float
    lowest: float
    discard: float | None
    n_candidates: int
    n_gold: int
    best: tuple[CutBest, ...]
    betas: tuple[float, ...]
    points: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClimbRound:
    """One look around the thresholds.

    Attributes:
        phase: ``train`` or ``calibration``.
        step: Epoch, as in the epoch reports.
        what: What moved or looked.
        before: Where it started.
        after: Where it ended.
        f1_before: Percent.
        f1_after: Percent.
        tried: (mention, coreference, relation, F1) of every combination; an F1 may be NaN.
        scut: What SCut had chosen just before; None where it was not used.
    """

    phase: str
    step: int
    what: str
    before: Triple
    after: Triple
    f1_before: float
    f1_after: float
    tried: tuple[tuple[float, ...], ...]
    scut: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassThreshold:
    """A relation type at its threshold.

    Attributes:
        name: The type.
        threshold: Its own, or the global one.
        gold: Annotated.
        predicted: At the threshold.
        right: Of these.
    """

    name: str
    threshold: float
    gold: int
    predicted: int
    right: int

    @property
    def f1(self) -> float:
        """Percent; 0 where there is nothing."""
        total = self.gold + self.predicted
        return 200 * self.right / total if total else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ThresholdTrace:
    """All of it.

    Attributes:
        scut: The mention threshold's curve; None where mentions are given.
        rounds: In order; the last ones where there were many.
        n_rounds: How many there were.
        classes: Relation types, most gold first.
    """

    scut: CutCurve | None
    rounds: tuple[ClimbRound, ...]
    n_rounds: int
    classes: tuple[ClassThreshold, ...]


def read_threshold_trace(file: Path) -> ThresholdTrace | None:
    """The trace in a file; None where there is no such file.

    Raises:
        EngineError: When the file is not what docs/examples.md says, naming the place in it.
    """
    fields = read_artifact(file, SCHEMA)
    if fields is None:
        return None
    scut = fields.maybe_record("scut")
    rounds = tuple(_round(one) for one in fields.records("rounds"))
    return ThresholdTrace(
        scut=None if scut is None else _curve(scut),
        rounds=rounds,
        n_rounds=fields.whole("n_rounds", len(rounds)),
        classes=tuple(
            ClassThreshold(
                name=one.text("name"),
                threshold=_required(one, "threshold"),
                **{name: one.whole(name) for name in ("gold", "predicted", "right")},
            )
            for one in fields.records("classes")
        ),
    )


def _curve(fields: Fields) -> CutCurve:
    betas = fields.numbers("betas")
    return CutCurve(
        used=fields.flag("used"),
        beta=_required(fields, "beta"),
        in_force=_required(fields, "in_force"),
        lowest=_required(fields, "lowest"),
        discard=fields.number("discard"),
        n_candidates=fields.whole("n_candidates"),
        n_gold=fields.whole("n_gold"),
        best=tuple(
            CutBest(
                **{name: _required(one, name) for name in ("beta", "threshold", "f")},
                kept=one.whole("kept"),
                right=one.whole("right"),
            )
            for one in fields.records("best")
        ),
        betas=betas,
        points=fields.table("points", 1 + len(betas)),
    )


def _round(fields: Fields) -> ClimbRound:
    return ClimbRound(
        phase=fields.text("phase", "train"),
        step=fields.whole("step"),
        what=fields.text("what"),
        before=_triple(fields, "before"),
        after=_triple(fields, "after"),
        f1_before=_required(fields, "f1_before"),
        f1_after=_required(fields, "f1_after"),
        tried=fields.table("tried", 4),
        scut=fields.number("scut"),
    )


def _triple(fields: Fields, name: str) -> Triple:
    mention, coref, relation = fields.numbers(name, 3)
    return mention, coref, relation


def _required(fields: Fields, name: str) -> float:
    value = fields.number(name)
    if value is None:
        raise fields.refusal(name, "a number", None)
    return value
