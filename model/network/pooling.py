"""Max-pooling over ranges of rows: words over pieces, mentions over words, entities over mentions, contexts over words.

Legend: N rows, H width, Q queries, L levels of the table, S segments, K longest width.

A sparse table (range maximum query, Bender & Farach-Colton 2000) answers any range with two look-ups: level l holds the
maximum of the 2^l rows from each row on. Nothing of size [queries, rows, width] is ever made. For training, value and
row travel together in one integer, so that the table needs no graph: the gradient of a maximum goes to the row it
came from.
"""

from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

_SIGN_BITS = 31
_ROW_BITS = 32
_ROW_MASK = (1 << _ROW_BITS) - 1
_MAGNITUDE = 0x7FFFFFFF


def range_max(
    states: Float[Tensor, "N H"], starts: Int64[Tensor, " Q"], ends: Int64[Tensor, " Q"], longest: int
) -> Float[Tensor, "Q H"]:
    """Element-wise maximum of ``states[starts[q]:ends[q]]``; zeros where a range is empty.

    Args:
        states: Rows to pool; the gradient goes to the first row that holds the maximum.
        starts: First row of each range.
        ends: One past its last row; ``ends <= starts`` means empty.
        longest: Upper bound of the ranges' lengths, known without asking the device.
    """
    if torch.is_grad_enabled() and states.requires_grad:
        pooled: Tensor = _RangeMax.apply(states, starts, ends, longest)  # type: ignore[no-untyped-call]
        return pooled
    return RangeTable(states, longest)(starts, ends)


def segment_max(states: Float[Tensor, "N H"], lengths: Int64[Tensor, " S"]) -> Float[Tensor, "S H"]:
    """Element-wise maximum of consecutive segments that cover all rows; every length is at least 1."""
    offsets = torch.nn.functional.pad(lengths.cumsum(0), (1, 0))
    return torch.segment_reduce(states, "max", offsets=offsets, axis=0, unsafe=True)


def width_maxima(states: Float[Tensor, "N H"], widths: int) -> Float[Tensor, "K N H"]:
    """Maxima of all ranges of 1 to ``widths`` rows by m[w](i) = max(m[w-1](i), h(i+w-1)); not for training.

    Rows whose range would leave the states hold the maximum of what remains.
    """
    widths = max(1, min(widths, len(states)))
    maxima = states.new_empty((widths, *states.shape))
    maxima[0] = states
    for width in range(1, widths):
        torch.maximum(maxima[width - 1, :-width], states[width:], out=maxima[width, :-width])
        maxima[width, -width:] = maxima[width - 1, -width:]
    return maxima


class _RangeMax(torch.autograd.Function):
    """Range maximum with the gradient of an arg-max: one scatter instead of a graph over the table."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, starts: Tensor, ends: Tensor, longest: int) -> Tensor:
        keys = RangeTable(_pack(states), longest)(starts, ends)
        rows = len(states) - 1 - (keys & _ROW_MASK)
        empty = (ends <= starts).unsqueeze(1)
        rows.masked_fill_(empty, 0)
        pooled = states.gather(0, rows).masked_fill_(empty, 0)
        width = states.shape[1]
        ctx.save_for_backward(rows.mul_(width).add_(torch.arange(width, device=rows.device)), empty)
        ctx.shape = states.shape
        return pooled

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        cells, empty = ctx.saved_tensors
        gradient = gradients[0].masked_fill(empty, 0)
        total = torch.zeros(ctx.shape[0] * ctx.shape[1], dtype=gradient.dtype, device=gradient.device)
        total.scatter_add_(0, cells.flatten(), gradient.flatten())
        return total.view(ctx.shape), None, None, None


def _pack(states: Tensor) -> Tensor:
    """Value and row in one integer that orders as the value does; of equal values the first row is the greatest."""
    bits = states.detach().float().contiguous().view(torch.int32)
    # Two's complement orders negative floats backwards: flip their magnitude bits.
    ordered = bits ^ ((bits >> _SIGN_BITS) & _MAGNITUDE)
    rows = torch.arange(len(states) - 1, -1, -1, device=states.device).unsqueeze(1)
    return (ordered.long() << _ROW_BITS) | rows


class RangeTable:
    """The table of one array of rows, for any number of look-ups.

    Args:
        rows: ``[N, H]`` values that can be compared.
        longest: Upper bound of the ranges' lengths.
    """

    def __init__(self, rows: Tensor, longest: int) -> None:
        levels = [rows]
        for level in range(1, max(1, min(longest, len(rows))).bit_length()):
            half, below = 1 << (level - 1), levels[-1]
            levels.append(torch.maximum(below[:-half], below[half:]))
        self._table = torch.cat(levels) if len(levels) > 1 else rows
        offsets = [0]
        for below in levels[:-1]:
            offsets.append(offsets[-1] + len(below))
        self._offsets = torch.tensor(offsets, device=rows.device)

    def __call__(self, starts: Int64[Tensor, " Q"], ends: Int64[Tensor, " Q"], empty: float = 0.0) -> Tensor:
        """Maxima of ``rows[starts[q]:ends[q]]``: the two runs of 2^l rows that cover the range from both ends."""
        lengths = ends - starts
        if not len(self._table) or not len(starts):
            return self._table.new_full((len(starts), self._table.shape[1]), empty)
        # Exact for every length below 2^24: float32 holds it, and frexp gives its highest bit.
        level = torch.frexp(lengths.clamp(min=1).float()).exponent.long() - 1
        base = self._offsets[level]
        none = lengths <= 0
        left = (base + starts).masked_fill_(none, 0)
        right = (base + ends - (1 << level)).masked_fill_(none, 0)
        pooled = torch.maximum(self._table.index_select(0, left), self._table.index_select(0, right))
        return pooled.masked_fill_(none.unsqueeze(1), empty)
