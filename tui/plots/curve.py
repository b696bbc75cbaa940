"""Curves over trials or epochs: points, running best, several series in one frame."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.api import Direction
from tui.drawing.scale import Scale
from tui.drawing.styled_lines import Canvas, Line, fit, line, plain, wrap
from tui.plots.axis import LEAST_MARGIN, margin_of, score_ticks, tick_texts
from tui.plots.raster import Stroke, draw_strokes


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Points of one curve.

    Attributes:
        points: (x, y), in order of x; one that is not finite leaves a gap in a line that joins them.
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
    empty: str = "No data yet",
) -> list[Line]:
    """Exactly ``height`` lines of ``width`` cells: the plot, then one line with the horizontal axis."""
    rows = max(height - 1, 1)
    points = [(x, y) for one in series for x, y in one.points if math.isfinite(y) and math.isfinite(x)]
    if not points:
        canvas = Canvas(width, rows)
        told = wrap(empty, max(width - LEAST_MARGIN, 4))[:rows]
        for row, words in enumerate(told, start=max(rows // 2 - len(told) // 2, 0)):
            canvas.put(LEAST_MARGIN, row, plain(words), "muted")
        return [*canvas.lines(), line("")]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    horizontal = x_scale or Scale.around(min(xs), max(xs))
    vertical = y_scale or Scale.around(min(ys), max(ys))
    ticks = score_ticks(vertical, rows)
    margin = margin_of([text for _, text in ticks], width)
    columns = max(width - margin, 4)
    canvas = Canvas(margin + columns, rows)
    for row in range(rows):
        canvas.put(margin - 1, row, "│", "edge")
    for row, cells in enumerate(draw_strokes([_stroke(one, horizontal, vertical) for one in series], columns, rows)):
        for column, (character, ink) in enumerate(cells, start=margin):
            canvas.put(column, row, character, ink)
    for row, text in ticks:
        canvas.put(0, row, fit(text, margin - 2, right=True), "muted")
        if canvas.at(margin - 1, row)[0] == "│":
            canvas.put(margin - 1, row, "┤", "edge")
    left, right = tick_texts((horizontal.low, horizontal.high))
    if min(xs) == max(xs):
        left, right, x_label = "", "", f"{x_label} {tick_texts(xs[:1])[0]}".strip()
    elif len(left) + len(right) >= columns:
        right = ""
    middle = max(columns - len(left) - len(right), 0)
    axis = left + fit(x_label.center(middle) if middle >= len(x_label) else "", middle) + right
    return [*canvas.lines(), line(" " * margin, (fit(axis, columns), "muted"))]


def upright(at: float, vertical: Scale, height: int, *, mark: str, ink: str) -> Series:
    """From the bottom to the top of a plot of ``height`` lines whose axis is ``vertical``: a mark in each row."""
    rows = max(height - 1, 1)
    points = tuple((at, vertical.value((row + 0.5) / rows)) for row in range(rows))
    return Series(points=points, mark=mark, ink=ink)


def running_best(
    values: Sequence[tuple[float, float]], direction: Direction = Direction.MAXIMIZE
) -> tuple[tuple[float, float], ...]:
    """The best value so far at every x."""
    best: float | None = None
    curve = []
    for x, y in values:
        if math.isfinite(y) and (best is None or (direction.gain(y, best) > 0)):
            best = y
        if best is not None:
            curve.append((x, best))
    return tuple(curve)


def _stroke(one: Series, horizontal: Scale, vertical: Scale) -> Stroke:
    """A series within its frame; what lies outside is drawn at the edge, steps go on where there is no value."""
    points = [(x, y) if math.isfinite(x) and math.isfinite(y) else (math.nan, math.nan) for x, y in one.points]
    if one.stepped:
        points = [point for point in points if math.isfinite(point[0])]
    if one.stepped and points:
        bends = [bend for (_, y), (x, then) in pairwise(points) if y != then for bend in ((x, y), (x, then))]
        points = [points[0], *bends, (horizontal.high, points[-1][1])]
    placed = tuple((_within(horizontal.position(x)), _within(vertical.position(y))) for x, y in points)
    return Stroke(points=placed, mark=one.mark, ink=one.ink, joined=one.stepped or one.joined)


def _within(position: float) -> float:
    return position if math.isnan(position) else min(max(position, 0.0), 1.0)
