"""``trimtab demo --headless``: sprint, review, trim, second sprint, without a terminal."""

import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from engine import api
from tui.demo import begin_demo, follow_up
from tui.drawing.format import duration, plural, score, state_sign, value_text
from tui.drawing.scale import range_text
from tui.options import DemoSize

PERIOD = 0.5
"""Seconds between two looks at the store."""

Say = Callable[[str], None]


def run_headless(workspace: Path, size: DemoSize, *, as_json: bool, group: bool = False) -> int:
    """Run the tour and print it; 0 when both sprints ended well and the second stayed inside the trimmed space.

    Raises:
        EngineError: When something a person can put right is wrong.
    """
    say = teller(sys.stderr if as_json else sys.stdout)
    started = time.time()
    ws = api.open_workspace(workspace, create=True, group=group)
    first = begin_demo(ws, size)
    say(f"workspace {ws.path}")
    try:
        first = follow(ws, first, say)
        review = api.review(ws, first.id)
        say("")
        for text in warnings_of(review):
            say(f"  ▲ {text}")
        proposals = [one for one in review.dimensions if one.proposal is not None]
        for one in proposals:
            assert one.proposal is not None
            effect = api.preview_edit(ws, first.thread, first.id, one.proposal)
            say(proposal_text(one, effect))
        if proposals:
            api.accept_all(ws, first.thread, first.id, [one.current.name for one in proposals])
        api.mark_reviewed(ws, first.id)
        second = follow_up(ws, first.thread, first, size)
        api.start_sprint(ws, second.id, slots=size.slots)
        second = follow(ws, second, say)
    except KeyboardInterrupt:
        for sprint in api.list_sprints(ws):
            if sprint.state.is_at_work:
                api.stop_sprint(ws, sprint.id, now=True)
        raise
    outcome = summary(ws, first, second, time.time() - started)
    if as_json:
        print(json.dumps(outcome, indent=2))  # noqa: T201
    else:
        print_summary(outcome)
    return 0 if outcome["inside"] and all(s["n_complete"] for s in outcome["sprints"]) else 1


def teller(stream: TextIO) -> Say:
    """Prints a line at once."""

    def say(text: str) -> None:
        stream.write(f"{text}\n")
        stream.flush()

    return say


def proposal_text(one: api.DimensionReview, effect: api.EditEffect) -> str:
    """A proposal in one line."""
    assert one.proposal is not None
    change = f"{effect.before} → {effect.after}"
    return f"  {one.proposal.action:<7} {one.current.name}: {change}  ({one.proposal.reason})"


def warnings_of(review: api.Review) -> list[str]:
    """The findings that are warnings, as sentences."""
    found = [*review.findings, *(finding for one in review.dimensions for finding in one.findings)]
    return [
        f"{finding.dimension}: {finding.text}" if finding.dimension else finding.text
        for finding in found
        if finding.severity == "warning"
    ]


def proven(before: api.Review, after: api.Review) -> list[str]:
    """What became of every range that was widened: how many of the next top trials lie beyond the old bounds."""
    searched = {one.dimension.name: one.dimension for one in before.dimensions}
    told = []
    for one in after.dimensions:
        old = searched.get(one.dimension.name)
        if old is None or old.kind == "categorical" or old.is_frozen or one.dimension.is_frozen:
            continue
        (low, high), (new_low, new_high) = old.bounds, one.dimension.bounds
        if new_low < low or new_high > high:
            beyond = sum(not low <= float(value) <= high for value in one.top_values if isinstance(value, int | float))
            told.append(
                f"{old.name} was widened: {beyond} of the top {len(one.top_values)} trials of sprint 2 lie beyond its "
                f"old range {range_text(old)}."
            )
    return told


def trial_text(trial: api.TrialView) -> str:
    """A finished trial in one line."""
    params = " ".join(f"{name}={value_text(value, 2)}" for name, value in trial.params.items())
    why = f"  {trial.reason}" if trial.reason else ""
    state = state_sign(trial.state).text
    return f"  #{trial.number:<3} {state:<11} {score(trial.score):>6}  {duration(trial.seconds):>5}  {params}{why}"


