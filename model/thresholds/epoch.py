"""Threshold tuning at the end of one training epoch (Algorithm 2, "Prepare Thresholds" and "Validate")."""

from dataclasses import dataclass

from model.thresholds.evaluator import Evaluator
from model.thresholds.exact import RelationRule, exact_step
from model.thresholds.hill_climb import Deltas, Step, climb_step, score_grid
from model.thresholds.per_class import class_step
from model.thresholds.policy import Policy
from model.thresholds.scut import MentionCut, scut
from model.thresholds.thresholds import ThresholdSet

_FREE = RelationRule()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EpochTuning:
    """What tuning did after an epoch.

    Attributes:
        cut: SCut's result, where the policy used it.
        step: The step from the thresholds after SCut; its ``after`` and ``f1_after`` are the epoch's result.
    """

    cut: MentionCut | None
    step: Step

    @property
    def thresholds(self) -> ThresholdSet:
        """Thresholds to validate, checkpoint and continue with."""
        return self.step.after

    @property
    def f1(self) -> float:
        """Micro F1 at them, percent: what selects the best checkpoint."""
        return self.step.f1_after


def tune_epoch(
    policy: Policy,
    epoch: int,
    current: ThresholdSet,
    evaluator: Evaluator,
    *,
    rule: RelationRule = _FREE,
    tolerance: float = 0.0,
) -> EpochTuning:
    """The thresholds after an epoch.

    Args:
        policy: What moves when.
        epoch: From 1.
        current: The thresholds of the last epoch.
        evaluator: Validation results of the model as it is now.
        rule: Whether relation thresholds are class-specific, and how exact ones are found.
        tolerance: A gain at or below this (percent points) moves nothing.
    """
    plan = policy.plan(epoch)
    current = evaluator.bounds.clip_all(current)
    cut = None
    if plan.scut:
        lowest = max(plan.scut_lowest, evaluator.bounds.mention[0])
        cut = scut(evaluator.mention_scores(), beta=plan.beta, lowest=lowest, current=current.mention)
        current = evaluator.bounds.clip_all(current.replace(mention=cut.threshold))
    step = make_step(current, plan.deltas, evaluator, exact=plan.exact, rule=rule, tolerance=tolerance)
    return EpochTuning(cut=cut, step=step)


def make_step(
    current: ThresholdSet,
    deltas: Deltas,
    evaluator: Evaluator,
    *,
    exact: bool = False,
    rule: RelationRule = _FREE,
    tolerance: float = 0.0,
) -> Step:
    """One step of the kind asked for: exact relation thresholds, class-specific ±δ, or global ±δ."""
    if exact:
        return exact_step(current, deltas, evaluator, rule, tolerance=tolerance)
    if rule.per_class and "relation" in deltas:
        return class_step(current, deltas, evaluator, tolerance=tolerance)
    return climb_step(
        current,
        deltas,
        lambda grid: score_grid(evaluator, grid),
        bounds=evaluator.bounds,
        tolerance=tolerance,
    )
