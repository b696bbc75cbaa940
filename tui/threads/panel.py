"""The panel beside the threads: what lies under the cursor, in a few lines; pure functions."""

from engine import api
from tui.drawing.format import NOTHING, duration, moment, plural, score, state_sign
from tui.drawing.styled_lines import Line, line, wrap
from tui.plots.sparkline import trend
from tui.threads.sprint_rows import finished, state_word


def sprint_details(sprint: api.SprintView) -> list[Line]:
    """A sprint in a few lines, for a side panel."""
    sign = state_sign(sprint.state)
    f = sprint.fidelity
    run = {
        "epochs": plural(f.epochs or 0, "epoch"),
        "warmup": "to the end of warmup",
        "all": plural(f.max_epochs, "epoch"),
    }[f.run_to]
    lines = [
        line((sprint.short_label or sprint.label, "bold:text")),
        line((f"{sign.glyph} {state_word(sprint)}", sign.ink), (f"  {finished(sprint)}/{sprint.n_trials} trials", "")),
        line(
            ("best ", "muted"),
            (score(sprint.best_score), "top"),
            (f" #{sprint.best_trial}" if sprint.best_trial is not None else "", "muted"),
        ),
        line(("sampler ", "muted"), f"{sprint.sampler}, {sprint.n_random} random"),
        line(("fidelity ", "muted"), f"{f.code}, {run}"),
        line(("scheduler ", "muted"), "one-cycle" if f.scheduler else "off"),
        line(("primed ", "muted"), sprint.priming or "none"),
        line(("space ", "muted"), f"#{sprint.space_number}"),
        line(("a trial ", "muted"), duration(sprint.seconds_per_trial)),
        line((trend(sprint.scores, 30), "all")),
    ]
    if "recorded" in sprint.manifest:
        lines.insert(2, line(("recorded ", "muted"), str(sprint.manifest["recorded"])))
    lines += [line((f"! {alarm}", "warning")) for alarm in sprint.alarms]
    if sprint.failure:
        lines.append(line((f"✗ {sprint.failure}", "error")))
    return lines


def thread_details(thread: api.ThreadView) -> list[Line]:
    """A thread in a few lines."""
    model = thread.options.get("model") or {}
    return [
        line((thread.name, "bold:text")),
        line(("objective ", "muted"), thread.objective),
        line(("metric ", "muted"), f"{thread.metric or NOTHING}, {thread.direction}"),
        *(line((f"{key} ", "muted"), str(value)) for key, value in list(model.items())[:8]),
        line(("space ", "muted"), f"#{thread.space_number}"),
        line(("made ", "muted"), moment(thread.created_at)),
    ]


def boundary_warnings(review: api.Review) -> int:
    """Dimensions whose best trials crowd at an edge of the range."""
    return sum(any(f.kind == "boundary" and f.severity == "warning" for f in d.findings) for d in review.dimensions)


def edges_line(count: int | None) -> Line:
    """How many boundary warnings a sprint's review has; blank until it is known."""
    if count is None:
        return ()
    return (
        line((f"▲ {plural(count, 'boundary warning')}", "warning"))
        if count
        else line(("✓ no boundary warning", "good"))
    )


def note_lines(thread: api.ThreadView, width: int) -> list[Line]:
    """What a person noted about the thread."""
    return [(), *wrap(thread.notes, width)] if thread.notes else []


def key_lines(sprint: api.SprintView | None) -> list[Line]:
    """What can be done with what lies under the cursor."""
    keys = [("p", "plan"), ("N", "note")] if sprint is None else [("r", "review"), ("p", "plan"), ("o", "live")]
    return [(), line(*(part for key, word in keys for part in ((key, "bold:accent"), f" {word}  ")))]
