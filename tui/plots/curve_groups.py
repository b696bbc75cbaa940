"""Curves of a trial's epochs that belong in one plot: which there are, and one group drawn with its legend."""

from collections.abc import Sequence

from engine import api
from tui.drawing.format import number
from tui.drawing.styled_lines import Line, flowing
from tui.plots.curve import Series, draw_curves

INKS = ("all", "top", "good", "frozen", "warning", "text")
MARKS = ("•", "◆", "○", "×", "▲", "+")
"""Each curve has its own mark, so that they differ without colour."""

SCORE = "score"
"""Title of the group of the score alone."""


def curve_groups(reports: Sequence[api.EpochReport], says: api.Declaration) -> dict[str, tuple[str, ...]]:
    """Metrics that belong in one plot by its title, of those that have something to draw; the score has none.

    Args:
        reports: Epochs of a trial.
        says: What the objective says of its metrics.
    """
    groups = says.groups(name for report in reports for name in report.metrics)
    return {SCORE: (), **{title: names for title, names in groups.items() if title != SCORE}}


def group_series(title: str, reports: Sequence[api.EpochReport], says: api.Declaration) -> list[Series]:
    """The curves of a group."""
    names = curve_groups(reports, says).get(title, ())
    if title == SCORE:
        return [Series(points=tuple((float(r.step), r.score) for r in reports), name=SCORE, ink="top", joined=True)]
    series = []
    for index, name in enumerate(names):
        points = tuple((float(r.step), r.metrics[name]) for r in reports if name in r.metrics)
        mark, ink = MARKS[index % len(MARKS)], INKS[index % len(INKS)]
        series.append(Series(points=points, name=name, mark=mark, ink=ink, joined=True))
    return series


def draw_group(
    title: str,
    reports: Sequence[api.EpochReport],
    best: Sequence[api.EpochReport],
    says: api.Declaration,
    width: int,
    height: int,
) -> list[Line]:
    """A group of curves with a legend; the best trial's score as a second curve where it is another trial."""
    series = group_series(title, reports, says)
    if title == SCORE and best:
        series = [
            Series(
                points=tuple((float(r.step), r.score) for r in best),
                name="best trial",
                mark="○",
                ink="all",
                joined=True,
            ),
            *series,
        ]
    entries: list[Line] = [((f" {title} ", "bold:text"),)]
    for one in series:
        last = one.points[-1][1] if one.points else None
        entries.append(((f" {one.mark} ", one.ink), (f"{says.title(one.name)} {number(last, 3)}", "muted")))
    legend = flowing(entries, width)[: max(height - 3, 1)]
    room = max(height - len(legend), 3)
    empty = "no epoch yet" if not reports else f"The objective reports no {title}"
    return [*legend, *draw_curves(series, width=width, height=room, x_label="epoch", empty=empty)]
