"""The panel beside the threads: what lies under the cursor, in a few lines; pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from engine import api
from tui.drawing.format import NOTHING, SEVERITY_SIGNS, StateSign, duration, moment, plural, score
from tui.drawing.styled_lines import Line, line, wrap
from tui.plots.sparkline import trend
from tui.threads.sprint_rows import sprint_sign


def sprint_details(sprint: api.SprintView) -> list[Line]:
    """A sprint in a few lines, for a side panel."""
    sign = sprint_sign(sprint)
    f = sprint.fidelity
    run = {
        "epochs": plural(f.epochs or 0, "epoch"),
        "warmup": "until the end of warmup",
        "all": plural(f.max_epochs, "epoch"),
    }[f.run_to]
    lines = [
        line((sprint.short_label or sprint.label, "bold:text")),
        line((sign.text, sign.ink), (f"  {api.progress_counts(sprint)}", "")),
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
        *gains(thread),
    ]


def gains(thread: api.ThreadView) -> list[Line]:
    """From sprint to sprint of one stage and fidelity: the best before and after."""
    lines: list[Line] = []
    for stage in dict.fromkeys(sprint.stage for sprint in thread.sprints):
        scored = [
            s
            for s in thread.sprints
            if s.stage == stage and s.best_score is not None and s.state == api.SprintState.DONE
        ]
        for before, after in pairwise(scored):
            if before.fidelity == after.fidelity:
                cost = (
                    f"same cost ({plural(after.n_trials, 'trial')} each)"
                    if after.n_trials == before.n_trials
                    else f"{before.n_trials} and {after.n_trials} trials"
                )
                lines += [
                    (),
                    line(
                        (f"{before.short_label} ", ""),
                        (score(before.best_score), "top"),
                        (" → ", "muted"),
                        (f"{after.short_label} ", ""),
                        (score(after.best_score), "bold:top"),
                    ),
                    line((f"best of each, {cost}", "muted")),
                ]
    return lines


@dataclass(frozen=True, kw_only=True, slots=True)
class SprintSeen:
    """What a sprint's review found and what was decided after it.

    Attributes:
        findings: Sign of the severity and sentence, the gravest first; what is well is left out.
        decisions: Edits in force that were made in its review, in words.
    """

    findings: tuple[tuple[StateSign, str], ...]
    decisions: tuple[str, ...]


def sprint_seen(review: api.Review, edits: Iterable[api.EditView]) -> SprintSeen:
    """Findings of a review, and the edits made in it."""
    every = [*review.findings, *(f for one in review.dimensions for f in one.findings)]
    order = ("warning", "info")
    told = sorted((f for f in every if f.severity in order), key=lambda f: order.index(f.severity))
    return SprintSeen(
        findings=tuple(
            (SEVERITY_SIGNS[f.severity], f"{f.dimension}: {f.text}" if f.dimension else f.text) for f in told
        ),
        decisions=tuple(
            f"{edit.action} {edit.dimension or 'constraints'}: {edit.before} → {edit.after}"
            for edit in edits
            if edit.sprint_label in (review.sprint.label, review.sprint.short_label) and not edit.undone
        ),
    )


def seen_lines(seen: SprintSeen, width: int) -> list[Line]:
    """The decisions taken, then the findings as sentences."""
    lines: list[Line] = [(), line(("Decisions", "bold:text"))]
    for text in seen.decisions:
        lines += wrap(f"± {text}", width, "top", indent="  ")
    if not seen.decisions:
        lines.append(line(("none yet", "muted")))
    lines += [(), line(("Findings", "bold:text"))]
    for sign, text in seen.findings:
        lines += [line((f"{sign.glyph} ", sign.ink), *first) if at == 0 else line("  ", *first)
                  for at, first in enumerate(wrap(text, width - 2))]  # fmt: skip
    if not seen.findings:
        lines.append(line(("none", "muted")))
    return lines


def note_lines(thread: api.ThreadView, width: int) -> list[Line]:
    """What a person noted about the thread."""
    return [(), *wrap(thread.notes, width)] if thread.notes else []


def archived_lines(n_threads: int) -> list[Line]:
    """What stands in place of the threads where every one is archived."""
    words = "The only thread is archived" if n_threads == 1 else f"All {n_threads} threads are archived"
    return [(), line((f"  {words}", "bold:text")), line(("  Z", "bold:accent"), "  show archived threads")]


def archived_thread_lines(thread: api.ThreadView) -> list[Line]:
    """An archived thread: that it is, and the key that brings it back."""
    return [
        line((thread.name, "bold:text")),
        line(("Archived", "muted")),
        (),
        line(("A", "bold:accent"), " show it again"),
    ]


def key_lines(sprint: api.SprintView | None) -> list[Line]:
    """What can be done with what lies under the cursor."""
    keys = [("p", "plan"), ("N", "note")] if sprint is None else [("r", "review"), ("p", "plan"), ("o", "live")]
    return [(), line(*(part for key, word in keys for part in ((key, "bold:accent"), f" {word}  ")))]
