"""F-beta over a threshold, with upright lines: where it stands, where it would be best, the lowest of use."""

import math

from engine import api
from tui.drawing.scale import Scale
from tui.drawing.styled_lines import Line
from tui.plots.curve import Series, draw_curves, upright

INKS = ("top", "all", "good", "frozen", "text", "muted")
MARKS = ("◆", "•", "○", "×", "+", "▲")
"""Each F-beta has its own mark."""

IN_FORCE, BEST, LOWEST = "│", "┆", "░"
"""Upright lines: the threshold in force, the best one, the lowest allowed or of any use."""


def draw_cut_curve(curve: api.CutCurve, *, width: int, height: int) -> list[Line]:
    """Exactly ``height`` lines: the curves over the part of the axis where something happens, F1 drawn last."""
    scale = threshold_scale(curve)
    tops = [value for point in curve.points for value in point[1:] if math.isfinite(value)]
    # Its flanks fall to 0; the part worth seeing is near the top.
    top = max([*tops, 1.0])
    low = min(sorted(tops)[len(tops) // 5] if tops else 0.0, top - 5)
    vertical = Scale(max(low, 0.0), top)
    bound = max(curve.lowest, curve.discard if curve.discard is not None else 0.0)
    marked = [(bound, LOWEST, "muted")]
    marked += [(best.threshold, BEST, "top") for best in curve.best if best.beta == curve.beta]
    marked.append((curve.in_force, IN_FORCE, "warning"))
    uprights = [
        upright(at, vertical, height, mark=mark, ink=ink) for at, mark, ink in marked if scale.low <= at <= scale.high
    ]
    series = [
        Series(
            points=tuple((point[0], point[1 + i]) for point in curve.points if scale.low <= point[0] <= scale.high),
            name=f"F{beta:g}",
            mark=MARKS[i % len(MARKS)],
            ink=INKS[i % len(INKS)],
        )
        for i, beta in enumerate(curve.betas)
    ]
    return draw_curves(
        [*uprights, *reversed(series)],
        width=width,
        height=height,
        x_label="mention threshold",
        x_scale=scale,
        y_scale=vertical,
        empty="No candidate spans",
    )


def threshold_scale(curve: api.CutCurve) -> Scale:
    """From just below the lowest gold candidate to just above the highest threshold that keeps any gold."""
    useful = [point[0] for point in curve.points if any(value > 0 for value in point[1:])]
    marked = [curve.in_force, *(best.threshold for best in curve.best)]
    low = min([curve.discard or 0.0, *marked])
    high = max([*useful, *marked])
    pad = 0.04 * max(high - low, 0.05)
    return Scale(max(low - pad, 0.0), min(high + pad, 1.0))