def follow(ws: api.Workspace, sprint: api.SprintView, say: Say) -> api.SprintView:
    """Print each trial as it ends, until the sprint does.

    Raises:
        EngineError: When the sprint fails or loses its launcher.
    """
    say(f"\n{sprint.label}: {sprint.n_trials} trials, {sprint.sampler}, primed: {sprint.priming}")
    told: set[int] = set()
    while True:
        sprint = api.get_sprint(ws, sprint.id)
        for trial in api.list_trials(ws, sprint.id):
            if trial.state.is_finished and trial.number not in told:
                told.add(trial.number)
                say(trial_text(trial))
        if sprint.state.is_at_rest:
            break
        time.sleep(PERIOD)
    if sprint.state != api.SprintState.DONE:
        log = api.tail_log(ws, sprint.id, None, 5)
        hint = " | ".join(log) if log else f"trimtab --workspace {ws.path} sprint show {sprint.id}"
        raise api.EngineError(
            f"sprint {sprint.label} is {sprint.state}: {sprint.failure or 'its launcher is gone'}", hint
        )
    return sprint


def summary(ws: api.Workspace, first: api.SprintView, second: api.SprintView, seconds: float) -> dict[str, Any]:
    """What happened, as JSON."""
    space = api.working_space(ws, first.thread).space
    trials = api.list_trials(ws, second.id)
    inside = all(
        space[name].contains(value) for trial in trials for name, value in trial.params.items() if name in space.names
    )
    edits = [
        {
            "number": e.number,
            "action": e.action,
            "dimension": e.dimension,
            "before": e.before,
            "after": e.after,
            "reason": e.reason,
        }
        for e in api.edit_log(ws, first.thread)
        if not e.undone
    ]
    return {
        "workspace": str(ws.path),
        "thread": first.thread,
        "seconds": round(seconds, 1),
        "sprints": [
            {
                "id": sprint.id,
                "label": sprint.label,
                "state": sprint.state,
                "n_trials": sprint.n_trials,
                "n_complete": sprint.n_complete,
                "n_failed": sprint.n_failed,
                "best_score": sprint.best_score,
                "best_trial": sprint.best_trial,
                "mean_score": sum(sprint.scores) / len(sprint.scores) if sprint.scores else None,
                "priming": sprint.priming,
                "space": sprint.space_number,
            }
            for sprint in (first, second)
        ],
        "edits": edits,
        "proven": proven(api.review(ws, first.id), api.review(ws, second.id)) if second.n_complete else [],
        "same_cost": first.n_trials == second.n_trials and first.fidelity == second.fidelity,
        "space": {dimension.name: range_text(dimension) for dimension in space},
        "inside": inside,
    }


def print_summary(outcome: dict[str, Any]) -> None:
    """The summary as a table."""
    from rich.table import Table

    table = Table(title=f"{outcome['thread']}: two sprints in {duration(outcome['seconds'])}", title_justify="left")
    for column, right in (
        ("sprint", False),
        ("space", True),
        ("primed", False),
        ("trials", True),
        ("mean", True),
        ("best", True),
        ("trial", True),
    ):
        table.add_column(column, justify="right" if right else "left")
    for sprint in outcome["sprints"]:
        table.add_row(
            sprint["label"], f"#{sprint['space']}", sprint["priming"], str(sprint["n_complete"]),
            score(sprint["mean_score"]), score(sprint["best_score"]), f"#{sprint['best_trial']}",
        )  # fmt: skip
    console = api.visible_console()
    console.print(table)
    one, two = outcome["sprints"]
    cost = f"same cost ({plural(two['n_trials'], 'trial')} each)" if outcome["same_cost"] else "another cost"
    console.print(f"Sprint 1 best {score(one['best_score'])} → sprint 2 best {score(two['best_score'])}, {cost}.")
    for text in outcome["proven"]:
        console.print(text)
    inside = "yes" if outcome["inside"] else "NO"
    console.print(f"{len(outcome['edits'])} edits; the second sprint's trials lie inside the trimmed space: {inside}")
    from tui.shell.closing import program

    console.print(f"Look at it: {shlex.join([*program(), '--workspace', outcome['workspace']])}")
