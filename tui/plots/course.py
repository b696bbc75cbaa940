"""The course of a hyperparameter over checkpoints: ranges of the top trials against the epoch."""

from collections.abc import Sequence

from engine import api
from tui.format import number
from tui.plots.curve import MARGIN
from tui.ranges import Scale
from tui.text import Canvas, Line, fit, line

LEGEND = (("│", "all", "range"), ("┃", "top", "quartiles"), ("◆", "bold:top", "median"), ("*", "bold:text", "best"))
"""Marks of the plot, their inks, what they mean."""


def draw_course(course: api.Trajectory, *, width: int, height: int) -> list[Line]:
    """Exactly ``height`` lines: legend, plot, epochs; one column of marks a checkpoint, the searched bounds dotted."""
    head = line((f" {course.dimension}", "bold:text"), *(part for mark, ink, word in LEGEND for part in
                ((f"  {mark} ", ink), (word, "muted"))))  # fmt: skip
    rows, columns = max(height - 2, 1), max(width - MARGIN, 8)
    canvas = Canvas(MARGIN + columns, rows)
    for row in range(rows):
        canvas.put(MARGIN - 1, row, "│", "edge")
    if not course.stretches:
        canvas.put(MARGIN, rows // 2, "no top trials yet", "muted")
        return [head, *canvas.lines(), line("")]
    vertical = Scale(
        min(one.bounds[0] for one in course.stretches), max(one.bounds[1] for one in course.stretches), course.log
    )
    epochs = [one.epoch for one in course.stretches]
    axis = Canvas(MARGIN + columns, 1)
    axis.put(0, 0, fit("epoch", MARGIN - 1, right=True), "muted")
    for one, column in zip(course.stretches, epoch_columns(epochs, columns), strict=True):
        _stretch(canvas, one, MARGIN + column, vertical, rows)
        axis.put(MARGIN + max(column - 1, 0), 0, f"{one.epoch:g}", "muted")
    canvas.put(0, 0, fit(number(vertical.high, 2), MARGIN - 2, right=True), "muted")
    canvas.put(0, rows - 1, fit(number(vertical.low, 2), MARGIN - 2, right=True), "muted")
    return [head, *canvas.lines(), *axis.lines()]


def epoch_columns(epochs: Sequence[float], columns: int) -> list[int]:
    """Column of each checkpoint; several sprints at one epoch stand beside each other."""
    low, high = min(epochs), max(epochs)
    scale = Scale(low, high) if high > low else Scale(low - 1, high + 1)
    placed: list[int] = []
    for epoch in epochs:
        column = 1 + scale.column(epoch, max(columns - 6, 1))
        while column in placed:
            column += 2
        placed.append(column)
    return placed


def _stretch(canvas: Canvas, one: api.Stretch, column: int, vertical: Scale, rows: int) -> None:
    def row(value: float) -> int:
        return rows - 1 - vertical.column(value, rows)

    for value in one.bounds:
        canvas.put(column - 1, row(value), "┄┄┄", "edge")
    for between in range(row(one.high), row(one.low) + 1):
        canvas.put(column, between, "│", "all")
    for between in range(row(one.upper), row(one.lower) + 1):
        canvas.put(column, between, "┃", "top")
    canvas.put(column, row(one.median), "◆", "bold:top")
    canvas.put(column + 1, row(one.best), "*", "bold:text")
