"""Asymmetric loss (Ridnik et al. 2021, eq. 6-7; paper §2.1): easy negatives weigh little, very easy ones nothing.

Positive: -(1-p)^γ+ · log p. Negative: -p_m^γ- · log(1-p_m) with p_m = max(p-m, 0). With γ+ = γ- = m = 0 it is
    cross-entropy.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

_PACE = 0.01
"""How far γ− moves for a gap of one from its target, a batch (Ridnik et al. call it λ and leave it open)."""

_FLOOR = 1e-8
"""Keeps the logarithm, and the slope of a power below one, finite where p is 0 or 1."""


class AsymmetricLoss(nn.Module):
    """Element by element, a :data:`model.losses.binary.BinaryLoss`.

    The adaptive variant (paper section 2.5) steers γ− so that positives are on average more surely right than
    negatives by ``target_gap``: where positives lag behind, negatives are weighed down further. (The printed update
    has the sign for which the gap runs away; ours is the stable one.)

    Args:
        gamma_pos: γ+, at least 0.
        gamma_neg: γ−, at least 0; where it starts in the adaptive variant.
        clip: m, 0..1.
        target_gap: Wanted mean p of positives less mean 1-p of negatives; None for the fixed variant.
    """

    def __init__(self, gamma_pos: float, gamma_neg: float, clip: float, target_gap: float | None = None) -> None:
        super().__init__()
        self.gamma_pos = gamma_pos
        self.gamma_neg = gamma_neg
        self.clip = clip
        self.target_gap = target_gap

    def forward(self, logits: Float[Tensor, "*n"], labels: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """The loss of each element; adapts γ− when gradients are on."""
        p = torch.sigmoid(logits)
        shifted = (p - self.clip).clamp(min=_FLOOR)
        positive = labels * (1 - p).clamp(min=_FLOOR) ** self.gamma_pos * functional.logsigmoid(logits)
        log_negative = torch.log((1 - shifted).clamp(min=_FLOOR)) if self.clip else functional.logsigmoid(-logits)
        focus = shifted**self.gamma_neg
        if self.target_gap is not None and torch.is_grad_enabled():
            self._adapt(p.detach(), labels)
        return -(positive + (1 - labels) * focus * log_negative)

    def _adapt(self, p: Tensor, labels: Tensor) -> None:
        n_positive = float(labels.sum())
        n_negative = labels.numel() - n_positive
        if not n_positive or not n_negative or self.target_gap is None:
            return
        right = float((p * labels).sum()) / n_positive
        gap = right - float(((1 - p) * (1 - labels)).sum()) / n_negative
        self.gamma_neg = max(0.0, self.gamma_neg + _PACE * (self.target_gap - gap))
