"""Scatter plots: score against a dimension's value, or one dimension against another."""

import math
from bisect import bisect
from collections.abc import Sequence

from engine.api import Dependence, Dimension, Direction, Value
from tui.drawing.scale import Scale, place, scale_of
from tui.drawing.styled_lines import Canvas, Line, fit, line
from tui.plots.axis import margin_of, score_texts, score_ticks, tick_texts
from tui.plots.braille import Dots
from tui.plots.histogram import axis_labels
from tui.plots.histogram_layout import stops

POINT, TOP_POINT = "•", "◆"
"""Top trials have another shape, not only another colour."""

FAILED = "✗"
"""A trial that failed, at the bottom of the plot."""

FRONT_POINT = "●"
"""The trial that was chosen, before all others."""

SHADES = " ░▒▓"
"""Expected scores of a map, the best last: told apart without colour."""


def draw_score_scatter(
    dimension: Dimension,
    points: Sequence[tuple[Value, float]],
    *,
    width: int,
    height: int,
    n_top: int,
    direction: Direction = Direction.MAXIMIZE,
    failed: Sequence[Value] = (),
    front: tuple[Value, float] | None = None,
    shape: Dependence | None = None,
) -> list[Line]:
    """Score (upwards) against the dimension's value, the ``n_top`` best marked; exactly ``height`` lines.

    Failed trials, which have no score, stand as ✗ at the bottom of their values. The trial in front is marked, the
    surrogate's expected score is a line with its band behind the trials.
    """
    finite = [(place(dimension, value), y) for value, y in points if math.isfinite(y)]
    finite = [(x, y) for x, y in finite if math.isfinite(x)]
    ranked = sorted(finite, key=lambda point: direction.cost(point[1]))
    scale = scale_of(dimension).extended(*(x for x, _ in finite if dimension.kind != "categorical"))
    ys = [y for _, y in finite] or [0.0]
    if shape is not None:
        ys = [*ys, *shape.low, *shape.high]
    vertical = Scale.around(min(ys), max(ys))
    ticks = score_ticks(vertical, max(height - 1, 1))
    canvas, columns, rows = _framed(width, height, ticks if finite else ())
    margin = canvas.width - columns
    if shape is not None:
        _draw_band(canvas, dimension, shape, margin, (scale, vertical), (columns, rows))
    for rank, (x, y) in reversed(list(enumerate(ranked))):
        mark, ink = (TOP_POINT, "top") if rank < n_top else (POINT, "all" if shape is None else "muted")
        canvas.put(margin + scale.column(x, columns), rows - 1 - vertical.column(y, rows), mark, ink)
    if shape is not None:
        _draw_mean(canvas, dimension, shape, margin, (scale, vertical), (columns, rows))
    for x in (place(dimension, value) for value in failed):
        if math.isfinite(x) and 0 <= scale.position(x) <= 1:
            canvas.put(margin + scale.column(x, columns), rows - 1, FAILED, "error")
    if front is not None and math.isfinite(x := place(dimension, front[0])):
        at = margin + scale.column(x, columns), rows - 1 - vertical.column(front[1], rows)
        canvas.put(*at, FRONT_POINT, "bold:accent")
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
    means: Sequence[Sequence[float]] = (),
    direction: Direction = Direction.MAXIMIZE,
    failed: Sequence[tuple[Value, Value]] = (),
    front: tuple[Value, Value] | None = None,
) -> list[Line]:
    """One dimension against another; each pair is (value across, value upwards, is a top trial).

    Args:
        across: From left to right.
        upwards: From below.
        pairs: The complete trials.
        width: Columns.
        height: Rows.
        means: Expected scores behind them, one row for each step upwards, the lowest first: the better the denser.
        direction: Which way the score is better.
        failed: Values of the trials that failed, each a ✗.
        front: Values of the trial before all others.
    """
    horizontal, vertical = scale_of(across), scale_of(upwards)
    canvas, columns, rows = _framed(width, height, value_ticks(upwards, vertical, max(height - 1, 1)))
    margin = canvas.width - columns
    if means:
        _draw_map(canvas, means, margin, columns, rows, direction.sign)
    marked = [(a, b, *((TOP_POINT, "bold:top") if is_top else (POINT, "text" if means else "all")), is_top)
              for a, b, is_top in pairs]  # fmt: skip
    marked.sort(key=lambda one: one[4])
    marked = [*((a, b, FAILED, "error", False) for a, b in failed), *marked]
    if front is not None:
        marked.append((*front, FRONT_POINT, "bold:accent", True))
    for a, b, mark, ink, _ in marked:
        x, y = place(across, a), place(upwards, b)
        if 0 <= horizontal.position(x) <= 1 and 0 <= vertical.position(y) <= 1:
            canvas.put(margin + horizontal.column(x, columns), rows - 1 - vertical.column(y, rows), mark, ink)
    return [*canvas.lines(), line(" " * margin, (axis_labels(across, horizontal, columns), "muted"))]


