"""Thresholds during training: tuned at the end of each epoch, and remembered with the best epoch (Algorithm 2)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from model.calibration.evaluator import ModelEvaluator
from model.config import ModelConfig
from model.thresholds.epoch import tune_epoch
from model.thresholds.exact import RelationRule
from model.thresholds.history import Trace
from model.thresholds.policy import Policy, preset
from model.thresholds.scores_at import Reading, read
from model.thresholds.thresholds import ThresholdSet


def initial_thresholds(config: ModelConfig) -> ThresholdSet:
    """The thresholds a training begins with."""
    return ThresholdSet(
        mention=config.threshold_mention, coref=config.threshold_coref, relation=config.threshold_relation
    )


def relation_rule(config: ModelConfig) -> RelationRule:
    """How relation thresholds are found in a model configuration."""
    return RelationRule(per_class=config.class_thresholds, shrinkage=config.threshold_shrinkage)


class ThresholdTuner:
    """Holds the thresholds in force during a training, the single source for validation and checkpoints (paper B.1.4).

    Args:
        policy: What moves when.
        rule: Whether relation thresholds are class-specific.
        start: Where they begin.

    Attributes:
        thresholds: In force now.
        trace: Every round so far.
    """

    def __init__(self, policy: Policy, rule: RelationRule, start: ThresholdSet) -> None:
        self.policy = policy
        self.rule = rule
        self.thresholds = start
        self.trace = Trace()

    @classmethod
    def of(cls, config: ModelConfig, start: ThresholdSet) -> "ThresholdTuner":
        """The tuner of a model configuration."""
        return cls(preset(config.thresholds), relation_rule(config), start)

    def moves(self, epoch: int) -> bool:
        """Whether anything may move after an epoch (from 1); if not, validation may stream."""
        plan = self.policy.plan(epoch)
        return bool(plan.scut or plan.deltas or plan.exact)

    def tune(self, epoch: int, evaluator: ModelEvaluator) -> Reading:
        """Moves the thresholds after an epoch (from 1) and reads every task at them."""
        tuned = tune_epoch(self.policy, epoch, self.thresholds, evaluator, rule=self.rule)
        plan = self.policy.plan(epoch)
        lowest = max(plan.scut_lowest, evaluator.bounds.mention[0])
        self.trace.add_epoch(epoch, tuned, beta=plan.beta, lowest=lowest)
        self.thresholds = tuned.thresholds
        return read(evaluator, self.thresholds)


@dataclass(kw_only=True, slots=True)
class BestEpoch:
    """The best epoch so far, with weights and thresholds.

    Of equal ones it is the later: early epochs score 0 alike, and the last of them has learned most.

    Attributes:
        epoch: From 1; 0 before the first.
        score: Percent.
        thresholds: In force then.
        state: Weights, in the computer's memory.
    """

    epoch: int = 0
    score: float = float("-inf")
    thresholds: ThresholdSet | None = None
    state: Mapping[str, Tensor] | None = None

    def offer(self, epoch: int, score: float, thresholds: ThresholdSet, network: nn.Module) -> None:
        """Takes the epoch if it is better."""
        if not score >= self.score:
            return
        self.epoch, self.score, self.thresholds = epoch, score, thresholds
        self.state = {name: value.detach().to("cpu", copy=True) for name, value in network.state_dict().items()}

    def restore(self, network: nn.Module) -> None:
        """Puts the weights back."""
        if self.state is not None:
            with torch.no_grad():
                network.load_state_dict(self.state)


def task_metrics(reading: Reading) -> dict[str, float]:
    """``mention_f1_micro`` … ``rel_nec_f1_micro`` in percent."""
    return {f"{task}_f1_micro": counts.f1 for task, counts in reading.tasks.items()}


def threshold_metrics(thresholds: ThresholdSet) -> dict[str, float]:
    """``threshold_mention``, ``threshold_coref``, ``threshold_relation``; of class thresholds mean, least and most."""
    relation = np.atleast_1d(thresholds.relation)
    metrics = {
        "threshold_mention": thresholds.mention,
        "threshold_coref": thresholds.coref,
        "threshold_relation": float(relation.mean()),
    }
    if thresholds.is_per_class:
        metrics |= {
            "threshold_relation_least": float(relation.min()),
            "threshold_relation_most": float(relation.max()),
        }
    return metrics
