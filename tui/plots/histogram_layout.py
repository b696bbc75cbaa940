"""Where a histogram's parts stand: its axis, its bars, the rows below them.

Every bar is equally wide where its bin is: columns left over at the right stay blank, for bars of two and of three
columns would look like values that were tried more or less often.

Notations:
    W  columns of the plot.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.api import Dimension, Value
from tui.drawing.scale import Scale, place, scale_of

MARGIN = 5
"""Columns left of the plot, for counts and the words below them."""

LEAST_BARS = 3
"""Rows of bars that stay, whatever else there is to show."""

MOST_STOPS = 24
"""A number with at most this many allowed values has its ticks on them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Axis, bars and rows of a histogram.

    Attributes:
        scale: Of the axis: what the sprint searched and every bound that is drawn.
        width: W; at most what there is room for.
        columns: First column of each bar, and the column after the last one; one more than there are bars.
        merged: Neighbouring bins that share a bar, where there are more bins than columns.
        gap: Whether a blank column stands between bars: they are single values, not parts of a range.
        bar_rows: Rows of the bars.
        below: Names of the rows below the bars, the axis last: some of ``top``, ``fail``, ``now``, ``new``, ``axis``.
    """

    scale: Scale
    width: int
    columns: tuple[int, ...]
    merged: int
    gap: bool
    bar_rows: int
    below: tuple[str, ...]

    def row_of(self, name: str) -> int | None:
        """Row of a part below the bars, counted from the top of the plot; None where it is not drawn."""
        return self.bar_rows + self.below.index(name) if name in self.below else None

    def column_of(self, value: float) -> int:
        """Column of the plot that a value stands in, without the margin."""
        return self.scale.column(value, self.width)

    def value_at(self, column: float) -> float:
        """The value in the middle of a column of the plot; columns outside it are clamped."""
        return self.scale.value(min(max((column + 0.5) / self.width, 0.0), 1.0))

    def ends_of(self, dimension: Dimension) -> tuple[int, int]:
        """First and last column of a number's range; whole numbers and steps own the width of their bars."""
        low, high = dimension.edges
        return self.column_of(low), self.column_of(high)


def lay_out(
    shown: Dimension,
    edges: Sequence[float],
    *,
    width: int,
    height: int,
    current: Dimension | None = None,
    proposed: Dimension | None = None,
    has_top: bool = False,
    has_failed: bool = False,
) -> Layout:
    """Place a histogram of ``height`` rows; what there is no room for goes in this order: top, fail, new, now."""
    scale = axis_scale(shown, current, proposed)
    room = max(width - MARGIN, 8)
    used, columns, merged = _bars(scale, edges, room)
    wanted = {"now": current is not None, "new": proposed is not None, "fail": has_failed, "top": has_top}
    spare = max(height - 1 - LEAST_BARS, 0) if height >= 6 else 0
    kept = [name for name, there in wanted.items() if there][:spare]
    below = (*(name for name in ("top", "fail", "now", "new") if name in kept), "axis")
    single = shown.kind == "categorical" or (shown.spacing is not None and len(edges) - 1 == shown.n_values)
    return Layout(
        scale=scale,
        width=used,
        columns=columns,
        merged=merged,
        gap=single and min((b - a for a, b in pairwise(columns)), default=0) >= 3,
        bar_rows=max(height - len(below), 1),
        below=below,
    )


def axis_scale(shown: Dimension, *others: Dimension | None) -> Scale:
    """The scale of the shown dimension, extended so that every other one's bounds fit on it."""
    scale = scale_of(shown)
    if shown.kind == "categorical":
        return scale
    return scale.extended(*(bound for one in (shown, *others) if one is not None for bound in one.edges))


def stops(shown: Dimension, scale: Scale, room: int) -> list[float]:
    """Ticks of an axis with room for so many: round values, and for few whole numbers or steps the values."""
    spacing = shown.spacing
    if spacing is None:
        return scale.ticks(room)
    low, high = shown.bounds
    if shown.n_values <= MOST_STOPS and not shown.log:
        n_values = int(shown.n_values)
        least = math.ceil(n_values / max(room, 1))
        stride = next((s for s in range(least, 2 * least) if (n_values - 1) % s == 0), least)
        return [float(shown.value_at(index)) for index in range(0, n_values, stride)]
    inside = Scale(low, high, scale.log).extended(*(v for v in (scale.low + spacing / 2, scale.high - spacing / 2)))
    return inside.ticks(room, spacing)


def value_columns(dimension: Dimension, values: Sequence[Value], scale: Scale, width: int) -> list[int]:
    """Columns of values on an axis; those that have no place are left out."""
    placed = [place(dimension, value) for value in values]
    return [scale.column(x, width) for x in placed if math.isfinite(x) and 0 <= scale.position(x) <= 1]


def _bars(scale: Scale, edges: Sequence[float], room: int) -> tuple[int, tuple[int, ...], int]:
    """Columns used, the first column of every bar, and how many bins share one."""
    shift = 0.5 if edges and edges[0] == 0 and scale.low == -0.5 else 0.0  # categories: bins 0 … n, axis -0.5 … n-0.5
    places = [scale.position(edge - shift) for edge in edges]
    merged = 1
    while len(places) > 2 and len(places) - 1 > room * (places[-1] - places[0]):
        places = [*places[:-1:2], places[-1]]
        merged *= 2
    widths = [b - a for a, b in pairwise(places)]
    if len(widths) > 1 and max(widths[:-1]) - min(widths[:-1]) < 1e-6 and widths[-1] < widths[0] * (1 + 1e-6):
        each = max(int(room * widths[0] + 1e-9), 1)
        used = min(round(each / widths[0]), room)
        first = round(places[0] * used)
        columns = [first + each * index for index in range(len(widths))]
        return used, (*columns, min(columns[-1] + max(round(widths[-1] * used), 1), room)), merged
    return room, tuple(round(place * room) for place in places), merged
