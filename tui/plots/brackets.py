"""Hyperband's brackets drawn: a ladder of rungs each, on one axis of epochs, with its share of the trials."""

import math
from collections.abc import Sequence

from engine import api
from tui.drawing.format import number
from tui.drawing.styled_lines import Canvas, Line, line

LEFT = 13
"""Columns of bracket, share and trials."""


def draw_brackets(brackets: Sequence[api.BracketView], width: int) -> list[Line]:
    """A head with the epochs of the rungs, then a line a bracket; a trial is judged at every ``●`` of its ladder."""
    if not brackets:
        return []
    epochs = sorted({rung for one in brackets for rung in one.rungs})
    room = max(min(width - LEFT, 44), 12)
    head, rows = Canvas(LEFT + room, 1), Canvas(LEFT + room, len(brackets))
    head.put(0, 0, "b share  n", "muted")
    for epoch in epochs:
        head.put(LEFT + _column(epoch, epochs, room - 2), 0, str(epoch), "muted")
    for row, one in enumerate(brackets):
        rows.put(0, row, f"{one.bracket} {one.share:>5.0%} {number(one.n_trials, 2):>2}")
        columns = [LEFT + _column(rung, epochs, room - 2) for rung in one.rungs]
        rows.put(columns[0], row, "─" * (columns[-1] - columns[0]), "all")
        for column in columns:
            rows.put(column, row, "●", "top")
    return [
        (),
        line(("brackets", "bold:text"), ("  the best are promoted at each ●", "muted")),
        *head.lines(),
        *rows.lines(),
    ]


def _column(epoch: int, epochs: Sequence[int], room: int) -> int:
    """Column of an epoch on a logarithmic axis."""
    low, high = math.log(epochs[0]), math.log(epochs[-1])
    return 0 if high <= low else round((math.log(epoch) - low) / (high - low) * (room - 1))
