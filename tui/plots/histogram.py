"""The histogram of a dimension: all trials against the top ones; below it each top trial, failures and bounds."""

from collections import Counter
from collections.abc import Sequence

from engine.api import Dimension, Value
from tui.drawing.scale import Scale, range_text
from tui.drawing.styled_lines import Canvas, Line, fit, line
from tui.plots.axis import tick_texts
from tui.plots.histogram_layout import MARGIN, Layout, lay_out, stops, value_columns

BLOCKS = " ▁▂▃▄▅▆▇█"
TOP_BLOCK = "▓"
"""Top trials are hatched, so that they differ from all trials without colour."""

RUG, RUG_MANY = "╵", "║"
"""A top trial at its value, and several in one column."""

FAILED = "✗"
"""A failed trial at its value."""


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
    top_values: Sequence[Value] = (),
    failed: Sequence[Value] = (),
) -> list[Line]:
    """Exactly ``height`` lines of at most ``width`` cells.

    Args:
        shown: The dimension as the sprint searched it; its scale is the axis.
        edges: Edges of the bins, one more than counts.
        all_counts: Trials in each bin.
        top_counts: Top trials in each bin, at most as many.
        width: Columns.
        height: Rows, those below the bars included; below 6 only bars and axis are drawn.
        current: The working space's dimension; its bounds are drawn on the row ``now``.
        proposed: What a proposal would make of it; its bounds are drawn on the row ``new``.
        top_values: Values of the top trials, each a mark on the row ``top``.
        failed: Values of the trials that failed, each a ✗ on the row ``fail``.
    """
    at = lay_out(
        shown, edges, width=width, height=height, current=current, proposed=proposed,
        has_top=bool(top_values) and shown.kind != "categorical", has_failed=bool(failed),
    )  # fmt: skip
    canvas = Canvas(MARGIN + at.width, at.bar_rows)
    merged = [_merged(counts, at.merged) for counts in (all_counts, top_counts)]
    highest = max(merged[0], default=0)
    if highest == 0:
        canvas.put(MARGIN, at.bar_rows // 2, "No complete trial yet", "muted")
    else:
        _bars(canvas, at, merged[0], merged[1], highest)
        canvas.put(0, 0, fit(str(highest), MARGIN - 1, right=True), "muted")
        canvas.put(0, at.bar_rows - 1, fit("0", MARGIN - 1, right=True), "muted")
    rows = {
        "top": lambda: _marks("top", shown, top_values, at, (RUG, RUG_MANY), "top"),
        "fail": lambda: _marks("fail", shown, failed, at, (FAILED, FAILED), "error"),
        "now": lambda: _bounds_row("now", current, shown, at, "all") if current is not None else (),
        "new": lambda: _bounds_row("new", proposed, shown, at, "top") if proposed is not None else (),
        "axis": lambda: line(" " * MARGIN, (axis_labels(shown, at.scale, at.width), "muted")),
    }
    return [*canvas.lines(), *(rows[name]() for name in at.below)]


def axis_labels(shown: Dimension, scale: Scale, width: int) -> str:
    """Labels under a plot: round values on the dimension's scale, names of categories."""
    canvas = Canvas(width, 1)
    if shown.kind == "categorical":
        room = max(width // len(shown.choices), 1)
        for index, choice in enumerate(shown.choices):
            canvas.put(index * width // len(shown.choices), 0, fit(shown.text(choice), max(room - 1, 1)))
    else:
        ticks = stops(shown, scale, max(width // 7, 2))
        labels = list(zip(ticks, tick_texts(ticks, text=shown.text), strict=True))
        taken: set[int] = set()
        for tick, label in (*labels[:1], *labels[:0:-1]):  # the ends first: what lies between gives way to them
            start = min(max(round(scale.position(tick) * width - len(label) / 2), 0), max(width - len(label), 0))
            if taken.isdisjoint(range(start - 1, start + len(label) + 1)):
                canvas.put(start, 0, label)
                taken.update(range(start, start + len(label)))
    return "".join(text for text, _ in canvas.lines()[0]) if width > 0 else ""


def legend(n_all: int, n_top: int, n_failed: int = 0) -> Line:
    """What the hatchings and marks mean."""
    failed = ((f"  {FAILED}", "error"), (f" failed {n_failed}", "muted")) if n_failed else ()
    return line(("█", "all"), (f" all {n_all}  ", "muted"), (TOP_BLOCK, "top"), (f" top {n_top}", "muted"), *failed)


def _bars(canvas: Canvas, at: Layout, all_counts: Sequence[int], top_counts: Sequence[int], highest: int) -> None:
    for index, (n_all, n_top) in enumerate(zip(all_counts, top_counts, strict=True)):
        eighths = max(round(n_all / highest * canvas.height * 8), 1) if n_all else 0
        hatched = max(round(n_top / highest * canvas.height), 1) if n_top else 0
        for column in range(at.columns[index], at.columns[index + 1] - at.gap):
            for level in range(canvas.height):
                row = canvas.height - 1 - level
                if level < hatched:
                    canvas.put(MARGIN + column, row, TOP_BLOCK, "top")
                elif level * 8 < eighths:
                    canvas.put(MARGIN + column, row, BLOCKS[min(eighths - level * 8, 8)], "all")


def _merged(counts: Sequence[int], each: int) -> list[int]:
    """Sums of neighbouring counts, so many each."""
    return [sum(counts[i : i + each]) for i in range(0, len(counts), each)]


def _marks(word: str, shown: Dimension, values: Sequence[Value], at: Layout, marks: tuple[str, str], ink: str) -> Line:
    """A mark in the column of every value, another one where several share it."""
    canvas = Canvas(MARGIN + at.width, 1)
    canvas.put(0, 0, word, "muted")
    for column, count in Counter(value_columns(shown, values, at.scale, at.width)).items():
        canvas.put(MARGIN + column, 0, marks[count > 1], ink)
    return canvas.lines()[0]


def _bounds_row(word: str, bounds: Dimension, shown: Dimension, at: Layout, ink: str) -> Line:
    canvas = Canvas(at.width, 1)
    if bounds.kind == "categorical":
        for index, choice in enumerate(shown.choices):
            if bounds.contains(choice) and index + 1 < len(at.columns):
                start, end = at.columns[index], at.columns[index + 1]
                canvas.put(start, 0, "━" * max(end - start - 1, 1), ink)
    elif isinstance(bounds.frozen, int | float):
        canvas.put(at.column_of(float(bounds.frozen)), 0, "◆", "frozen")
    else:
        start, end = at.ends_of(bounds)
        canvas.put(start, 0, "├" + "─" * max(end - start - 1, 0) + "┤", ink)
    row = canvas.lines()[0]
    if bounds.kind != "categorical":
        row = _with_text(row, range_text(bounds), at.width)
    return line((f"{word:<{MARGIN}}", "muted"), *row)


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
