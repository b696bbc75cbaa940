"""Mention localization: is a span of words a mention?

JEREX, modules/mention_localization.py.

Legend: N spans, H width, S sizes.
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from model.encoder.fast_dropout import Dropout
from model.network.layers import ScaledLinear

SIZES = 30
"""Rows of the size table; longer spans share the last (gold mentions may exceed the longest candidate)."""


class MentionHead(nn.Module):
    """Linear([span; size]) → ReLU → dropout → Linear → one logit.

    Args:
        width: H.
        meta_width: Width of the size embedding.
        dropout: Share of units dropped.
    """

    def __init__(self, width: int, meta_width: int, dropout: float) -> None:
        super().__init__()
        self.size_embedding = nn.Embedding(SIZES, meta_width)
        self.span = ScaledLinear(width, width)
        self.size = ScaledLinear(meta_width, width, bias=False)
        self.dropout = Dropout(dropout)
        self.output = ScaledLinear(width, 1)

    def forward(self, spans: Float[Tensor, "N H"], sizes: Int64[Tensor, " N"]) -> Float[Tensor, " N"]:
        """Logits of spans.

        Args:
            spans: Pooled states.
            sizes: Length in words.
        """
        by_size = self.size(self.size_embedding.weight)
        hidden = self.span(spans) + by_size.index_select(0, sizes.clamp(max=SIZES - 1))
        logits: Tensor = self.output(self.dropout(torch.relu(hidden))).squeeze(1)
        return logits
