"""What a plan will cost, from what the thread's sprints took and what its pruner is expected to leave out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlmodel import Session

from engine.api.lookup import short_label
from engine.api.review_views import BracketView
from engine.errors import EngineError
from engine.pruners.registry import complete_pruner_options
from engine.sprint.cost_forecast import Measured, forecast
from engine.sprint.plan import SprintPlan
from engine.sprint.pruning_savings import Ladder, Savings, expected_savings
from engine.store import queries
from engine.store.tables import SprintRow
from engine.trials.fidelity import Fidelity


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanCost:
    """What a plan will cost.

    Attributes:
        seconds: Expected duration with one worker; None without a basis.
        epoch_equivalents: Expected cost in epochs over the whole training set.
        basis: What both rest on, in words.
    """

    seconds: float | None
    epoch_equivalents: float
    basis: str


def plan_cost(
    session: Session,
    plan: SprintPlan,
    sprints: Sequence[SprintRow],
    brackets: Sequence[BracketView],
    pct_start: float | None,
) -> PlanCost:
    """Expected cost of a plan.

    Args:
        session: To read the trials.
        plan: The plan.
        sprints: Of its thread.
        brackets: Of its pruner.
        pct_start: Share of the schedule that is warmup, as far as the space tells.
    """
    measured = {
        cast(int, row.id): Measured(
            label=short_label(row),
            fidelity=Fidelity.from_dict(row.fidelity),
            trials=queries.trial_records(session, cast(int, row.id)),
        )
        for row in sprints
    }
    savings = _savings(plan, sprints, brackets, measured, pct_start)
    found = forecast(
        plan.fidelity,
        plan.n_trials,
        list(measured.values()),
        share=savings.epochs,
        ended=savings.ended,
        pct_start=pct_start,
    )
    basis = "no finished trial of this thread yet" if found is None else found.basis
    basis = "; ".join(words for words in (basis, savings.words) if words)
    seconds, limit = None if found is None else found.seconds, plan.max_seconds
    if seconds is not None and limit is not None and seconds > limit:
        basis = f"{basis}; all trials would take {seconds / limit:.2g} times the wall-clock budget"
        seconds = limit
    epochs = plan.n_trials * plan.fidelity.epoch_equivalents(pct_start) * savings.epochs
    return PlanCost(seconds=seconds, epoch_equivalents=epochs, basis=basis)


def _savings(
    plan: SprintPlan,
    sprints: Sequence[SprintRow],
    brackets: Sequence[BracketView],
    measured: Mapping[int, Measured],
    pct_start: float | None,
) -> Savings:
    """What the pruner is expected to leave of the plan's epochs."""
    try:
        options = complete_pruner_options(plan.pruner, plan.pruner_options)
    except EngineError:  # told among the plan's errors
        return Savings()
    history = [
        measured[cast(int, row.id)]
        for row in sprints
        if row.pruner == plan.pruner
        and complete_pruner_options(row.pruner, row.pruner_options) == options
        and Fidelity.from_dict(row.fidelity).n_epochs(pct_start) == plan.fidelity.n_epochs(pct_start)
    ]
    ladders = [Ladder(rungs=one.rungs, n_trials=one.n_trials) for one in brackets]
    factor = int(options.get("reduction_factor", 0))
    return expected_savings(plan.pruner, plan.fidelity, ladders, factor, history, pct_start)
