"""What the live screen says of a sprint: pure functions."""

from collections.abc import Sequence
from dataclasses import replace

from engine import api
from tui.drawing.format import number, state_sign
from tui.drawing.styled_lines import Line, line, width_of
from tui.plots.curve import Series, draw_curves, running_best
from tui.plots.curve_groups import INKS, MARKS, group_series

VIEWS = ("best so far", "score", "loss", "losses", "learning rate", "parameters")
"""What the live screen shows beside the log, in the order of the key that switches it; all but the first are of the
selected trial."""

NEWS: dict[str, tuple[str, str, str, str]] = {
    "done": ("✓ Sprint finished: ", "good", "r", " review · e extend"),
    "stopped": ("✓ Stopped before the budget was used: ", "good", "R", " resume · r review"),
    "orphaned": ("! The launcher has died, nothing is running: ", "error", "R", " resume (finished trials are kept)"),
    "draft": ("○ Not started: ", "muted", "R", " start"),
    "ready": ("○ Not started: ", "muted", "R", " start"),
    "paused": ("‖ Paused: ", "warning", "R", " resume"),
}
"""By state: what is the case, its ink, the key to press, what that does."""


def news(sprint: api.SprintView) -> Line:
    """What a person should do now, in one line."""
    if sprint.alarms:
        return line((f"▲ {sprint.alarms[0]}", "warning"))
    if sprint.state == api.SprintState.FAILED:
        return line((f"✗ {sprint.failure or 'Failed'}: ", "error"), ("R", "bold:accent"), " retry")
    if sprint.state == api.SprintState.RUNNING and not (sprint.n_running or sprint.n_complete or sprint.n_pruned):
        return line(("A worker is loading data and model …", "muted"))
    if sprint.state == api.SprintState.PAUSED and sprint.pause_mode:
        return line((f"‖ {sprint.standing}: ", "warning"), ("R", "bold:accent"), " resume")
    state = "stopped" if sprint.stopped else sprint.state
    if state not in NEWS:
        return ()
    text, ink, key, effect = NEWS[state]
    return line((text, ink), (key, "bold:accent"), effect)


def why_line(trial: api.TrialView | None, width: int) -> Line:
    """Why a trial did not run to its end; empty for one that did or still runs.

    Where the sentence does not fit into ``width`` cells, the sign alone stands for the state, as in the trial's row.
    """
    if trial is None or not trial.state.is_cut_short or not trial.reason:
        return ()
    sign = state_sign(trial.state)
    text = f"{sign.glyph} #{trial.number} {sign.word}: {trial.reason}"
    if len(text) > width:
        text = f"{sign.glyph} #{trial.number} {trial.reason}"
    return line((text, sign.ink if sign.ink != "muted" else ""))


def without_date(text: str) -> str:
    """A log line without its date: the screen is narrow and the day is known."""
    return text[11:] if text[:2] == "20" and text[10:11] == " " else text


def best_so_far(
    sprint: api.SprintView, trials: tuple[api.TrialView, ...], width: int, height: int, selected: int | None = None
) -> list[Line]:
    """Scores by number, the best so far as a step, and the selected trial's score in front."""
    scored = [(float(t.number), t.score) for t in trials if t.state == api.TrialState.COMPLETE and t.score is not None]
    points = Series(points=tuple(scored))
    best = Series(points=running_best(scored, sprint.direction), mark="", ink="top", stepped=True)
    mine = tuple(point for point in scored if point[0] == selected)
    chosen = [Series(points=mine, mark="◆", ink="accent")] if mine else []
    named = (f"  ◆ #{selected} {number(mine[0][1])}", "accent") if mine else ("", "")
    head = line((" best so far", "top"), (f"  {sprint.metric}", "muted"), named)
    room = max(height - 1, 2)
    return [
        head,
        *draw_curves([points, best, *chosen], width=width, height=room, x_label="trial", empty="no score yet"),
    ]


def speed(epochs: Sequence[Sequence[api.EpochReport]], rate: str) -> float:
    """What trials train at together, units a second, by the last epoch of each that says it; 0 when none does.

    Args:
        epochs: By trial.
        rate: Metric that says it.
    """
    return sum(next((e.metrics[rate] for e in reversed(own) if rate in e.metrics), 0.0) for own in epochs)


def against_best(
    view: str,
    own: tuple[int | None, Sequence[api.EpochReport]],
    best: tuple[int | None, Sequence[api.EpochReport]],
    says: api.Declaration,
    width: int,
    height: int,
) -> list[Line]:
    """A trial's curves of one view, epoch by epoch, and the best trial's as well.

    Of the loss alone and of the learning rates both trials are drawn; of the loss parts only the trial's own, with the
    best trial's last value behind each name, because ten curves in one frame cannot be told apart.

    Args:
        view: One of `VIEWS` after the first.
        own: Number and epochs of the trial.
        best: Number and epochs of the best trial.
        says: What the objective says of its metrics.
        width: Cells.
        height: Rows, the legend's included.
    """
    group = "losses" if view == "loss" else view
    mine = [one for one in group_series(group, own[1], says) if one.points]
    if view == "loss":
        mine = [one for one in mine if one.name == "loss"] or mine
    theirs = {one.name: one for one in group_series(group, best[1], says) if one.points}
    if view == "losses":
        mine = [one for one in mine if one.name != "loss"]
    drawn = list(mine)
    legend = [(f" {view} ", "bold:text"), (f"#{own[0]} " if own[0] is not None else "", "top")]
    for index, one in enumerate(mine):
        value = one.points[-1][1]
        legend.append((f" {one.mark} ", one.ink))
        legend.append((f"{one.name.replace('loss_', '').replace('lr_', '')} {number(value, 3)}", ""))
        other = theirs.get(one.name)
        if other is None:
            continue
        if view == "losses":
            legend.append((f" (best {number(other.points[-1][1], 3)})", "muted"))
        else:
            mark = MARKS[(index + len(mine)) % len(MARKS)]
            drawn.insert(0, replace(other, mark=mark, ink=INKS[(index + len(mine)) % len(INKS)]))
            legend.append((f" {mark} ", drawn[0].ink))
            legend.append((f"best #{best[0]} {number(other.points[-1][1], 3)}", "muted"))
    empty = "no epoch yet" if not own[1] else f"The objective reports no {view}"
    head = _flowing(legend, width)[: max(height // 2, 1)]
    return [*head, *draw_curves(drawn, width=width, height=max(height - len(head), 2), x_label="epoch", empty=empty)]


def _flowing(spans: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """Spans on as many lines as they need; a mark stays with the name behind it."""
    lines: list[Line] = [()]
    for text, ink in spans:
        is_mark = text.strip() in MARKS
        room = width - (12 if is_mark else 0)
        if lines[-1] and width_of((*lines[-1], (text, ink))) > room and (is_mark or not _ends_in_mark(lines[-1])):
            lines.append(())
        lines[-1] = (*lines[-1], (text, ink)) if text else lines[-1]
    return lines


def _ends_in_mark(spans: Line) -> bool:
    return bool(spans) and spans[-1][0].strip() in MARKS
