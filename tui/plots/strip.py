"""The spread of the best scores in one row: from the least to the best, their quartiles, their median."""

import math
from collections.abc import Sequence
from statistics import quantiles

from engine.api import Direction
from tui.drawing.scale import Scale
from tui.drawing.styled_lines import Canvas, Line

LEGEND = (("├┤", "all", "least to best"), ("▒", "top", "quartiles"), ("┃", "bold:top", "median"))
"""Marks of a strip, their inks, what they mean."""


def draw_strip(scores: Sequence[float], scale: Scale, width: int) -> Line:
    """One row of ``width`` cells; blank without scores, a single mark for one."""
    canvas = Canvas(width, 1)
    finite = sorted(score for score in scores if math.isfinite(score))
    if finite:
        low, high = (scale.column(end, width) for end in (finite[0], finite[-1]))
        for column in range(low, high + 1):
            canvas.put(column, 0, "─", "all")
        canvas.put(low, 0, "├", "all")
        canvas.put(high, 0, "┤", "all")
        lower, median, upper = quantiles(finite, n=4, method="inclusive") if len(finite) > 1 else finite * 3
        for column in range(scale.column(lower, width), scale.column(upper, width) + 1):
            canvas.put(column, 0, "▒", "top")
        canvas.put(scale.column(median, width), 0, "┃", "bold:top")
    return canvas.lines()[0] if width > 0 else ()


def top_scores(scores: Sequence[float], top_k: int, direction: Direction = Direction.MAXIMIZE) -> list[float]:
    """The best so many, best first; one and another not a number are left out."""
    finite = [score for score in scores if math.isfinite(score)]
    return sorted(finite, key=direction.cost)[:top_k]
