"""Curves over trials or epochs: points, running best, several series in one frame."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tui.format import number, score
from tui.plots.raster import Stroke, draw_strokes
from tui.ranges import Scale
from tui.text import Canvas, Line, fit, line, plain, wrap

MARGIN = 8
"""Columns left of the plot, for the labels of the vertical axis."""

ROWS_FOR_A_MIDDLE = 7
"""A plot as high as this has the value of its middle row on the axis as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Points of one curve.

    Attributes:
        points: (x, y), in order of x.
        mark: Drawn at each point; empty draws none.
        ink: Of marks and line.
        stepped: Joined by steps that go on to the right edge (a running best).
        joined: Joined by straight lines (epoch after epoch).
        name: For the legend.
    """

    points: tuple[tuple[float, float], ...]
    mark: str = "•"
    ink: str = "all"
    stepped: bool = False
    joined: bool = False
    name: str = ""


def draw_curves(
    series: Sequence[Series],
    *,
    width: int,
    height: int,
    x_label: str = "",
    x_scale: Scale | None = None,
    y_scale: Scale | None = None,
    empty: str = "nothing to draw yet",
) -> list[Line]:
    """Exactly ``height`` lines of ``width`` cells: the plot, then one line with the horizontal axis."""
    rows, columns = max(height - 1, 1), max(width - MARGIN, 4)
    canvas = Canvas(MARGIN + columns, rows)
    points = [(x, y) for one in series for x, y in one.points if math.isfinite(y) and math.isfinite(x)]
    if not points:
        told = wrap(empty, columns)[:rows]
        for row, words in enumerate(told, start=max(rows // 2 - len(told) // 2, 0)):
            canvas.put(MARGIN, row, plain(words), "muted")
        return [*canvas.lines(), line("")]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    horizontal = x_scale or _spread(min(xs), max(xs))
    vertical = y_scale or _spread(min(ys), max(ys))
    for row in range(rows):
        canvas.put(MARGIN - 1, row, "│", "edge")
    for row, cells in enumerate(draw_strokes([_stroke(one, horizontal, vertical) for one in series], columns, rows)):
        for column, (character, ink) in enumerate(cells, start=MARGIN):
            canvas.put(column, row, character, ink)
    for row in {0, rows // 2, rows - 1} if rows >= ROWS_FOR_A_MIDDLE else {0, rows - 1}:
        value = vertical.value(1 - row / max(rows - 1, 1))
        canvas.put(0, row, fit(_label(value, vertical), MARGIN - 2, right=True), "muted")
    left, right = (number(end, 3) for end in (horizontal.low, horizontal.high))
    if min(xs) == max(xs):
        left, right, x_label = "", "", f"{x_label} {number(xs[0], 3)}".strip()
    middle = max(columns - len(left) - len(right), 0)
    axis = left + fit(x_label.center(middle) if middle >= len(x_label) else "", middle) + right
    return [*canvas.lines(), line(" " * MARGIN, (fit(axis, columns), "muted"))]


def running_best(values: Sequence[tuple[float, float]], direction: str = "maximize") -> tuple[tuple[float, float], ...]:
    """The best value so far at every x."""
    best: float | None = None
    curve = []
    for x, y in values:
        if math.isfinite(y) and (best is None or (y > best if direction == "maximize" else y < best)):
            best = y
        if best is not None:
            curve.append((x, best))
    return tuple(curve)


def _label(value: float, scale: Scale) -> str:
    """Two decimals, unless the whole axis is as small as a learning rate."""
    return score(value) if max(abs(scale.low), abs(scale.high)) >= 0.1 else number(value, 2)


def _spread(low: float, high: float) -> Scale:
    """A scale that holds both ends, widened where they are one value."""
    if high > low:
        return Scale(low, high)
    pad = abs(low) * 0.1 or 0.5
    return Scale(low - pad, high + pad)


def _stroke(one: Series, horizontal: Scale, vertical: Scale) -> Stroke:
    """A series within its frame; what lies outside is drawn at the edge."""
    points = [(x, y) for x, y in one.points if math.isfinite(x) and math.isfinite(y)]
    if one.stepped and points:
        bends = [bend for (_, y), (x, then) in pairwise(points) if y != then for bend in ((x, y), (x, then))]
        points = [points[0], *bends, (horizontal.high, points[-1][1])]
    placed = tuple((_within(horizontal.position(x)), _within(vertical.position(y))) for x, y in points)
    return Stroke(points=placed, mark=one.mark, ink=one.ink, joined=one.stepped or one.joined)


def _within(position: float) -> float:
    return min(max(position, 0.0), 1.0)
