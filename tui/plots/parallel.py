"""Parallel coordinates: every dimension an upright axis, every trial a line across them, the score at the right."""

import math
from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import pairwise

from engine.api import UNSET, Dimension, Unset, Value
from tui.drawing.format import number
from tui.drawing.scale import Scale, place, scale_of
from tui.drawing.styled_lines import Canvas, Line, fit
from tui.plots.axis import score_texts

AXIS_ROOM = 9
"""Least columns from one axis to the next: fewer leave no room for a name."""

SLACK = 0.01
"""So far outside its axis, in lengths of the axis, a value still counts as one at its end."""


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
    has a gap there. Lines run from row to row, so that what thousands of trials share is drawn once.
    """
    shown = _around([d for d in dimensions if not d.is_frozen], selected, max(width // AXIS_ROOM - 1, 1))
    rows = max(height - 3, 1)
    canvas = Canvas(width, rows + 3)
    scored = [trial for trial in trials if math.isfinite(trial[1])]
    if not scored or not shown:
        canvas.put(1, rows // 2, "no complete trial yet" if shown else "no free dimension", "muted")
        return canvas.lines()
    scores = [y for _, y, _ in scored]
    ladder = Scale.around(min(scores), max(scores))
    room = width // (len(shown) + 1)
    columns = [room // 2 + index * room for index in range(len(shown) + 1)]
    for mark, ink, wanted in (("·", "all", False), ("•", "top", True)):
        some = [trial for trial in scored if trial[2] == wanted]
        steps = [_steps(d, [params.get(d.name, UNSET) for params, _, _ in some], rows) for d in shown]
        steps.append(_steps_on(ladder, [y for _, y, _ in some], rows))
        for (left, here), (right, there) in pairwise(zip(columns, steps, strict=True)):
            lines = {(a, b) for a, b in zip(here, there, strict=True) if a is not None and b is not None}
            for column in range(left, right + 1):
                share = (column - left) / (right - left)
                for step in {round(a + (b - a) * share) for a, b in lines}:
                    canvas.put(column, rows - step, mark, ink)
    for column in columns:
        for row in range(1, rows + 1):
            if canvas.at(column, row)[0] == " ":
                canvas.put(column, row, "│", "edge")
    ends = [(_end(d, room - 1, last=True), _end(d, room - 1, last=False), d.name) for d in shown]
    above, below = score_texts((ladder.high, ladder.low))
    ends.append((above, below, "score"))
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


def _steps(dimension: Dimension, values: Sequence[Value | Unset], rows: int) -> list[int | None]:
    """The row of each value on its axis, 0 at the bottom; None where it has no place."""
    scale = scale_of(dimension)
    if dimension.kind == "categorical":
        steps = [_steps_on(scale, [place(dimension, choice)], rows)[0] for choice in dimension.choices]
        found = [-1 if isinstance(value, Unset) else dimension.index(value) for value in values]
        return [steps[index] if index >= 0 else None for index in found]
    return _steps_on(scale, [float(value) if isinstance(value, int | float) else math.nan for value in values], rows)


def _steps_on(scale: Scale, values: Sequence[float], rows: int) -> list[int | None]:
    """The row of each value: found between the values where one row becomes the next, as thousands are looked up."""
    cuts = [scale.value((step + 0.5) / (rows - 1)) for step in range(rows - 1)]
    low, high = scale.value(-SLACK), scale.value(1 + SLACK)
    return [bisect(cuts, value) if low <= value <= high else None for value in values]


def _end(dimension: Dimension, room: int, *, last: bool) -> str:
    if dimension.kind == "categorical":
        return dimension.text(dimension.choices[-1 if last else 0])
    bound = dimension.bounds[1 if last else 0]
    text = dimension.text(bound, 3)
    return text if len(text) <= room else number(bound, 2)
