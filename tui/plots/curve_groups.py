"""Curves of a trial's epochs that belong in one plot: which there are, and one group drawn with its legend."""

from collections.abc import Sequence

from engine import api
from tui.drawing.format import number
from tui.drawing.styled_lines import Line, flowing
from tui.plots.curve import Series, draw_curves

INKS = ("all", "top", "good", "frozen", "warning", "text")
MARKS = ("•", "◆", "○", "×", "▲", "+")
"""Each curve has its own mark, so that they differ without colour."""

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("score", ()),
    ("F1 by task", ("mention_f1_micro", "coref_f1_micro", "entity_f1_micro", "rel_f1_micro", "rel_nec_f1_micro")),
    ("losses", ("loss", "loss_mention", "loss_coref", "loss_entity", "loss_relation")),
    ("learning rate", ("lr", "lr_shared", "lr_mention", "lr_coref", "lr_entity", "lr_relation")),
    ("thresholds", ("threshold_mention", "threshold_coref", "threshold_relation")),
    ("task weights", ("weight_mention", "weight_coref", "weight_entity", "weight_relation")),
    ("documents per second", ("docs_per_s",)),
)
"""Curves that belong in one plot."""


def curve_groups(reports: Sequence[api.EpochReport]) -> list[str]:
    """Names of the groups that have something to draw."""
    known = {name for report in reports for name in report.metrics}
    return [title for title, names in GROUPS if not names or known & set(names)]


def group_series(title: str, reports: Sequence[api.EpochReport]) -> list[Series]:
    """The curves of a group."""
    names = dict(GROUPS).get(title, ())
    if not names:
        return [Series(points=tuple((float(r.step), r.score) for r in reports), name="score", ink="top", joined=True)]
    series = []
    for index, name in enumerate(names):
        points = tuple((float(r.step), r.metrics[name]) for r in reports if name in r.metrics)
        if points:
            mark, ink = MARKS[index % len(MARKS)], INKS[index % len(INKS)]
            series.append(Series(points=points, name=name, mark=mark, ink=ink, joined=True))
    return series


def draw_group(
    title: str, reports: Sequence[api.EpochReport], best: Sequence[api.EpochReport], width: int, height: int
) -> list[Line]:
    """A group of curves with a legend; the best trial's score as a second curve where it is another trial."""
    series = group_series(title, reports)
    if title == "score" and best:
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
        entries.append(((f" {one.mark} ", one.ink), (f"{short_name(one.name)} {number(last, 3)}", "muted")))
    legend = flowing(entries, width)[: max(height - 3, 1)]
    room = max(height - len(legend), 3)
    empty = "no epoch yet" if not reports else f"the objective reports no {title}"
    return [*legend, *draw_curves(series, width=width, height=room, x_label="epoch", empty=empty)]


def short_name(name: str) -> str:
    """A metric's name as a legend has room for it."""
    return name.replace("_f1_micro", " F1").replace("docs_per_s", "documents/s").replace("_", " ")
