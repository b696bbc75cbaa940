"""Dropout that draws eight units from one random word, where torch's own draws each unit by itself.

On a CPU drawing the masks is a tenth of an encoder's training step; here it is a hundredth. The share dropped is
rounded to 256ths (0.1 becomes 26/256) and what remains is scaled by exactly what is kept. On a GPU torch's dropout is
used.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

_LEVELS = 256
"""Values of a byte."""


def dropout_mask(shape: Sequence[int], share: float, like: Tensor) -> Tensor:
    """0 where a unit is dropped, 1/(share kept) elsewhere; drawn from torch's generator.

    Args:
        shape: Of the mask.
        share: Of units dropped, 0..1, below 1.
        like: Gives dtype; lives on the CPU.
    """
    cut = min(round(share * _LEVELS), _LEVELS - 1)
    n = math.prod(shape)
    words = torch.empty(-(-n // 8), dtype=torch.int64).random_(-(2**63), None)
    mask = torch.empty(n, dtype=like.dtype)
    torch.ge(words.view(torch.uint8)[:n], cut, out=mask)
    return mask.mul_(_LEVELS / (_LEVELS - cut)).view(*shape)


class Dropout(nn.Dropout):
    """As torch's, with the cheap mask on a CPU."""

    def forward(self, input: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:  # noqa: A002 - torch's name
        """Drops units while training."""
        if not self.training or not self.p or input.device.type != "cpu":
            return super().forward(input)
        return input * dropout_mask(input.shape, self.p, input)


def cheapen_dropout(network: nn.Module) -> None:
    """Replaces torch's dropout layers inside a network, which holds no weights in them."""
    for module in list(network.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Dropout:
                setattr(module, name, Dropout(child.p).train(child.training))