def map_legend(means: Sequence[Sequence[float]], direction: Direction = Direction.MAXIMIZE) -> Line:
    """What the shades of a map stand for: the expected score of each, the best last."""
    low, high = min(map(min, means)), max(map(max, means))
    worst, best = sorted((low, high), key=direction.cost, reverse=True)
    ends = score_texts((worst, best))
    return line((f"{ends[0]} ", "muted"), (SHADES, "edge"), (f" {ends[1]}", "muted"))


def _draw_map(
    canvas: Canvas, means: Sequence[Sequence[float]], margin: int, columns: int, rows: int, sign: float
) -> None:
    low, high = min(map(min, means)), max(map(max, means))
    span = (high - low) or 1.0
    for row in range(rows):
        step = means[int((rows - 1 - row + 0.5) * len(means) / rows)]
        for column in range(columns):
            share = (step[int((column + 0.5) * len(step) / columns)] - low) / span
            share = share if sign > 0 else 1 - share
            canvas.put(margin + column, row, SHADES[min(int(share * len(SHADES)), len(SHADES) - 1)], "edge")


def _draw_band(
    canvas: Canvas,
    dimension: Dimension,
    shape: Dependence,
    margin: int,
    scales: tuple[Scale, Scale],
    size: tuple[int, int],
) -> None:
    (scale, vertical), (columns, rows) = scales, size
    for column in range(columns):
        low, high = (
            _at(dimension, shape, end, scale.value((column + 0.5) / columns)) for end in (shape.low, shape.high)
        )
        for row in range(rows - 1 - vertical.column(high, rows), rows - vertical.column(low, rows)):
            canvas.put(margin + column, row, SHADES[1], "edge")


def _draw_mean(
    canvas: Canvas,
    dimension: Dimension,
    shape: Dependence,
    margin: int,
    scales: tuple[Scale, Scale],
    size: tuple[int, int],
) -> None:
    (scale, vertical), (columns, rows) = scales, size
    dots = Dots(columns, rows)
    course = []
    for across in range(dots.width):
        y = _at(dimension, shape, shape.mean, scale.value((across + 0.5) / dots.width))
        course.append((float(across), (1 - vertical.position(y)) * (dots.height - 1)))
    dots.line(course, "info")
    for column, row, letter, ink in dots.cells():
        if canvas.at(margin + column, row)[0] in SHADES[:2]:
            canvas.put(margin + column, row, letter, ink)


def _at(dimension: Dimension, shape: Dependence, curve: Sequence[float], x: float) -> float:
    """The curve's height at a place: between its values on the dimension's scale, of categories the nearest one's."""
    places = [place(dimension, value) for value in shape.values]
    if dimension.kind == "categorical":
        return curve[min(range(len(places)), key=lambda i: abs(places[i] - x))]
    right = min(max(bisect(places, x), 1), len(places) - 1)
    scale = Scale(places[right - 1], places[right], dimension.log)
    share = min(max(scale.position(x), 0.0), 1.0)
    return curve[right - 1] * (1 - share) + curve[right] * share


def value_ticks(dimension: Dimension, vertical: Scale, rows: int) -> list[tuple[int, str]]:
    """(Row, text) of a dimension's values on an upright axis, row 0 on top: round ones, or every category."""
    if dimension.kind == "categorical":
        named = [(float(index), dimension.text(choice)) for index, choice in enumerate(dimension.choices)]
    else:
        ticks = stops(dimension, vertical, max(rows // 3, 2))
        named = list(zip(ticks, tick_texts(ticks, text=dimension.text), strict=True))
    return [(rows - 1 - vertical.column(value, rows), text) for value, text in named]


def _framed(width: int, height: int, ticks: Sequence[tuple[int, str]]) -> tuple[Canvas, int, int]:
    """A canvas with an upright axis and the texts beside it at their rows; columns and rows of the plot."""
    margin, rows = margin_of([text for _, text in ticks], width), max(height - 1, 1)
    columns = max(width - margin, 8)
    canvas = Canvas(margin + columns, rows)
    for row in range(rows):
        canvas.put(margin - 1, row, "│", "edge")
    for row, text in ticks:
        canvas.put(0, row, fit(text, margin - 2, right=True), "muted")
        canvas.put(margin - 1, row, "┤", "edge")
    return canvas, columns, rows
