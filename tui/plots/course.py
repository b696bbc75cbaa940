"""The course of a hyperparameter over checkpoints: ranges of the top trials against the epoch."""

from collections.abc import Sequence

from engine import api
from tui.drawing.scale import Scale
from tui.drawing.styled_lines import Canvas, Line, fit, line
from tui.plots.axis import LEAST_MARGIN, margin_of, tick_texts

LEGEND = (("│", "all", "range"), ("┃", "top", "quartiles"), ("◆", "bold:top", "median"), ("×", "bold:text", "best"))
"""Marks of the plot, their inks, what they mean."""


def draw_course(course: api.Trajectory, *, width: int, height: int) -> list[Line]:
    """Exactly ``height`` lines: legend, plot, epochs; one column of marks a checkpoint, the searched bounds dotted."""
    head = line((f" {course.dimension}", "bold:text"), *(part for mark, ink, word in LEGEND for part in
                ((f"  {mark} ", ink), (word, "muted"))))  # fmt: skip
    rows = max(height - 2, 1)
    if not course.stretches:
        canvas = Canvas(width, rows)
        canvas.put(LEAST_MARGIN, rows // 2, "No top trials yet", "muted")
        return [head, *canvas.lines(), line("")]
    vertical = Scale(
        min(one.bounds[0] for one in course.stretches), max(one.bounds[1] for one in course.stretches), course.log
    )
    texts = tick_texts((vertical.high, vertical.low), 2)
    margin = margin_of(texts, width)
    columns = max(width - margin, 8)
    canvas = Canvas(margin + columns, rows)
    for row in range(rows):
        canvas.put(margin - 1, row, "│", "edge")
    epochs = [one.epoch for one in course.stretches]
    axis = Canvas(margin + columns, 1)
    axis.put(0, 0, fit("epoch", margin - 1, right=True), "muted")
    for one, column in zip(course.stretches, epoch_columns(epochs, columns), strict=True):
        _stretch(canvas, one, margin + column, vertical, rows)
        text = f"{one.epoch:g}"
        axis.put(margin + min(max(column - 1, 0), columns - len(text)), 0, text, "muted")
    for row, text in zip((0, rows - 1), texts, strict=True):
        canvas.put(0, row, fit(text, margin - 2, right=True), "muted")
    return [head, *canvas.lines(), *axis.lines()]


def epoch_columns(epochs: Sequence[float], columns: int) -> list[int]:
    """Column of each checkpoint; several sprints at one epoch stand beside each other."""
    low, high = min(epochs), max(epochs)
    scale = Scale.around(low, high)
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
    canvas.put(column + 1, row(one.best), "×", "bold:text")
