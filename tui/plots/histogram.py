"""The histogram of a dimension: all trials against the top ones, with current and proposed bounds drawn below.

Notations:
    W  columns of the plot; every column belongs to one bin by the value at its centre.
"""

import math
from collections.abc import Sequence

from engine.api import Dimension, Value
from tui.drawing.scale import Scale, place, range_text, scale_of
from tui.drawing.styled_lines import Canvas, Line, fit, line
from tui.plots.axis import tick_texts

BLOCKS = " ▁▂▃▄▅▆▇█"
TOP_BLOCK = "▓"
"""Top trials are hatched, so that they differ from all trials without colour."""

MARGIN = 5
"""Columns left of the plot, for counts and the words now and new."""


def draw_histogram(
    shown: Dimension,
    edges: Sequence[float],
    all_counts: Sequence[int],
    top_counts: Sequence[int],
    *,
    width: int,
    height: int,
    current: Dimension | None = None,
    proposed: Dimension | None = None,
) -> list[Line]:
    """Exactly ``height`` lines of at most ``width`` cells.

    Args:
        shown: The dimension as the sprint searched it; its scale is the axis.
        edges: Edges of the bins, one more than counts.
        all_counts: Trials in each bin.
        top_counts: Top trials in each bin, at most as many.
        width: Columns.
        height: Rows, axis and bound lines included; below 4 only bars are drawn.
        current: The working space's dimension; its bounds are drawn on the row ``now``.
        proposed: What a proposal would make of it; its bounds are drawn on the row ``new``.
    """
    plot_width = max(width - MARGIN, 8)
    scale = axis_scale(shown, current, proposed)
    rows_below = 1 + (current is not None) + (proposed is not None) if height >= 6 else 1
    bar_rows = max(height - rows_below, 1)
    canvas = Canvas(MARGIN + plot_width, bar_rows)
    top = max(all_counts, default=0)
    if top == 0:
        canvas.put(MARGIN, bar_rows // 2, "no complete trial yet", "muted")
    else:
        _bars(canvas, scale, edges, all_counts, top_counts, top, plot_width)
        canvas.put(0, 0, fit(str(top), MARGIN - 1, right=True), "muted")
        canvas.put(0, bar_rows - 1, fit("0", MARGIN - 1, right=True), "muted")
    lines = canvas.lines()
    if rows_below > 1:
        if current is not None:
            lines.append(_bounds_row("now", current, shown, scale, plot_width, "all"))
        if proposed is not None:
            lines.append(_bounds_row("new", proposed, shown, scale, plot_width, "top"))
    lines.append(line(" " * MARGIN, (axis_labels(shown, scale, plot_width), "muted")))
    return lines


def axis_scale(shown: Dimension, *others: Dimension | None) -> Scale:
    """The scale of the shown dimension, extended so that every other one's bounds fit on it."""
    scale = scale_of(shown)
    if shown.kind == "categorical":
        return scale
    return scale.extended(*(bound for other in others if other is not None for bound in other.bounds))


def axis_labels(shown: Dimension, scale: Scale, width: int) -> str:
    """Tick labels under the plot: decades on a log axis, names of categories, else both ends and the middle."""
    canvas = Canvas(width, 1)
    if shown.kind == "categorical":
        room = max(width // len(shown.choices), 1)
        for index, choice in enumerate(shown.choices):
            canvas.put(index * width // len(shown.choices), 0, fit(shown.text(choice), max(room - 1, 1)))
    else:
        ticks = scale.ticks(max(width // 7, 2))
        labels = list(zip(ticks, tick_texts(ticks, text=shown.text), strict=True))
        taken: set[int] = set()
        for tick, label in (*labels[:1], *labels[:0:-1]):  # the ends first: what lies between gives way to them
            start = min(max(round(scale.position(tick) * width - len(label) / 2), 0), max(width - len(label), 0))
            if taken.isdisjoint(range(start - 1, start + len(label) + 1)):
                canvas.put(start, 0, label)
                taken.update(range(start, start + len(label)))
    return "".join(text for text, _ in canvas.lines()[0]) if width > 0 else ""


def nearest_bin(edges: Sequence[float], value: float) -> int | None:
    """Index of the bin that holds a value; None outside; the last bin holds its upper edge."""
    if len(edges) < 2 or not edges[0] <= value <= edges[-1]:
        return None
    for index in range(len(edges) - 1):
        if value < edges[index + 1]:
            return index
    return len(edges) - 2


def legend(n_all: int, n_top: int) -> Line:
    """What the two hatchings mean."""
    return line(("█", "all"), (f" all {n_all}  ", "muted"), (TOP_BLOCK, "top"), (f" top {n_top}", "muted"))


def value_columns(dimension: Dimension, values: Sequence[Value], scale: Scale, width: int) -> list[int]:
    """Columns of values on an axis; those that have no place are left out."""
    placed = [place(dimension, value) for value in values]
    return [scale.column(x, width) for x in placed if math.isfinite(x) and 0 <= scale.position(x) <= 1]


def _bars(
    canvas: Canvas,
    scale: Scale,
    edges: Sequence[float],
    all_counts: Sequence[int],
    top_counts: Sequence[int],
    top: int,
    width: int,
) -> None:
    shift = 0.5 if edges and edges[0] == 0 and scale.low == -0.5 else 0.0  # categories: bins 0 … n, axis -0.5 … n-0.5
    columns = [nearest_bin(edges, scale.value((c + 0.5) / width) + shift) for c in range(width)]
    gap = width >= 3 * len(all_counts)
    for column, index in enumerate(columns):
        last_of_bin = column + 1 < width and columns[column + 1] != index
        if index is None or index >= len(all_counts) or (gap and last_of_bin):
            continue
        eighths = max(round(all_counts[index] / top * canvas.height * 8), 1) if all_counts[index] else 0
        hatched = max(round(top_counts[index] / top * canvas.height), 1) if top_counts[index] else 0
        for level in range(canvas.height):
            row = canvas.height - 1 - level
            if level < hatched:
                canvas.put(MARGIN + column, row, TOP_BLOCK, "top")
            elif level * 8 < eighths:
                canvas.put(MARGIN + column, row, BLOCKS[min(eighths - level * 8, 8)], "all")


def _bounds_row(word: str, bounds: Dimension, shown: Dimension, scale: Scale, width: int, ink: str) -> Line:
    canvas = Canvas(width, 1)
    if bounds.kind == "categorical":
        for index, choice in enumerate(shown.choices):
            if bounds.contains(choice):
                start = index * width // len(shown.choices)
                end = (index + 1) * width // len(shown.choices)
                canvas.put(start, 0, "━" * max(end - start - 1, 1), ink)
    elif isinstance(bounds.frozen, int | float):
        canvas.put(scale.column(float(bounds.frozen), width), 0, "◆", "frozen")
    else:
        start, end = (scale.column(bound, width) for bound in bounds.bounds)
        canvas.put(start, 0, "├" + "─" * max(end - start - 1, 0) + "┤", ink)
    label = f"{word:<{MARGIN}}"
    text = range_text(bounds)
    row = canvas.lines()[0]
    if bounds.kind != "categorical":
        row = _with_text(row, text, width)
    return line((label, "muted"), *row)


def _with_text(row: Line, text: str, width: int) -> Line:
    """The range in words beside its line, on the side that has room; left out when neither has."""
    drawn = "".join(part for part, _ in row)
    left, right = len(drawn) - len(drawn.lstrip()), len(drawn) - len(drawn.rstrip())
    if right > len(text):
        return (*_cut(row, width - right), (f" {text}", "muted"))
    if left > len(text):
        return ((fit(text, left - 1, right=True) + " ", "muted"), *_cut(row, width, left))
    return row


def _cut(row: Line, end: int, start: int = 0) -> Line:
    spans: list[tuple[str, str]] = []
    at = 0
    for text, ink in row:
        part = text[max(start - at, 0) : max(end - at, 0)]
        if part:
            spans.append((part, ink))
        at += len(text)
    return tuple(spans)
