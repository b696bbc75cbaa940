"""Scatter plots: score against a dimension's value, or one dimension against another."""

import math
from collections.abc import Sequence

from engine.api import Dimension, Value
from tui.format import score
from tui.plots.histogram import axis_labels
from tui.ranges import Scale, place, scale_of
from tui.text import Canvas, Line, fit, line

MARGIN = 8
"""Columns left of the plot."""

POINT, TOP_POINT = "•", "◆"
"""Top trials have another shape, not only another colour."""


def draw_score_scatter(
    dimension: Dimension,
    points: Sequence[tuple[Value, float]],
    *,
    width: int,
    height: int,
    n_top: int,
    direction: str = "maximize",
) -> list[Line]:
    """Score (upwards) against the dimension's value, the ``n_top`` best marked; exactly ``height`` lines."""
    finite = [(place(dimension, value), y) for value, y in points if math.isfinite(y)]
    finite = [(x, y) for x, y in finite if math.isfinite(x)]
    ranked = sorted(finite, key=lambda point: -point[1] if direction == "maximize" else point[1])
    scale = scale_of(dimension).extended(*(x for x, _ in finite if dimension.kind != "categorical"))
    ys = [y for _, y in finite] or [0.0]
    vertical = Scale(min(ys), max(ys)) if max(ys) > min(ys) else Scale(min(ys) - 0.5, min(ys) + 0.5)
    rows, columns = max(height - 1, 1), max(width - MARGIN, 8)
    canvas = Canvas(MARGIN + columns, rows)
    _frame(canvas, rows, *(_label(end) for end in (vertical.high, vertical.low)))
    for rank, (x, y) in reversed(list(enumerate(ranked))):
        mark, ink = (TOP_POINT, "top") if rank < n_top else (POINT, "all")
        canvas.put(MARGIN + scale.column(x, columns), rows - 1 - vertical.column(y, rows), mark, ink)
    if not finite:
        canvas.put(MARGIN + 1, rows // 2, "no complete trial yet", "muted")
    return [*canvas.lines(), line(" " * MARGIN, (axis_labels(dimension, scale, columns), "muted"))]


def draw_pair_scatter(
    across: Dimension,
    upwards: Dimension,
    pairs: Sequence[tuple[Value, Value, bool]],
    *,
    width: int,
    height: int,
) -> list[Line]:
    """One dimension against another; each pair is (value across, value upwards, is a top trial)."""
    horizontal, vertical = scale_of(across), scale_of(upwards)
    rows, columns = max(height - 1, 1), max(width - MARGIN, 8)
    canvas = Canvas(MARGIN + columns, rows)
    ends = (
        ("", "") if upwards.kind == "categorical" else (upwards.text(end, 3) for end in (vertical.high, vertical.low))
    )
    _frame(canvas, rows, *ends)
    if upwards.kind == "categorical":
        for index, choice in enumerate(upwards.choices):
            row = rows - 1 - vertical.column(index, rows)
            canvas.put(0, row, fit(str(choice), MARGIN - 2, right=True), "muted")
    for a, b, is_top in sorted(pairs, key=lambda pair: pair[2]):
        x, y = place(across, a), place(upwards, b)
        if 0 <= horizontal.position(x) <= 1 and 0 <= vertical.position(y) <= 1:
            mark, ink = (TOP_POINT, "top") if is_top else (POINT, "all")
            canvas.put(MARGIN + horizontal.column(x, columns), rows - 1 - vertical.column(y, rows), mark, ink)
    return [*canvas.lines(), line(" " * MARGIN, (axis_labels(across, horizontal, columns), "muted"))]


def _frame(canvas: Canvas, rows: int, high: str, low: str) -> None:
    for row in range(rows):
        canvas.put(MARGIN - 1, row, "│", "edge")
    canvas.put(0, 0, fit(high, MARGIN - 2, right=True), "muted")
    canvas.put(0, rows - 1, fit(low, MARGIN - 2, right=True), "muted")


def _label(value: float) -> str:
    return score(value) if abs(value) >= 1 or value == 0 else f"{value:.2g}"
