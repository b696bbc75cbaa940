"""What the engine shows of spaces, edits, reviews and plans: frozen records, stdlib only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.api.views import SprintView, TrialView
from engine.review.advice import Advice
from engine.review.findings import Finding
from engine.space.cut_cost import CutCost
from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.sprint.plan import SprintPlan
from engine.trials.trial import TrialRecord
from engine.values import Value

READ_FIRST = ("concentration", "plateau")
"""Kinds of findings about a whole sprint that are read first though they are no warnings."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpaceView:
    """A thread's working space: what its next sprint will search.

    Attributes:
        thread: Name.
        number: Of the space within the thread.
        space: The dimensions.
        can_undo: There is a live edit to undo.
        can_redo: There is an undone edit to apply again.
        n_edits: Live edits since the thread began.
    """

    thread: str
    number: int
    space: Space
    can_undo: bool
    can_redo: bool
    n_edits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EditView:
    """One entry of a thread's decision log.

    Attributes:
        number: 1-based within the thread, in order of time.
        action: ``freeze``, ``unfreeze``, ``narrow``, ``widen``, ``choices``, ``restore`` or ``constrain``.
        dimension: Name; empty for constraints.
        before: The range before, in words.
        after: The range after, in words.
        reason: Why.
        evidence: The numbers behind it.
        author: Who decided, a person or a reviewer.
        at: When.
        undone: It was undone and is not in force.
        sprint_label: The sprint whose review it came from; empty for none.
        abandoned: It was undone and another edit was made since: it cannot be applied again.
        old: What there was, exactly: the dimension, or the constraints, as JSON; empty where it added one.
        new: The same after it; empty where it removed one.
    """

    number: int
    action: str
    dimension: str
    before: str
    after: str
    reason: str
    evidence: Mapping[str, Any]
    author: str
    at: float
    undone: bool
    sprint_label: str
    abandoned: bool = False
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class DimensionReview:
    """What a sprint showed of one dimension.

    Attributes:
        dimension: As the sprint searched it.
        current: As the working space has it now.
        active: It mattered in this sprint.
        edges: Edges of the histogram's bins, in the dimension's unit, log-aware; for categories 0, 1, … n.
        all_counts: Trials in each bin.
        top_counts: The same for the top trials.
        points: (value, score) of every complete trial.
        findings: What the diagnostics say of it, without advice that the recommendation contradicts.
        advice: The one recommendation.
        top_values: Values of the top trials, best first.
        cost: What the proposal would cost and gain; None without one, or where the trials are too few to say.
    """

    dimension: Dimension
    current: Dimension
    active: bool
    edges: tuple[float, ...] = ()
    all_counts: tuple[int, ...] = ()
    top_counts: tuple[int, ...] = ()
    points: tuple[tuple[Value, float], ...] = ()
    findings: tuple[Finding, ...] = ()
    advice: Advice = field(default_factory=Advice)
    top_values: tuple[Value, ...] = ()
    cost: CutCost | None = None

    @property
    def proposal(self) -> Proposal | None:
        """The recommended edit of the working space, else one that stays possible; None for none."""
        return self.advice.proposal

    @property
    def recommended(self) -> Proposal | None:
        """The recommended edit of the working space; None where nothing is recommended."""
        return self.advice.proposal if self.advice.recommended else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """What a sprint showed.

    Attributes:
        sprint: The sprint.
        top_k: How many top trials were asked for.
        n_trials: Complete trials with a finite score.
        n_top: Top trials there are (at most top_k).
        dimensions: One entry each, in the space's order.
        findings: Of the sprint as a whole and of pairs.
        top: Numbers of the top trials, best first.
        trials: Every trial of the sprint as it was read for all this, without epochs, in order of number.
        caution: Why no trim of this sprint is recommended; empty where trims are.
        cost: What all recommended edits together would cost and gain; None without one, or where the trials are too few
            to say.
    """

    sprint: SprintView
    top_k: int
    n_trials: int
    n_top: int
    dimensions: tuple[DimensionReview, ...]
    findings: tuple[Finding, ...]
    top: tuple[int, ...]
    trials: tuple[TrialRecord, ...] = ()
    caution: str = ""
    cost: CutCost | None = None

    @property
    def notices(self) -> tuple[Finding, ...]:
        """What concerns the whole sprint and is to be read first: warnings, a plateau, a top like the rest."""
        return tuple(
            one
            for one in self.findings
            if not one.dimensions and (one.severity == "warning" or (one.severity == "info" and one.kind in READ_FIRST))
        )

    @property
    def n_warnings(self) -> int:
        """Warnings of the sprint, of pairs and of dimensions, a dimension counted once."""
        warned = sum(any(f.severity == "warning" for f in one.findings) for one in self.dimensions)
        return warned + sum(one.severity == "warning" for one in self.findings)


@dataclass(frozen=True, kw_only=True, slots=True)
class BracketView:
    """One Hyperband bracket, as it will be before the run.

    Attributes:
        bracket: Index.
        rungs: Epochs at which trials are judged.
        share: Expected share of the trials, 0 … 1.
        n_trials: Trials of this budget that hash into it.
    """

    bracket: int
    rungs: tuple[int, ...]
    share: float
    n_trials: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanPreview:
    """What a plan would become, before it is made.

    Attributes:
        plan: The plan.
        label: Of the sprint it would become.
        settings: What ``active_when`` conditions are judged by.
        n_train: Units that one trial trains on; None before the thread's first manifest.
        n_val: Units that it is validated on; None likewise.
        units: What the objective calls them.
        units_short: The same in at most 8 cells.
        primed: Trials that enter, best first.
        dropped: (number, reason) of those that do not fit.
        informing: Numbers of the source's other trials that inform the model.
        unusable: (number, reason) of those that neither enter nor inform.
        errors: What forbids it; empty when it may be made.
        warnings: What a person should know first.
        forecast_seconds: Expected duration with one worker; None without a basis.
        forecast_basis: What the forecast rests on, in words.
        brackets: Of the pruner; empty without Hyperband.
        n_free: Active dimensions that are not frozen.
        epoch_equivalents: Expected cost in epochs over the whole training set.
        space_number: Of the space it would fix.
    """

    plan: SprintPlan
    label: str
    settings: Mapping[str, Value]
    n_train: int | None = None
    n_val: int | None = None
    units: str = "examples"
    units_short: str = "examples"
    primed: tuple[TrialView, ...] = ()
    dropped: tuple[tuple[int, str], ...] = ()
    informing: tuple[int, ...] = ()
    unusable: tuple[tuple[int, str], ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    forecast_seconds: float | None = None
    forecast_basis: str = ""
    brackets: tuple[BracketView, ...] = ()
    n_free: int = 0
    epoch_equivalents: float = 0.0
    space_number: int = 0
