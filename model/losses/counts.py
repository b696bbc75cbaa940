"""The loss of the count heads: mean absolute error (paper §2.3).

Legend: B documents, P entity pairs.
"""

import torch
from torch import Tensor

from model.data.batch import SampleBatch
from model.network.count_head import count_loss
from model.network.joint import TaskLogits


def count_losses(logits: TaskLogits, batch: SampleBatch) -> dict[str, Tensor]:
    """``count_mention`` and ``count_relation``, as far as the model has the heads."""
    losses = {}
    if logits.mention_count is not None:
        losses["count_mention"] = count_loss(logits.mention_count, mentions_per_document(batch))
    if logits.relation_count is not None:
        losses["count_relation"] = count_loss(logits.relation_count, batch.relation_labels.sum(dim=1))
    return losses


def mentions_per_document(batch: SampleBatch) -> Tensor:
    """Distinct gold mentions of each document ``[B]``, float."""
    offsets = torch.tensor(batch.text.word_offsets, device=batch.span_starts.device)
    spans = torch.stack((batch.span_starts[: batch.n_gold], batch.span_ends[: batch.n_gold]), dim=1)
    distinct = torch.unique(spans, dim=0)
    document = torch.bucketize(distinct[:, 0].contiguous(), offsets[1:], right=True)
    return torch.bincount(document, minlength=len(offsets) - 1).float()
