"""Sparklines: counts or scores in one row of blocks."""

import math
from collections.abc import Sequence

from tui.drawing.scale import Scale

LEVELS = "▁▂▃▄▅▆▇█"
EMPTY = "·"
"""An empty bin, so that the line shows where the range ends."""


def sparkline(counts: Sequence[float], width: int) -> str:
    """Counts as blocks, the largest one full; bins are joined or repeated to fill ``width`` cells."""
    if not counts or width <= 0:
        return ""
    cells = resample(counts, width)
    top = max(cells)
    if top <= 0:
        return EMPTY * width
    return "".join(EMPTY if cell <= 0 else LEVELS[min(int(cell / top * 8 - 1e-9), 7)] for cell in cells)


def trend(values: Sequence[float], width: int) -> str:
    """A series as blocks between its lowest and highest value, a dot for none; the last ``width`` of them, or fewer."""
    shown = list(values)[-width:] if width > 0 else []
    if not shown:
        return ""
    finite = [value for value in shown if math.isfinite(value)]
    if not finite:
        return EMPTY * len(shown)
    low, high = min(finite), max(finite)
    scale = Scale.around(low, high)
    return "".join(
        EMPTY if not math.isfinite(value) else LEVELS[3] if high == low else LEVELS[scale.column(value, 8)]
        for value in shown
    )


def resample(counts: Sequence[float], width: int) -> list[float]:
    """Counts in ``width`` cells: a bin's count repeated where there is room, else shared by the cells it lies in."""
    n = len(counts)
    if n <= width:
        return [float(counts[i * n // width]) for i in range(width)]
    cells = [0.0] * width
    for i, count in enumerate(counts):
        start, end = i * width / n, (i + 1) * width / n
        first, last = int(start + 1e-9), min(int(end - 1e-9), width - 1)
        if first == last:
            cells[first] += count
        else:  # at most two cells: a bin is narrower than a cell
            cells[first] += count * (last - start) / (end - start)
            cells[last] += count * (end - last) / (end - start)
    return cells
