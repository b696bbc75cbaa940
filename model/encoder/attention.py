"""Attention for training on a CPU: torch's fused kernel knows no dropout there and falls back to a slow path.

Legend: B rows, A heads, L cells, D width of a head.
"""

from typing import Any

import torch
from torch import Tensor, nn

from model.encoder.fast_dropout import dropout_mask

NAME = "trimtab"
"""What the implementation is called in transformers' registry."""


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **rest: Any,
) -> tuple[Tensor, None]:
    """softmax(q·k) with dropout, times v; anything but training on a CPU goes to transformers' own.

    Args:
        module: The layer that asks.
        query: ``[B, A, L, D]``.
        key: ``[B, A, L, D]``.
        value: ``[B, A, L, D]``.
        attention_mask: ``[B, 1, L, L]`` True where a cell may be seen, or to be added; None for all.
        scaling: Of the products; 1/√D if None.
        dropout: Share of weights dropped, 0..1.
        **rest: Handed on.

    Returns:
        ``[B, L, A, D]``, and no weights.
    """
    same_heads = query.shape[1] == key.shape[1]
    if query.device.type != "cpu" or not dropout or not module.training or not same_heads or rest.get("is_causal"):
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        own: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **rest
        )
        return own
    scores = torch.matmul(query * (scaling or query.shape[-1] ** -0.5), key.transpose(2, 3))
    if attention_mask is not None:
        if attention_mask.dtype == torch.bool:
            scores = scores.masked_fill(~attention_mask, torch.finfo(scores.dtype).min)
        else:
            scores = scores + attention_mask
    weights = torch.softmax(scores, dim=-1)
    weights = weights * dropout_mask(weights.shape, dropout, weights)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


def use_cheap_attention(network: nn.Module) -> bool:
    """Switches a transformers model to :func:`attend` where library and architecture let us; says whether."""
    if getattr(network.config, "_attn_implementation", None) != "sdpa":
        return False
    try:
        from transformers import AttentionInterface, AttentionMaskInterface
        from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
    except ImportError:  # an older library
        return False
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])
    set_implementation: Any = getattr(network, "set_attn_implementation", None)
    if set_implementation is None:
        return False
    set_implementation(NAME)
    return True
