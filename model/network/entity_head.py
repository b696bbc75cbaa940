"""Entity classification: which type has a cluster of mentions?

JEREX, modules/entity_classification.py.

Legend: E entities, H width, K entity types.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from model.encoder.fast_dropout import Dropout
from model.network.layers import ScaledLinear


class EntityHead(nn.Module):
    """Linear → ReLU → dropout → Linear → K logits.

    Args:
        width: H.
        n_types: K.
        dropout: Share of units dropped.
    """

    def __init__(self, width: int, n_types: int, dropout: float) -> None:
        super().__init__()
        self.hidden = ScaledLinear(width, width)
        self.dropout = Dropout(dropout)
        self.output = ScaledLinear(width, n_types)

    def forward(self, entities: Float[Tensor, "E H"]) -> Float[Tensor, "E K"]:
        """Logits of the types of entities."""
        logits: Tensor = self.output(self.dropout(torch.relu(self.hidden(entities))))
        return logits
