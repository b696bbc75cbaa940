"""Lines and marks as cells of the terminal: plotext draws them, in braille, eight dots to a cell."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from tui.drawing.styled_lines import Span

FIRST_COLOR = 16
"""plotext's colour numbers say which stroke a cell belongs to; below it lie names that it translates."""

_PIECE = re.compile(r"\x1b\[(?:38;5;(\d+)|[\d;]*)m")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stroke:
    """A line through points, marks at them, or both.

    Attributes:
        points: (across, upwards), each 0 … 1 from the lower left corner; nan for a gap in the line.
        mark: One character at each point; empty for none.
        ink: Of line and marks.
        joined: Whether a line runs through the points.
    """

    points: tuple[tuple[float, float], ...]
    mark: str = ""
    ink: str = ""
    joined: bool = False


def draw_strokes(strokes: Sequence[Stroke], columns: int, rows: int) -> list[list[Span]]:
    """``rows`` times ``columns`` cells, row 0 on top; later strokes over earlier ones, marks over their own line."""
    import plotext  # 25 ms, which only a screen with curves pays

    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plot_size(columns, rows)
    plotext.theme("clear")
    plotext.frame(False)
    plotext.xticks([])
    plotext.yticks([])
    plotext.xlim(0.0, 1.0)
    plotext.ylim(0.0, 1.0)
    for number, stroke in enumerate(strokes, start=FIRST_COLOR):
        runs = _runs(stroke.points)
        for run in runs if stroke.joined else ():
            if len(run) > 1:
                bends = [at for at, _ in groupby(run, key=lambda at: _snapped(at, 2 * columns, 4 * rows))]
                plotext.plot(*zip(*bends, strict=True), marker="braille", color=number)
        if stroke.mark and runs:
            places = {_snapped(at, columns, rows) for run in runs for at in run}
            plotext.scatter(*zip(*places, strict=True), marker=stroke.mark, color=number)
    inks = [stroke.ink for stroke in strokes]
    return [_cells(row, inks) for row in plotext.build().split("\n")[:rows]]


def _runs(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """What lies between the gaps."""
    return [list(run) for there, run in groupby(points, key=lambda at: math.isfinite(at[0] + at[1])) if there]


def _snapped(at: tuple[float, float], columns: int, rows: int) -> tuple[float, float]:
    """A point in the middle of its cell: what thousands of points have in common is drawn once."""
    across, upwards = (round(unit * max(n - 1, 1)) / max(n - 1, 1) for unit, n in zip(at, (columns, rows), strict=True))
    return across, upwards


def _cells(row: str, inks: Sequence[str]) -> list[Span]:
    """The cells of a row that plotext coloured."""
    cells: list[Span] = []
    ink, at = "", 0
    for escape in _PIECE.finditer(row):
        cells += [(character, ink) for character in row[at : escape.start()]]
        ink = inks[int(escape[1]) - FIRST_COLOR] if escape[1] else ""
        at = escape.end()
    return cells + [(character, ink) for character in row[at:]]
