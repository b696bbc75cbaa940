"""Losses of single yes-or-no logits, element by element."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

BinaryLoss = Callable[[Tensor, Tensor], Tensor]
"""(logits, labels 0 or 1), both ``[*n]``, to the loss of each element ``[*n]``."""


def cross_entropy(logits: Float[Tensor, "*n"], labels: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """Binary cross-entropy."""
    return functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
