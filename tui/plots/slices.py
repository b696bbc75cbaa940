"""Slices: the score against every dimension at once, one small frame each."""

from collections.abc import Mapping, Sequence

from engine.api import DimensionReview, Direction, TrialRecord, Value
from tui.drawing.styled_lines import Line, fit, fit_line, line
from tui.plots.scatter import draw_score_scatter

SLICE_WIDTH, SLICE_HEIGHT = 26, 6
"""Least cells of a frame, its title included."""


def draw_slices(
    dimensions: Sequence[DimensionReview],
    *,
    width: int,
    height: int,
    n_top: int,
    direction: Direction = Direction.MAXIMIZE,
    selected: str = "",
    failed: Sequence[Mapping[str, Value]] = (),
    front: TrialRecord | None = None,
) -> list[Line]:
    """At most ``height`` lines; where not all frames have room, the selected dimension's page of them is drawn."""
    free = [one for one in dimensions if one.active and not one.dimension.is_frozen]
    if not free:
        return [line((" no free dimension", "muted"))]
    across = min(max(width // SLICE_WIDTH, 1), len(free))
    down = min(max(height // SLICE_HEIGHT, 1), -(-len(free) // across))
    at = next((i for i, one in enumerate(free) if one.dimension.name == selected), 0)
    page = at // (across * down) * across * down
    own_width, own_height = width // across, height // down
    lines: list[Line] = []
    for row in range(down):
        begin = page + row * across
        frames = []
        for one in free[begin : min(begin + across, page + across * down)]:
            ink = "bold:top" if one.dimension.name == selected else "bold:text"
            plot = draw_score_scatter(
                one.dimension, one.points, width=own_width - 1, height=own_height - 1, n_top=n_top, direction=direction,
                failed=[params[one.dimension.name] for params in failed if one.dimension.name in params],
                front=(front.params[one.dimension.name], front.score)
                if front is not None and front.score is not None and one.dimension.name in front.params else None,
            )  # fmt: skip
            frames.append([line((" " + fit(one.dimension.name, own_width - 2), ink)), *plot])
        lines += [
            tuple(span for part in parts for span in fit_line(part, own_width)) for parts in zip(*frames, strict=True)
        ]
    return lines
