"""Scatter plots: score against a dimension's value, or one dimension against another."""

import math
from collections.abc import Sequence

from engine.api import Dimension, Value
from tui.drawing.scale import Scale, place, scale_of
from tui.drawing.styled_lines import Canvas, Line, fit, line
from tui.plots.axis import margin_of, score_texts, tick_texts
from tui.plots.histogram import axis_labels

POINT, TOP_POINT = "•", "◆"
"""Top trials have another shape, not only another colour."""

FAILED = "✗"
"""A trial that failed, at the bottom of the plot."""


def draw_score_scatter(
    dimension: Dimension,
    points: Sequence[tuple[Value, float]],
    *,
    width: int,
    height: int,
    n_top: int,
    direction: str = "maximize",
    failed: Sequence[Value] = (),
) -> list[Line]:
    """Score (upwards) against the dimension's value, the ``n_top`` best marked; exactly ``height`` lines.

    Failed trials, which have no score, stand as ✗ at the bottom of their values.
    """
    finite = [(place(dimension, value), y) for value, y in points if math.isfinite(y)]
    finite = [(x, y) for x, y in finite if math.isfinite(x)]
    ranked = sorted(finite, key=lambda point: -point[1] if direction == "maximize" else point[1])
    scale = scale_of(dimension).extended(*(x for x, _ in finite if dimension.kind != "categorical"))
    ys = [y for _, y in finite] or [0.0]
    vertical = Scale.around(min(ys), max(ys))
    canvas, columns, rows = _framed(width, height, score_texts((vertical.high, vertical.low)))
    margin = canvas.width - columns
    for rank, (x, y) in reversed(list(enumerate(ranked))):
        mark, ink = (TOP_POINT, "top") if rank < n_top else (POINT, "all")
        canvas.put(margin + scale.column(x, columns), rows - 1 - vertical.column(y, rows), mark, ink)
    for x in (place(dimension, value) for value in failed):
        if math.isfinite(x) and 0 <= scale.position(x) <= 1:
            canvas.put(margin + scale.column(x, columns), rows - 1, FAILED, "error")
    if not finite:
        canvas.put(margin + 1, rows // 2, "no complete trial yet", "muted")
    return [*canvas.lines(), line(" " * margin, (axis_labels(dimension, scale, columns), "muted"))]


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
    names = upwards.kind == "categorical"
    ends = ["", ""] if names else tick_texts((vertical.high, vertical.low), text=upwards.text)
    canvas, columns, rows = _framed(width, height, ends)
    margin = canvas.width - columns
    if names:
        for index, choice in enumerate(upwards.choices):
            row = rows - 1 - vertical.column(index, rows)
            canvas.put(0, row, fit(upwards.text(choice), margin - 2, right=True), "muted")
    for a, b, is_top in sorted(pairs, key=lambda pair: pair[2]):
        x, y = place(across, a), place(upwards, b)
        if 0 <= horizontal.position(x) <= 1 and 0 <= vertical.position(y) <= 1:
            mark, ink = (TOP_POINT, "top") if is_top else (POINT, "all")
            canvas.put(margin + horizontal.column(x, columns), rows - 1 - vertical.column(y, rows), mark, ink)
    return [*canvas.lines(), line(" " * margin, (axis_labels(across, horizontal, columns), "muted"))]


def _framed(width: int, height: int, ends: Sequence[str]) -> tuple[Canvas, int, int]:
    """A canvas with an upright axis and the texts at its upper and its lower end; columns and rows of the plot."""
    margin, rows = margin_of(ends, width), max(height - 1, 1)
    columns = max(width - margin, 8)
    canvas = Canvas(margin + columns, rows)
    for row in range(rows):
        canvas.put(margin - 1, row, "│", "edge")
    for row, text in zip((0, rows - 1), ends, strict=True):
        canvas.put(0, row, fit(text, margin - 2, right=True), "muted")
    return canvas, columns, rows
