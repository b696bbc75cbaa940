"""What the live screen says of a sprint: pure functions."""

from engine import api
from tui.plots.curve import Series, draw_curves, running_best
from tui.text import Line, line

NEWS: dict[str, tuple[str, str, str, str]] = {
    "done": ("✓ this sprint has ended: ", "good", "r", " reviews it, e extends it"),
    "orphaned": ("! its launcher is gone, nothing runs: ", "error", "S", " resumes; nothing finished is lost"),
    "draft": ("○ not started: ", "muted", "S", " starts it"),
    "ready": ("○ not started: ", "muted", "S", " starts it"),
    "paused": ("‖ paused: ", "warning", "S", " goes on"),
}
"""By state: what is the case, its ink, the key to press, what that does."""


def news(sprint: api.SprintView) -> Line:
    """What a person should do now, in one line."""
    if sprint.alarms:
        return line((f"▲ {sprint.alarms[0]}", "warning"))
    if sprint.state == "failed":
        return line((f"✗ {sprint.failure or 'it failed'}: ", "error"), ("S", "bold:accent"), " tries again")
    if sprint.state not in NEWS:
        return ()
    text, ink, key, effect = NEWS[sprint.state]
    return line((text, ink), (key, "bold:accent"), effect)


def without_date(text: str) -> str:
    """A log line without its date: the screen is narrow and the day is known."""
    return text[11:] if text[:2] == "20" and text[10:11] == " " else text


def best_so_far(sprint: api.SprintView, trials: tuple[api.TrialView, ...], width: int, height: int) -> list[Line]:
    """Scores by number, and the best so far as a step."""
    scored = [(float(t.number), t.score) for t in trials if t.state == "complete" and t.score is not None]
    points = Series(points=tuple(scored))
    best = Series(points=running_best(scored, sprint.direction), mark="", ink="top", stepped=True)
    head = line((" best so far", "top"), (f"  {sprint.metric}", "muted"))
    return [
        head,
        *draw_curves([points, best], width=width, height=max(height - 1, 2), x_label="trial", empty="no score yet"),
    ]


def varying(trials: tuple[api.TrialView, ...]) -> tuple[str, ...]:
    """Names of parameters that differ between trials: the free dimensions."""
    names: dict[str, set[str]] = {}
    for trial in trials:
        for name, value in trial.params.items():
            names.setdefault(name, set()).add(str(value))
    return tuple(name for name, values in names.items() if len(values) > 1)
