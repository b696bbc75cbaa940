"""One trial in words and curves: pure functions."""

from collections.abc import Sequence

from engine import api
from tui.drawing.format import duration, moment, number, score, state_sign, value_text
from tui.drawing.styled_lines import Line, line, wrap
from tui.trial.rows import holds


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
        line(
            ("suggested by ", "muted"),
            trial.source,
            (f" ({trial.source_trial})" if trial.source_trial else "", "muted"),
        ),
        line(("epochs ", "muted"), f"{trial.epoch} of {trial.n_epochs}, {trial.phase}"),
        line(("subsets ", "muted"), f"train {trial.fold[0]}, validation {trial.fold[1]}"),
        line(("seed ", "muted"), str(trial.seed), (f"  by {trial.worker}" if trial.worker else "", "muted")),
        line(("duration ", "muted"), duration(trial.seconds), (f"  started {moment(trial.started_at)}", "muted")),
        (),
    ]


def metric_lines(reports: Sequence[api.EpochReport], says: api.Declaration) -> list[Line]:
    """What the last epoch measured, in the order and the words of the objective."""
    if not reports:
        return []
    last = reports[-1].metrics
    shown = [name for names in says.groups(last).values() for name in names]
    label = max((len(says.title(name)) for name in shown), default=4) + 1
    return [line((f"after epoch {reports[-1].step}", "muted"))] + [
        line((says.title(name).ljust(label), "muted"), (score if says.unit_of(name) == "%" else number)(last[name]))
        for name in shown
    ]


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
    for text in trial.failure.splitlines():
        lines.append(line((text, "muted")))
    return lines
