"""Parallel coordinates: every dimension an upright axis, every trial a line across them, the score at the right."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from engine.api import Dimension, Value
from tui.format import score
from tui.ranges import Scale, place, scale_of
from tui.text import Canvas, Line, fit

AXIS_ROOM = 9
"""Least columns from one axis to the next: fewer leave no room for a name."""


def draw_parallel(
    dimensions: Sequence[Dimension],
    trials: Sequence[tuple[Mapping[str, Value], float, bool]],
    *,
    width: int,
    height: int,
    selected: str = "",
) -> list[Line]:
    """Exactly ``height`` lines; each trial is (parameters, score, is a top trial), top ones drawn last with ``•``.

    Where the width does not hold all axes, those around the selected one are drawn. A trial without a value on an axis
    has a gap there.
    """
    shown = _around([d for d in dimensions if not d.is_frozen], selected, max(width // AXIS_ROOM - 1, 1))
    rows = max(height - 3, 1)
    canvas = Canvas(width, rows + 3)
    scores = [y for _, y, _ in trials if math.isfinite(y)]
    if not scores or not shown:
        canvas.put(1, rows // 2, "no complete trial yet" if shown else "no free dimension", "muted")
        return canvas.lines()
    low, high = min(scores), max(scores)
    ladder = Scale.around(low, high)
    room = width // (len(shown) + 1)
    columns = [room // 2 + index * room for index in range(len(shown) + 1)]
    for params, y, is_top in sorted((t for t in trials if math.isfinite(t[1])), key=lambda trial: trial[2]):
        heights = [_height(d, params) for d in shown] + [ladder.position(y)]
        mark, ink = ("•", "top") if is_top else ("·", "all")
        for (left, a), (right, b) in pairwise(zip(columns, heights, strict=True)):
            if a is None or b is None:
                continue
            for column in range(left, right + 1):
                at = a + (b - a) * (column - left) / (right - left)
                canvas.put(column, 1 + rows - 1 - min(max(round(at * (rows - 1)), 0), rows - 1), mark, ink)
    for column in columns:
        for row in range(1, rows + 1):
            if canvas.at(column, row)[0] == " ":
                canvas.put(column, row, "│", "edge")
    ends = [(_end(d, last=True), _end(d, last=False), d.name) for d in shown]
    ends.append((score(ladder.high), score(ladder.low), "score"))
    for column, (above, below, name) in zip(columns, ends, strict=True):
        first = column - room // 2
        name_ink = "bold:text" if name == selected else ""
        for row, text, ink in ((0, above, "muted"), (rows + 1, below, "muted"), (rows + 2, name, name_ink)):
            canvas.put(first, row, fit(text, min(room - 1, max(len(text), 1))).center(room - 1), ink)
    return canvas.lines()


def _around(dimensions: Sequence[Dimension], selected: str, n: int) -> list[Dimension]:
    at = next((i for i, d in enumerate(dimensions) if d.name == selected), 0)
    first = min(max(at - n // 2, 0), max(len(dimensions) - n, 0))
    return list(dimensions[first : first + n])


def _height(dimension: Dimension, params: Mapping[str, Value]) -> float | None:
    if dimension.name not in params:
        return None
    at = scale_of(dimension).position(place(dimension, params[dimension.name]))
    return at if math.isfinite(at) and -0.01 <= at <= 1.01 else None


def _end(dimension: Dimension, *, last: bool) -> str:
    if dimension.kind == "categorical":
        return str(dimension.choices[-1 if last else 0])
    return dimension.text(dimension.bounds[1 if last else 0], 3)
