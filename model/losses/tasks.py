"""The loss of each task from its logits (JEREX, loss.py).

Legend: N mention samples, C coreference pairs, E entities, P entity pairs, K entity types, R relation types.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from model.data.batch import SampleBatch
from model.losses.binary import BinaryLoss, cross_entropy
from model.network.joint import TaskLogits


def task_losses(
    logits: TaskLogits, batch: SampleBatch, binary: Mapping[str, BinaryLoss] | None = None
) -> dict[str, Tensor]:
    """One number a task: the mean over its samples, relations summed over their types first; 0 without samples.

    Args:
        logits: Of the heads the model has.
        batch: The samples.
        binary: The loss of single yes-or-no logits by task; binary cross-entropy where absent.
    """
    binary = binary or {}
    losses: dict[str, Tensor] = {}
    for task, values, labels in (
        ("mention", logits.mention, batch.mention_labels),
        ("coref", logits.coref, batch.coref_labels),
        ("relation", logits.relation, batch.relation_labels),
    ):
        if values is not None:
            each = binary.get(task, cross_entropy)(values.float(), labels)
            losses[task] = each.sum() / max(1, len(labels))
    if logits.entity is not None:
        known = (batch.entity_types >= 0).sum().clamp(min=1)
        total = functional.cross_entropy(logits.entity.float(), batch.entity_types, ignore_index=-1, reduction="sum")
        losses["entity"] = total / known
    return losses


def weighted_sum(losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """The fixed-weight total."""
    return torch.stack([losses[task] * weights[task] for task in losses]).sum()
