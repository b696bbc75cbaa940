"""Parallel coordinates: every dimension an upright axis, every trial a line across them, the score at the right."""

import math
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from engine.api import UNSET, Dimension, Unset, Value
from tui.drawing.format import number
from tui.drawing.scale import Scale, place, scale_of
from tui.drawing.styled_lines import Canvas, Line, fit
from tui.plots.axis import score_texts
from tui.plots.braille import Dots

AXIS_ROOM = 9
"""Least columns from one axis to the next: fewer leave no room for a name."""

SLACK = 0.01
"""So far outside its axis, in lengths of the axis, a value still counts as one at its end."""

FRONT = "bold:accent"
"""Ink of the one trial before all others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParallelTrial:
    """One line of the plot.

    Attributes:
        number: Of the trial.
        params: Its values by name.
        score: Where it ends.
        is_top: Whether it is one of the top trials.
    """

    number: int
    params: Mapping[str, Value]
    score: float
    is_top: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """Where the axes of a plot stand.

    Attributes:
        dimensions: Those that have room, in order; the score's axis stands behind them.
        ladder: Scale of the score.
        columns: Of every axis.
        rows: Of the axes.
        room: Columns from one axis to the next.
    """

    dimensions: tuple[Dimension, ...]
    ladder: Scale
    columns: tuple[int, ...]
    rows: int
    room: int

    def course(self, trial: ParallelTrial) -> list[tuple[float, float]]:
        """(column, row) of a trial on every axis, with fractions, row 0 at the upper end; nan for a gap."""
        units = [_unit(d, trial.params.get(d.name, UNSET)) for d in self.dimensions]
        units.append(self.ladder.position(trial.score))
        return [
            (column, (1 - u) * (self.rows - 1) if -SLACK <= u <= 1 + SLACK else math.nan)
            for column, u in zip(self.columns, units, strict=True)
        ]


def parallel_axes(
    dimensions: Sequence[Dimension], trials: Sequence[ParallelTrial], *, width: int, height: int, selected: str = ""
) -> Axes | None:
    """The axes for this size; where not all have room, those around the selected one. None with nothing to draw."""
    shown = _around([d for d in dimensions if not d.is_frozen], selected, max(width // AXIS_ROOM - 1, 1))
    scores = [trial.score for trial in trials if math.isfinite(trial.score)]
    if not scores or not shown:
        return None
    room = width // (len(shown) + 1)
    return Axes(
        dimensions=tuple(shown),
        ladder=Scale.around(min(scores), max(scores)),
        columns=tuple(room // 2 + index * room for index in range(len(shown) + 1)),
        rows=max(height - 3, 1),
        room=room,
    )


def draw_parallel(
    dimensions: Sequence[Dimension],
    trials: Sequence[ParallelTrial],
    *,
    width: int,
    height: int,
    selected: str = "",
    front: int | None = None,
) -> list[Line]:
    """Exactly ``height`` lines: top trials as fine lines over faint dots of the others, the one ``front`` before all.

    A trial without a value on an axis has a gap there. The others' dots run from row to row, so that what thousands of
    trials share is drawn once.
    """
    axes = parallel_axes(dimensions, trials, width=width, height=height, selected=selected)
    if axes is None:
        free = [d for d in dimensions if not d.is_frozen]
        canvas = Canvas(width, height)
        canvas.put(1, max(height - 3, 1) // 2, "no complete trial yet" if free else "No free hyperparameter", "muted")
        return canvas.lines()
    canvas, rows = Canvas(width, axes.rows + 3), axes.rows
    scored = [trial for trial in trials if math.isfinite(trial.score)]
    _draw_others(canvas, axes, [trial for trial in scored if not trial.is_top and trial.number != front])
    dots = Dots(width, rows)
    before = [trial for trial in scored if trial.is_top and trial.number != front]
    for trial, ink in (*((one, "top") for one in reversed(before)), *((t, FRONT) for t in scored if t.number == front)):
        places = [(2.0 * column + 1, 4 * row + 1.5) for column, row in axes.course(trial)]
        for there, run in groupby(places, key=lambda at: math.isfinite(at[1])):
            if there:
                dots.line(list(run), ink)
    for column, row, letter, ink in dots.cells():
        canvas.put(column, row + 1, letter, ink)
    for column in axes.columns:
        for row in range(1, rows + 1):
            if canvas.at(column, row)[0] == " ":
                canvas.put(column, row, "│", "edge")
    for trial in scored:
        if trial.number == front:
            for across, down in axes.course(trial):
                if math.isfinite(down):
                    canvas.put(int(across), 1 + round(down), "●", FRONT)
    _label(canvas, axes, selected)
    return canvas.lines()


def nearest_trial(axes: Axes, trials: Sequence[ParallelTrial], column: int, row: int) -> int | None:
    """Number of the trial whose line passes a cell of the plot, top trials first; None where none is near."""
    pairs = list(pairwise(range(len(axes.columns))))
    at = next((i for i, j in pairs if axes.columns[i] <= column <= axes.columns[j]), None)
    if at is None:
        return None
    share = (column - axes.columns[at]) / (axes.columns[at + 1] - axes.columns[at])
    found: tuple[float, int] | None = None
    for trial in trials:
        course = axes.course(trial)
        away = abs(course[at][1] * (1 - share) + course[at + 1][1] * share + 1 - row) + (0 if trial.is_top else 0.5)
        if away <= 1.0 and (found is None or away < found[0]):
            found = away, trial.number
    return found[1] if found is not None else None


def _draw_others(canvas: Canvas, axes: Axes, trials: Sequence[ParallelTrial]) -> None:
    steps = [_steps(d, [trial.params.get(d.name, UNSET) for trial in trials], axes.rows) for d in axes.dimensions]
    steps.append(_steps_on(axes.ladder, [trial.score for trial in trials], axes.rows))
    for (left, here), (right, there) in pairwise(zip(axes.columns, steps, strict=True)):
        lines = {(a, b) for a, b in zip(here, there, strict=True) if a is not None and b is not None}
        for column in range(left, right + 1):
            share = (column - left) / (right - left)
            for step in {round(a + (b - a) * share) for a, b in lines}:
                canvas.put(column, axes.rows - step, "·", "edge")


def _label(canvas: Canvas, axes: Axes, selected: str) -> None:
    """Bounds above and below each axis, its name, and at its stops the categories."""
    room, rows = axes.room, axes.rows
    ends = [(_end(d, room - 1, last=True), _end(d, room - 1, last=False), d.name) for d in axes.dimensions]
    above, below = score_texts((axes.ladder.high, axes.ladder.low))
    ends.append((above, below, "score"))
    for column, (above, below, name) in zip(axes.columns, ends, strict=True):
        first = column - room // 2
        name_ink = "bold:text" if name == selected else ""
        for row, text, ink in ((0, above, "muted"), (rows + 1, below, "muted"), (rows + 2, name, name_ink)):
            canvas.put(first, row, fit(text, min(room - 1, max(len(text), 1))).center(room - 1), ink)
    for column, dimension in zip(axes.columns, axes.dimensions, strict=False):
        if dimension.kind == "categorical" and len(dimension.choices) <= rows:
            for choice in dimension.choices:
                row = 1 + round((1 - _unit(dimension, choice)) * (rows - 1))
                text = dimension.text(choice)
                canvas.put(column, row, "┼", "edge")
                canvas.put(column + 1, row, fit(text, min(len(text), room - 3)), "text")


def _around(dimensions: Sequence[Dimension], selected: str, n: int) -> list[Dimension]:
    at = next((i for i, d in enumerate(dimensions) if d.name == selected), 0)
    first = min(max(at - n // 2, 0), max(len(dimensions) - n, 0))
    return list(dimensions[first : first + n])


def _unit(dimension: Dimension, value: Value | Unset) -> float:
    """Where a value lies on its axis, 0 … 1; nan for none."""
    at = math.nan if isinstance(value, Unset) else place(dimension, value)
    if dimension.kind == "categorical" and at < 0:
        return math.nan
    return scale_of(dimension).position(at)


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
        return ""
    bound = dimension.bounds[1 if last else 0]
    text = dimension.text(bound, 3)
    return text if len(text) <= room else number(bound, 2)
