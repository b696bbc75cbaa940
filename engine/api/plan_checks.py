"""What a plan leads to: thin budgets, samplers that never guide, the pruner's brackets."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.api.review_views import BracketView
from engine.errors import EngineError
from engine.pruners.pruner import RungPruner
from engine.pruners.registry import load_pruner
from engine.samplers.registry import complete_options, sampler_info
from engine.samplers.suggest import MAX_DRAWS
from engine.space.rejection_rate import N_DRAWS, n_rejected
from engine.space.space import Space
from engine.sprint.plan import SprintPlan
from engine.values import Value

TRIALS_PER_DIMENSION = 5
"""Fewer exploring trials than this for each free dimension say little about it."""


MOST_REJECTED = 0.9
"""Where constraints reject more of the random points than this, few regions are left and a person should know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanCheck:
    """What was found.

    Attributes:
        errors: What forbids the plan.
        warnings: What a person should know.
        brackets: Of the pruner; empty without a ladder of rungs.
    """

    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    brackets: tuple[BracketView, ...] = ()


def check_plan(plan: SprintPlan, study_key: str, *, n_free: int, n_queued: int, explores: bool) -> PlanCheck:
    """Check a plan's budget, sampler and pruner.

    Args:
        plan: The plan.
        study_key: What brackets are hashed from: the label the sprint is created with.
        n_free: Active dimensions that are not frozen.
        n_queued: Primed and hand-typed trials that run before any is suggested.
        explores: The stage is there to explore, so that a thin budget matters.
    """
    errors, warnings = _budget(plan, n_free, n_queued, explores)
    try:
        n_startup = complete_options(plan.sampler, plan.sampler_options).get("n_startup_trials", 0)
        load_pruner(plan.pruner, plan.pruner_options, study_key=study_key, sign=1.0)
        brackets = bracket_views(plan, study_key)
    except EngineError as error:
        return PlanCheck(errors=(*errors, str(error)), warnings=tuple(warnings))
    if n_startup >= plan.n_trials > 1:
        never = f"with {plan.n_trials} it never guides"
        warnings.append(f"{plan.sampler} draws its first {n_startup} trials at random: {never}")
    n_empty = sum(not bracket.n_trials for bracket in brackets)
    if n_empty:
        get = "gets" if n_empty == 1 else "get"
        warnings.append(f"{n_empty} of {len(brackets)} brackets {get} no trial of this budget")
    return PlanCheck(errors=tuple(errors), warnings=tuple(warnings), brackets=brackets)


def check_constraints(space: Space, settings: Mapping[str, Value]) -> PlanCheck:
    """Say before the run where random points seldom or never hold the constraints."""
    try:
        share = n_rejected(space, settings) / N_DRAWS
    except EngineError as error:
        return PlanCheck(errors=(str(error),), warnings=())
    if share == 1 and n_rejected(space, settings, MAX_DRAWS) == MAX_DRAWS:
        never = f"some point must hold the constraints, got none in {MAX_DRAWS:,} random draws: loosen or drop one"
        return PlanCheck(errors=(never,), warnings=())
    seldom = f"{share:.1%} of random points break a constraint and are drawn again"
    return PlanCheck(errors=(), warnings=(seldom,) if share > MOST_REJECTED else ())


def _budget(plan: SprintPlan, n_free: int, n_queued: int, explores: bool) -> tuple[list[str], list[str]]:
    errors, warnings = [], []
    if n_queued > plan.n_trials:
        errors.append(f"{n_queued} primed and hand-typed trials do not fit a budget of {plan.n_trials}")
    n_asked = plan.n_trials - n_queued
    if n_free == 0 and plan.n_trials > max(1, n_queued):
        warnings.append("every active dimension is frozen: all trials beyond the first would be the same")
    is_guided = _is_guided(plan.sampler) and n_free > 0
    if is_guided and n_asked > 0 and n_asked - plan.n_random <= 0:
        warnings.append("no trial is left for the sampler: all are primed or random")
    if is_guided and explores and plan.n_trials < TRIALS_PER_DIMENSION * n_free:
        usual = f"{TRIALS_PER_DIMENSION} each is usual"
        warnings.append(f"{plan.n_trials} trials for {n_free} free hyperparameters is low: {usual}")
    fidelity = plan.fidelity
    last = fidelity.max_epochs if fidelity.run_to == "warmup" else fidelity.n_epochs()
    if beyond := [str(epoch) for epoch in plan.keep_checkpoint_at if epoch > last]:
        warnings.append(
            f"no trial reaches epoch {', '.join(beyond)}, whose checkpoint is to be kept: they end at {last}"
        )
    return errors, warnings


def bracket_views(plan: SprintPlan, study_key: str) -> tuple[BracketView, ...]:
    """Brackets of a pruner that judges at rungs, with the trials that each gets; none for other pruners.

    Args:
        plan: The plan.
        study_key: What brackets are hashed from: the label the sprint is created with.

    Raises:
        EngineError: For an unknown pruner or option, or resources that make no rung.
    """
    pruner = load_pruner(plan.pruner, plan.pruner_options, study_key=study_key, sign=1.0)
    if not isinstance(pruner, RungPruner):
        return ()
    return tuple(
        BracketView(bracket=one.index, rungs=one.rungs, share=one.share, n_trials=float(one.n_trials))
        for one in pruner.ladders(plan.n_trials, plan.fidelity.n_epochs())
    )


def _is_guided(sampler: str) -> bool:
    """Whether a sampler learns from earlier trials; an unknown one is refused elsewhere, by name."""
    try:
        return sampler_info(sampler).is_guided
    except EngineError:
        return True
