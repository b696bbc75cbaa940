"""One trial in words and curves: pure functions."""

from collections.abc import Sequence

from engine import api
from tui.drawing.format import duration, moment, number, score, state_sign, value_text
from tui.drawing.styled_lines import Line, flowing, line, wrap
from tui.plots.curve import Series, draw_curves
from tui.trial.rows import holds

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
        entries.append(((f" {one.mark} ", one.ink), (f"{_short(one.name)} {number(last, 3)}", "muted")))
    legend = flowing(entries, width)[: max(height - 3, 1)]
    room = max(height - len(legend), 3)
    empty = "no epoch yet" if not reports else f"the objective reports no {title}"
    return [*legend, *draw_curves(series, width=width, height=room, x_label="epoch", empty=empty)]


def trial_facts(trial: api.TrialView, rank: int | None, metric: str, pause: str = "") -> list[Line]:
    """State, score, parameters; `pause` as in `tui.trial.rows.holds`."""
    sign = state_sign("paused" if holds(trial, pause) else trial.state)
    return [
        line((sign.text, f"bold:{sign.ink}"), (f"  attempt {trial.attempt}" if trial.attempt > 1 else "", "warning")),
        line(
            (f"{metric or 'score'} ", "muted"),
            (score(trial.score), "bold:top"),
            (f"  rank {rank}" if rank else "", "muted"),
        ),
        line(("from ", "muted"), trial.source, (f" ({trial.source_trial})" if trial.source_trial else "", "muted")),
        line(("epochs ", "muted"), f"{trial.epoch} of {trial.n_epochs}, {trial.phase}"),
        line(("subsets ", "muted"), f"train {trial.fold[0]}, validation {trial.fold[1]}"),
        line(("seed ", "muted"), str(trial.seed), (f"  by {trial.worker}" if trial.worker else "", "muted")),
        line(("took ", "muted"), duration(trial.seconds), (f"  began {moment(trial.started_at)}", "muted")),
        (),
    ]


def metric_lines(reports: Sequence[api.EpochReport]) -> list[Line]:
    """What the last epoch measured, task by task."""
    if not reports:
        return []
    last = reports[-1].metrics
    shown = [name for _, names in GROUPS for name in names if name in last]
    label = max((len(_short(name)) for name in shown), default=4) + 1
    return [line((f"after epoch {reports[-1].step}", "muted"))] + [
        line((_short(name).ljust(label), "muted"), score(last[name]) if "_f1_" in name else number(last[name]))
        for name in shown
    ]


def _short(name: str) -> str:
    return name.replace("_f1_micro", " F1").replace("docs_per_s", "documents/s").replace("_", " ")


def parameter_lines(trial: api.TrialView, space: Sequence[api.Dimension]) -> list[Line]:
    """Every parameter with a mark where it lies in its range."""
    known = {dimension.name: dimension for dimension in space}
    label = max((len(name) for name in trial.params), default=4) + 1
    lines = []
    for name, value in trial.params.items():
        dimension = known.get(name)
        where = ""
        if dimension is not None and dimension.kind != "categorical" and not dimension.is_frozen:
            position = min(max(dimension.to_unit(value), 0.0), 1.0)
            cells = ["─"] * 12
            cells[min(int(position * 12), 11)] = "●"
            where = "├" + "".join(cells) + "┤"
        elif dimension is not None and dimension.is_frozen:
            where = "frozen"
        lines.append(line((name.ljust(label), "muted"), (value_text(value).ljust(11), "bold:text"), (where, "all")))
    return lines


def failure_lines(trial: api.TrialView, width: int) -> list[Line]:
    """Why it ended early, what casts doubt on its score, and the traceback where it failed."""
    lines: list[Line] = []
    for finding in trial.findings:
        lines += wrap(finding, width, "warning")
    if trial.reason:
        lines += wrap(trial.reason, width, state_sign(trial.state).ink)
    for text in trial.failure.splitlines()[-30:]:
        lines.append(line((text, "muted")))
    return lines
