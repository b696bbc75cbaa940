"""Coreference: do two mentions name the same entity?

JEREX, modules/coreference_resolution.py.

Legend: M mentions, C ordered pairs, H width.
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from model.encoder.fast_dropout import Dropout
from model.network.layers import LogDistances, PairProjection, ScaledLinear

LARGEST_EDIT_DISTANCE = 300.0
"""Characters; JEREX's table ends here."""


class CorefHead(nn.Module):
    """Linear([first; second; edit distance]) → ReLU → dropout → Linear → one logit.

    Args:
        width: H.
        dropout: Share of units dropped.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.pair = PairProjection(width, width)
        self.distance = LogDistances((LARGEST_EDIT_DISTANCE,), width)
        self.dropout = Dropout(dropout)
        self.output = ScaledLinear(width, 1)

    def forward(
        self,
        mentions: Float[Tensor, "M H"],
        first: Int64[Tensor, " C"],
        second: Int64[Tensor, " C"],
        edit_distances: Float[Tensor, " C"],
    ) -> Float[Tensor, " C"]:
        """Logits of ordered pairs of mentions."""
        return self.of_projected(self.pair.project(mentions), first, second, edit_distances)

    def of_projected(
        self,
        projected: tuple[Float[Tensor, "M H"], Float[Tensor, "M H"]],
        first: Int64[Tensor, " C"],
        second: Int64[Tensor, " C"],
        edit_distances: Float[Tensor, " C"],
    ) -> Float[Tensor, " C"]:
        """The same from mentions projected before, for chunks of pairs."""
        hidden = projected[0].index_select(0, first) + projected[1].index_select(0, second)
        hidden = hidden + self.distance(edit_distances.unsqueeze(1))
        logits: Tensor = self.output(self.dropout(torch.relu(hidden))).squeeze(1)
        return logits
